"""Results of ended trades by kind of plan and by day: live ones, and apart from them what paper trades would earn."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from arb.executor.domain.ending import Ending
from arb.messages.commands.executor import Pnl, PnlPeriod, PnlSum
from arb.messages.events.engine import Mode

_DAY = 86_400


@dataclass(slots=True)
class _Sum:
    trades: Counter[str] = field(default_factory=Counter)
    profit: Counter[str] = field(default_factory=Counter)
    fees: int = 0

    def add(self, state: str, base: str, profit: int, fee: int) -> None:
        self.trades[state] += 1
        if profit:
            self.profit[base] += profit
        self.fees += fee

    def message(self) -> PnlSum:
        return PnlSum(trades=dict(self.trades), profit=dict(self.profit), fees=self.fees)


_Kinds = dict[str, _Sum]


class Results:
    """Feed it every end of a trade once."""

    def __init__(self) -> None:
        self._total: dict[Mode, _Kinds] = {"live": defaultdict(_Sum), "paper": defaultdict(_Sum)}
        self._days: dict[tuple[Mode, int], _Kinds] = {}

    def add(self, ending: Ending) -> None:
        """Count the end of a trade."""
        of_day = self._days.setdefault((ending.mode, ending.closed_at // _DAY), defaultdict(_Sum))
        for kinds in (self._total[ending.mode], of_day):
            kinds[ending.kind].add(ending.state, ending.base, ending.profit, ending.fee)

    def pnl(self, time: int) -> Pnl:
        """Over the whole record, and of the UTC day that `time`, unix seconds, lies in."""
        day = time // _DAY
        return Pnl(
            day=datetime.fromtimestamp(day * _DAY, UTC).date().isoformat(),
            today=_period(self._days.get(("live", day), {})),
            total=_period(self._total["live"]),
            hypothetical_today=_period(self._days.get(("paper", day), {})),
            hypothetical_total=_period(self._total["paper"]),
        )


def _period(kinds: _Kinds) -> PnlPeriod:
    by_kind = {kind: one.message() for kind, one in sorted(kinds.items())}
    all_of_them = _added(by_kind.values())
    return PnlPeriod(trades=all_of_them.trades, profit=all_of_them.profit, fees=all_of_them.fees, by_kind=by_kind)


def _added(sums: Iterable[PnlSum]) -> PnlSum:
    trades: Counter[str] = Counter()
    profit: Counter[str] = Counter()
    fees = 0
    for one in sums:
        trades.update(one.trades)
        profit.update(one.profit)
        fees += one.fees
    return PnlSum(trades=dict(trades), profit=dict(profit), fees=fees)
