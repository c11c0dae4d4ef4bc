"""A basket of path payments as a transaction, and who else touched its venues."""

from collections.abc import Callable

from arb.contracts.market_changes import MarketChange, OfferChanged, PoolChanged, PoolRemoved, market_changes
from arb.contracts.transactions import Cycle, Transaction, build_basket
from arb.executor.adapters.frame import Frame
from arb.markets.asset import Asset
from arb.messages.plan import ClassicBasket


def build(plan: ClassicBasket, frame: Frame) -> Transaction:
    """One path payment a cycle, in the plan's order."""
    return build_basket(
        (
            Cycle(tuple(Asset.parse(a) for a in p.assets), send_max=p.send_max, dest_amount=p.dest_amount)
            for p in plan.payments
        ),
        channel=frame.source,
        trading=frame.trading_account,
        sequence=frame.sequence,
        fee=min(frame.inclusion_fee, frame.max_fee),
        max_time=frame.max_time,
        passphrase=frame.passphrase,
    )


def toucher(plan: ClassicBasket) -> Callable[[str], bool]:
    """Tells of a transaction's meta (base64) whether it changed a venue that a hop of the plan may use."""
    hops = {(Asset.parse(h.asset_in), Asset.parse(h.asset_out)) for p in plan.payments for h in p.hops}
    return lambda meta: any(_touches(change, hops) for change in market_changes(meta))


def _touches(change: MarketChange, hops: set[tuple[Asset, Asset]]) -> bool:
    """Whether a change concerns a venue that a hop may use: its pool, or the book that sells what the hop buys."""
    if isinstance(change, PoolChanged | PoolRemoved):
        a, b = (change.pool.a, change.pool.b) if isinstance(change, PoolChanged) else (change.a, change.b)
        return (a, b) in hops or (b, a) in hops
    offer = change.offer if isinstance(change, OfferChanged) else change
    return (offer.buying, offer.selling) in hops
