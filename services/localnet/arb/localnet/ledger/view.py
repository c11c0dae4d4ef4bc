"""The ledger as a market: books and pools in the form arb.markets crosses, makers bounded by what they hold."""

from collections.abc import Iterator

from arb.localnet.ledger.assets import pool_id_of
from arb.localnet.ledger.balances import available_in, holding, may_maintain_liabilities, room_in
from arb.localnet.ledger.entries import Account, OfferEntry
from arb.localnet.ledger.reads import LedgerReads
from arb.markets.amount import INT64_MAX
from arb.markets.asset import Asset
from arb.markets.book import RestingOffer
from arb.markets.exchange import Rounding, adjust_amount, exchange, offer_liabilities
from arb.markets.pool import Reserves


class LedgerMarket:
    """A MarketView (arb.markets.hop) over a ledger or a nested view of it. It reads, it never changes anything."""

    __slots__ = ("_reads",)

    def __init__(self, reads: LedgerReads) -> None:
        self._reads = reads

    def offers(self, selling: Asset, buying: Asset) -> Iterator[RestingOffer]:
        """Offers selling one asset for the other, best first, each with what its maker can send and receive (stroops).

        An offer's own liabilities count as free, as core releases them before it crosses the offer. Capacities are
        those at the moment a taker reaches the offer: whoever asks for the next one has taken all before it whole, so
        a maker met twice has by then sent, received and freed what its earlier offers moved.
        """
        passed: dict[str, tuple[int, int]] = {}
        for offer in self._reads.offers(selling, buying):
            more_to_send, more_room = passed.get(offer.seller, (0, 0))
            buying_liabilities, selling_liabilities = offer_liabilities(offer.n, offer.d, offer.amount)
            sendable = self._sendable(offer, selling_liabilities + more_to_send)
            room = self._room(offer, buying_liabilities + more_room)
            capacity = min(offer.amount, sendable)
            yield RestingOffer(offer.offer_id, offer.seller, offer.n, offer.d, capacity, room)
            sent, received = _taken_whole(offer.n, offer.d, capacity, room)
            if selling.issuer is None:
                more_to_send += self._reads.header.base_reserve  # the maker no longer pays for the offer's entry
            passed[offer.seller] = (
                more_to_send + selling_liabilities - sent,
                more_room + buying_liabilities - received,
            )

    def pool(self, asset_in: Asset, asset_out: Asset) -> Reserves | None:
        """The pool of two assets seen from asset_in; None where there is none or nobody has deposited."""
        pool = self._reads.pool(pool_id_of(asset_in, asset_out))
        if pool is None or pool.reserve_a <= 0 or pool.reserve_b <= 0:
            return None
        if pool.a == asset_in:
            return Reserves(pool.pool_id, pool.reserve_a, pool.reserve_b, pool.fee_bps)
        return Reserves(pool.pool_id, pool.reserve_b, pool.reserve_a, pool.fee_bps)

    def _sendable(self, offer: OfferEntry, freed: int) -> int:
        if offer.selling.issuer == offer.seller:
            return INT64_MAX
        entry = holding(self._reads, offer.seller, offer.selling)
        if entry is None or not (isinstance(entry, Account) or may_maintain_liabilities(entry)):
            return 0
        return max(0, available_in(self._reads.header, entry) + freed)

    def _room(self, offer: OfferEntry, freed: int) -> int:
        if offer.buying.issuer == offer.seller:
            return INT64_MAX
        entry = holding(self._reads, offer.seller, offer.buying)
        if entry is None or not (isinstance(entry, Account) or may_maintain_liabilities(entry)):
            return 0
        return max(0, room_in(entry) + freed)


def _taken_whole(n: int, d: int, capacity: int, room: int) -> tuple[int, int]:
    """(sent, received) by a maker whose offer is taken whole: that depends on the maker alone, not on the taker."""
    amount = adjust_amount(n, d, capacity, room)
    crossed = exchange(n, d, amount, INT64_MAX, INT64_MAX, room, Rounding.NORMAL)
    return crossed.wheat, crossed.sheep
