"""What other hands do to our accounts and pools in the middle of a run, by real transactions."""

import asyncio

from stellar_sdk import AccountMerge, Asset, BumpSequence, ChangeTrust, Operation, Payment
from support.arbitrage import PASSPHRASE, push_pool_away
from support.contract_routes import Stranger
from support.crowd import Crowd
from support.held_keys import Keys
from support.localnet import Localnet

from arb.contracts.entries import AccountKey, AccountState, decode_entry, key_text
from arb.contracts.rpc import RpcClient
from arb.contracts.transactions import build_transaction, sign
from arb.markets.universe import default_universe

KEPT = 3_0000000
"""Stroops that whoever spends our balance leaves."""
PATIENCE_SECONDS = 5.0
ROOM = 100
"""Operations a ledger takes where it is to be crowded."""
DEAR = 3_000
"""Stroops an operation that the crowd bids: more than our first bid."""
CROWDED_LEDGERS = 10
GATHERING_SECONDS = 0.3
"""Until the first ledgers are full."""


class Others:
    """Acts with our own keys, as their owner may, and as a stranger in the same pools."""

    def __init__(self, network: Localnet, rpc: RpcClient, accounts: Keys, refuge: str, kept: int = KEPT) -> None:
        self._network = network
        self._rpc = rpc
        self._accounts = accounts
        self._refuge = refuge
        self._kept = kept
        self._crowd: Crowd | None = None
        self._flood: asyncio.Task[None] | None = None
        self.hashes: set[str] = set()
        """Of the transactions that our own keys signed here."""

    async def act(self, what: str, stranger: Stranger | None = None) -> None:
        """Returns once it is in a ledger."""
        channel, trading = self._accounts.channels[0], self._accounts.trading
        match what:
            case "spend":
                state = await self._state(trading)
                rest = 0 if state is None else state.balance - self._kept
                if rest > 0:
                    await self._send(trading, Payment(self._refuge, Asset.native(), f"{rest // 10**7}"))
            case "bump" | "next":
                state = await self._state(channel)
                if state is not None:
                    await self._send(channel, BumpSequence(state.sequence + 50 if what == "bump" else 0))
            case "merge":
                await self._send(channel, AccountMerge(self._refuge))
            case "crowd":
                self._crowd = await Crowd(self._network, 1).fund()
                self._flood = asyncio.create_task(self._crowd.flood(ROOM, DEAR, CROWDED_LEDGERS))
                await asyncio.sleep(GATHERING_SECONDS)
            case "untrust":
                asset = next(asset for asset in default_universe("LOCAL") if asset.code == "USDC")
                await self._send(trading, ChangeTrust(Asset(asset.code, asset.issuer), "0"))
            case _:
                assert stranger is not None
                await asyncio.gather(push_pool_away(self._network, "1500"), stranger.swap(1_000_0000000))

    async def leave(self) -> None:
        """Nobody acts any more."""
        if self._flood is not None:
            self._flood.cancel()
            await asyncio.gather(self._flood, return_exceptions=True)
        if self._crowd is not None:
            await self._crowd.leave()

    async def _state(self, account: str) -> AccountState | None:
        key = key_text(AccountKey(account))
        found = (await self._rpc.get_ledger_entries([key])).entries.get(key)
        state = None if found is None else decode_entry(found)
        return state if isinstance(state, AccountState) else None

    async def _send(self, source: str, operation: Operation) -> None:
        """A channel whose own envelope waits is asked again; one that our envelope overtook takes the next number."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (state := await self._state(source)) is not None:
                    unsigned = build_transaction(
                        [operation.to_xdr_object().to_xdr_bytes()],
                        source=source,
                        sequence=state.sequence + 1,
                        fee=10_000,
                        max_time=2**40,
                        passphrase=PASSPHRASE,
                    )
                    signed = sign(unsigned, self._accounts.signer(source))
                    self.hashes.add(signed.hash_hex)
                    answer = await self._rpc.send_transaction(signed.envelope_xdr)
                    if answer.status in ("PENDING", "DUPLICATE") and await self._landed(signed.hash_hex):
                        return
                    await asyncio.sleep(0.05)
        except TimeoutError:
            return  # our own envelope held the account for all that time: then nothing was disturbed

    async def _landed(self, tx_hash: str) -> bool:
        async with asyncio.timeout(1):
            while True:
                if (await self._rpc.get_transaction(tx_hash)).status != "NOT_FOUND":
                    return True
                await asyncio.sleep(0.03)
