"""A what-if layer over a market: what trades leave behind, without touching the market below."""

from collections.abc import Iterable, Iterator

from arb.markets.asset import Asset
from arb.markets.book import RestingOffer
from arb.markets.hop import HopResult, MarketView, VenueKind
from arb.markets.pool import Reserves


class Overlay:
    """A MarketView that shows `view` with hops applied. Overlays stack; `view` must not change meanwhile."""

    __slots__ = ("_filled", "_moved", "_view")

    def __init__(self, view: MarketView) -> None:
        self._view = view
        self._moved: dict[tuple[Asset, Asset], Reserves] = {}
        # Per book (selling, buying): offer id -> (wheat it keeps, sheep its maker has received so far).
        self._filled: dict[tuple[Asset, Asset], dict[int, tuple[int, int]]] = {}

    def offers(self, selling: Asset, buying: Asset) -> Iterable[RestingOffer]:
        resting = self._view.offers(selling, buying)
        filled = self._filled.get((selling, buying))
        return resting if filled is None else _remaining(resting, filled)

    def pool(self, asset_in: Asset, asset_out: Asset) -> Reserves | None:
        moved = self._moved.get((asset_in, asset_out))
        return self._view.pool(asset_in, asset_out) if moved is None else moved

    def apply(self, hop: HopResult) -> None:
        """Shows what a successful hop, quoted on this very overlay, leaves behind. A failed hop leaves nothing."""
        if hop.venue is VenueKind.POOL:
            self._apply_pool(hop)
        elif hop.fills:
            filled = self._filled.setdefault((hop.asset_out, hop.asset_in), {})
            for fill in hop.fills:
                received = filled.get(fill.offer_id, (0, 0))[1]
                filled[fill.offer_id] = (fill.wheat_left, received + fill.sheep)

    def _apply_pool(self, hop: HopResult) -> None:
        before = self.pool(hop.asset_in, hop.asset_out)
        assert before is not None, "a hop through a pool was quoted on that pool"
        reserve_in, reserve_out = before.reserve_in + hop.amount_in, before.reserve_out - hop.amount_out
        self._moved[hop.asset_in, hop.asset_out] = before._replace(reserve_in=reserve_in, reserve_out=reserve_out)
        self._moved[hop.asset_out, hop.asset_in] = before._replace(reserve_in=reserve_out, reserve_out=reserve_in)


def _remaining(resting: Iterable[RestingOffer], filled: dict[int, tuple[int, int]]) -> Iterator[RestingOffer]:
    for offer in resting:
        change = filled.get(offer.id)
        if change is None:
            yield offer
            continue
        left, received = change
        if left > 0:
            yield offer._replace(max_wheat_send=left, max_sheep_receive=offer.max_sheep_receive - received)
