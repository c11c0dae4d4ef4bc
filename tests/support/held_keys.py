"""The keys of a running platform in somebody else's hands."""

from pathlib import Path
from typing import Protocol

from support.arbitrage import PASSPHRASE

from arb.accounts.adapters.keystore import read_keys
from arb.contracts.transactions import Signer


class Keys(Protocol):
    """Own accounts, and what signs for them."""

    trading: str
    channels: list[str]

    def signer(self, address: str) -> Signer:
        """The key of one of them."""
        ...


class HeldKeys:
    """Read from the keystore of a run, which its service keeps open."""

    def __init__(self, state: Path) -> None:
        passphrase = (state / "keystore.passphrase").read_text()
        seeds = {key.place: key.seed for key in read_keys(state / "keystore.json", passphrase, PASSPHRASE)}
        signers = {place: Signer(seed) for place, seed in sorted(seeds.items()) if seed is not None}
        self._signers = {signer.address: signer for signer in signers.values()}
        self.trading = signers["trading", 0].address
        self.channels = [signer.address for (role, _), signer in signers.items() if role == "channel"]

    def signer(self, address: str) -> Signer:
        """See Keys."""
        return self._signers[address]
