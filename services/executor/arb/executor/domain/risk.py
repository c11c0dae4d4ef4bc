"""What live trading has lost since a person last let it go on, and which limit that passes."""

from collections import Counter, deque
from dataclasses import dataclass

from arb.executor.domain.ending import Ending
from arb.markets.amount import format_amount
from arb.messages.base import AssetText
from arb.messages.events.engine import EngineHalted
from arb.messages.limits import Limits

_DAY = 86_400
_NATIVE = "native"
_BPS = 10_000
LONGEST_WINDOW = 500
"""Of the error rate, in trades: what `Limits.error_rate_trades` admits."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that was passed. `value` and `bound` in stroops of `asset`, or in basis points without one."""

    limit: str
    asset: AssetText | None
    value: int
    bound: int

    def halted(self, by: str) -> EngineHalted:
        """The fact that this halts the engine."""
        reason = f"{self.limit}: {self._words()}, the limit is {self._figure(self.bound)}"
        return EngineHalted(
            by=by, reason=reason, limit=self.limit, asset=self.asset, value=self.value, bound=self.bound
        )

    def _words(self) -> str:
        figure = self._figure(self.value)
        match self.limit:
            case "max_daily_loss":
                return f"{figure} lost within a day"
            case "max_drawdown":
                return f"results are {figure} below their peak"
            case _:
                return f"{figure} of the last trades failed or expired"

    def _figure(self, amount: int) -> str:
        if self.asset is None:
            return f"{amount} bps"
        return f"{format_amount(amount)} {'XLM' if self.asset == _NATIVE else self.asset.partition(':')[0]}"


class Tally:
    """Running figures over trades in the order of their ends. Results are net: fees count in XLM.

    A day is a UTC day of ledger close times. What ends after a later day has begun counts in the running total only.
    """

    def __init__(self) -> None:
        self._day = 0
        self._today: Counter[str] = Counter()
        self._total: Counter[str] = Counter()
        self._peak: Counter[str] = Counter()
        self._failures: deque[bool] = deque(maxlen=LONGEST_WINDOW)

    def add(self, ending: Ending) -> None:
        """Count a live trade that was signed and has ended; others change nothing."""
        if ending.mode != "live" or ending.state == "rehearsed":
            return
        result: Counter[str] = Counter()
        if ending.state != "expired":
            result[ending.base] += ending.profit
            result[_NATIVE] -= ending.fee
        self._failures.append(ending.state != "confirmed")
        self._count(ending.closed_at // _DAY, result)

    def _count(self, day: int, result: Counter[str]) -> None:
        if day > self._day:
            self._day = day
            self._today.clear()
        for asset, amount in result.items():
            if day == self._day:
                self._today[asset] += amount
            self._total[asset] += amount
            self._peak[asset] = max(self._peak[asset], self._total[asset])

    def breach(self, limits: Limits) -> Breach | None:
        """The first limit that is passed, or None. What equals its bound is within it."""
        for asset in sorted(self._total):
            loss, bound = -self._today[asset], limits.daily_loss(asset)
            if bound is not None and loss > bound:
                return Breach("max_daily_loss", asset, loss, bound)
            fall, bound = self._peak[asset] - self._total[asset], limits.drawdown(asset)
            if bound is not None and fall > bound:
                return Breach("max_drawdown", asset, fall, bound)
        window = limits.error_rate_trades
        if window and len(self._failures) >= window:
            failed = sum(list(self._failures)[-window:])
            if failed * _BPS > limits.max_error_rate_bps * window:
                return Breach("max_error_rate_bps", None, failed * _BPS // window, limits.max_error_rate_bps)
        return None
