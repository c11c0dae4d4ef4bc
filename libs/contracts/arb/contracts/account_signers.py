"""Whose signatures an account takes: the weights of its keys, and what they have to come to."""

from collections.abc import Mapping
from typing import NamedTuple

from stellar_sdk import xdr

from arb.contracts.errors import Malformed
from arb.contracts.xdr_cursor import address_of


class AccountSigners(NamedTuple):
    """Weights of the ed25519 keys that may sign for `account`, its own included, and the largest threshold."""

    account: str
    weights: Mapping[str, int]
    """Keys of weight 0 are left out."""
    threshold: int
    """The largest of low, medium and high: who weighs as much may do everything."""

    def weight(self, key: str) -> int:
        """What a signature of `key` weighs."""
        return self.weights.get(key, 0)

    def suffices(self, key: str) -> bool:
        """Whether this key alone may do everything. A threshold of 0 still takes one signature."""
        return self.weight(key) >= max(1, self.threshold)


def read_signers(data_xdr: str) -> AccountSigners:
    """From the LedgerEntryData of an account as RPC gives it. Malformed when it is no account."""
    try:
        entry = xdr.LedgerEntryData.from_xdr(data_xdr)
    except (ValueError, EOFError) as error:
        raise Malformed(f"no ledger entry: {error}") from None
    if entry.account is None:
        raise Malformed("the ledger entry is no account")
    found = entry.account
    own = found.account_id.account_id.ed25519
    assert own is not None
    account = address_of(own.uint256)
    master, *thresholds = found.thresholds.thresholds
    weights = {account: master}
    for signer in found.signers:
        if signer.key.ed25519 is not None:
            weights[address_of(signer.key.ed25519.uint256)] = signer.weight.uint32
    return AccountSigners(account, {key: weight for key, weight in weights.items() if weight}, max(thresholds))
