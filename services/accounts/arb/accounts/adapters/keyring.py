"""The keys that sign, by account: as the keystore has them, also while one takes another's place."""

import asyncio
from collections.abc import Callable, Iterator, Mapping

from arb.accounts.adapters.keystore import Keystore
from arb.accounts.adapters.keystore_format import Key
from arb.accounts.domain.exchange import Exchange
from arb.accounts.ports import Signatory


class Keyring(Mapping[str, Signatory]):
    """Signatories by account. `signatory` makes one of a key; it may raise StartupError."""

    def __init__(self, keystore: Keystore, signatory: Callable[[Key], Signatory]) -> None:
        self._keystore = keystore
        self._signatory = signatory
        self._signers = {key.address: signatory(key) for key in keystore.keys}
        for key in keystore.keys:
            signatory(key.exchanged())

    def __getitem__(self, account: str) -> Signatory:
        return self._signers[account]

    def __iter__(self) -> Iterator[str]:
        return iter(self._signers)

    def __len__(self) -> int:
        return len(self._signers)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Keys that are to be exchanged, the trading account's first."""
        return tuple(
            Exchange(key.address, key.signer, key.coming.public)
            for key in sorted(self._keystore.keys, key=lambda key: (key.role != "trading", key.index))
            if key.coming is not None
        )

    def awaits(self, account: str) -> bool:
        """Whether this account's key is to be exchanged."""
        return any(exchange.account == account for exchange in self.exchanges)

    async def exchange(self, account: str) -> None:
        """From now on the coming key signs. Deriving the file's key takes a while: beside the event loop."""
        key = await asyncio.to_thread(self._keystore.exchange, account)
        self._signers[account] = self._signatory(key)
