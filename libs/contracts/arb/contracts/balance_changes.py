"""What one transaction did to balances of our own accounts, to the stroop: what profit and audit rest on."""

from collections.abc import Collection
from typing import NamedTuple

from arb.contracts.entries import AccountKey, AccountState, TrustlineKey, TrustlineState
from arb.contracts.meta import ChangeKind, Phase, entry_changes
from arb.markets.asset import NATIVE, Asset


class BalanceDelta(NamedTuple):
    """Stroops of `asset` that `account` gained (or, below zero, lost)."""

    account: str
    asset: Asset
    delta: int


def balance_changes(
    meta: bytes | str, *, own: Collection[str], fee_source: str, fee_charged: int
) -> list[BalanceDelta]:
    """Every balance of the accounts `own` that the transaction moved, the fee included, none of them zero.

    `meta` is TransactionMeta (XDR or base64). `fee_charged` is the result's, in stroops; `fee_source` is who paid it
    (the fee-bump's fee source, else the transaction's). The fee is taken before the transaction applies and is not in
    its meta; a refund of contract fees is in the meta's last part and already in fee_charged, so that part is not
    read. Pool shares are no assets and are passed over. Sorted by account, then asset.
    """
    before: dict[tuple[str, Asset], int] = {}
    deltas: dict[tuple[str, Asset], int] = {}
    if fee_source in own and fee_charged:
        deltas[fee_source, NATIVE] = -fee_charged
    for phase, kind, entry, key in entry_changes(meta):
        if phase is Phase.AFTER:
            break
        place: tuple[str, Asset]
        balance = 0
        if isinstance(entry, AccountState):
            place, balance = (entry.id, NATIVE), entry.balance
        elif isinstance(entry, TrustlineState) and isinstance(entry.asset, Asset):
            place, balance = (entry.account, entry.asset), entry.balance
        elif isinstance(key, AccountKey):
            place = (key.account, NATIVE)
        elif isinstance(key, TrustlineKey) and isinstance(key.asset, Asset):
            place = (key.account, key.asset)
        else:
            continue
        if place[0] not in own:
            continue
        if kind is not ChangeKind.STATE:
            deltas[place] = deltas.get(place, 0) + balance - before.get(place, 0)
        before[place] = balance
    return [
        BalanceDelta(account, asset, delta)
        for (account, asset), delta in sorted(deltas.items(), key=lambda item: (item[0][0], item[0][1].sort_key()))
        if delta
    ]
