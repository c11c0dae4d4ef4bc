"""What one transaction left of the offers and pools it touched, for whoever keeps a picture of the market."""

from typing import NamedTuple

from arb.contracts.entries import OfferKey, PoolKey
from arb.contracts.errors import Malformed
from arb.contracts.meta import ChangeKind, entry_changes
from arb.markets.asset import Asset
from arb.markets.book import Offer
from arb.markets.pool import Pool


class OfferChanged(NamedTuple):
    """The offer exists and is like this."""

    offer: Offer


class OfferRemoved(NamedTuple):
    """The offer is gone. It sold `selling` for `buying`."""

    offer_id: int
    selling: Asset
    buying: Asset


class PoolChanged(NamedTuple):
    """The pool exists and holds this."""

    pool: Pool


class PoolRemoved(NamedTuple):
    """The pool is gone; its pair was `a`, `b`."""

    pool_id: str
    a: Asset
    b: Asset


MarketChange = OfferChanged | OfferRemoved | PoolChanged | PoolRemoved


def market_changes(meta: bytes | str) -> list[MarketChange]:
    """The final state of each offer and pool in TransactionMeta (XDR or base64), in the order of last change.

    What the transaction both created and removed is left out. Malformed when the meta is, or when it removes an entry
    without having shown its state.
    """
    seen: dict[int | str, Offer | Pool] = {}
    born: set[int | str] = set()
    final: dict[int | str, MarketChange] = {}
    for _, kind, entry, key in entry_changes(meta, balances=False):
        if isinstance(entry, Offer | Pool):
            seen[entry.id] = entry
            if kind is ChangeKind.STATE:
                continue
            if kind is ChangeKind.CREATED and entry.id not in final:
                born.add(entry.id)
            final.pop(entry.id, None)
            final[entry.id] = OfferChanged(entry) if isinstance(entry, Offer) else PoolChanged(entry)
        elif isinstance(key, OfferKey):
            final.pop(key.offer_id, None)
            final[key.offer_id] = _removed(key.offer_id, seen)
        elif isinstance(key, PoolKey):
            final.pop(key.pool_id, None)
            final[key.pool_id] = _removed(key.pool_id, seen)
    return [
        change
        for entry_id, change in final.items()
        if not (entry_id in born and isinstance(change, OfferRemoved | PoolRemoved))
    ]


def _removed(entry_id: int | str, seen: dict[int | str, Offer | Pool]) -> MarketChange:
    before = seen.get(entry_id)
    if isinstance(before, Offer):
        return OfferRemoved(before.id, before.selling, before.buying)
    if isinstance(before, Pool):
        return PoolRemoved(before.id, before.a, before.b)
    raise Malformed(f"meta removes {entry_id} without showing its state first")
