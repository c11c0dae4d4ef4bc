"""The market as its makers and takers see it: the ledger's books and pools next to the reference prices."""

from dataclasses import dataclass

from arb.localnet.ledger.assets import pool_id_of
from arb.localnet.ledger.reads import LedgerReads
from arb.localnet.traffic.model import ReferencePrices
from arb.localnet.traffic.universe import asset
from arb.markets.amount import STROOPS_PER_UNIT


@dataclass(frozen=True, slots=True)
class PoolSide:
    """A pool seen with `code` going in: both reserves in stroops."""

    pool_id: str
    reserve_in: int
    reserve_out: int


class MarketSight:
    """Read-only. Amounts in stroops; prices are floats, for deciding only."""

    def __init__(self, state: LedgerReads, reference: ReferencePrices) -> None:
        self.state = state
        self.reference = reference

    def pool(self, code_in: str, code_out: str) -> PoolSide | None:
        """The pool of two codes with the first going in; None if there is none or it is empty."""
        side_in, side_out = asset(code_in), asset(code_out)
        entry = self.state.pool(pool_id_of(side_in, side_out))
        if entry is None or not entry.total_shares:
            return None
        forward = entry.a == side_in
        return PoolSide(
            entry.pool_id,
            entry.reserve_a if forward else entry.reserve_b,
            entry.reserve_b if forward else entry.reserve_a,
        )

    def pool_premium(self, base: str, quote: str) -> float:
        """By how much (a share, 0.01 = 1 %) the pool prices `base` above its reference; 0 where there is no pool."""
        side = self.pool(base, quote)
        if side is None:
            return 0.0
        return side.reserve_out / side.reserve_in / self.reference.price(base, quote) - 1

    def book_depth(self, selling: str, buying: str) -> int:
        """All that the book offers of `selling` for `buying`, stroops of `selling`."""
        return sum(offer.amount for offer in self.state.offers(asset(selling), asset(buying)))

    def worth_xlm(self, code: str, stroops: int) -> float:
        """What an amount is worth in XLM by reference prices."""
        return stroops / STROOPS_PER_UNIT * self.reference.price(code, "XLM")
