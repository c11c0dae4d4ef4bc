"""What a person sees of a run: a live table on a terminal, plain lines in a pipe."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from arb.markets.amount import format_amount

LOG_LINES = 10
_STATE_OF_EVENT = {
    "arb.trade.confirmed.v1": "confirmed",
    "arb.trade.failed.v1": "failed",
    "arb.trade.expired.v1": "expired",
    "arb.trade.rejected.v1": "rejected",
    "arb.trade.rehearsed.v1": "rehearsed",
}


class RunView:
    """Folds what the gateway pushes into figures, and shows them. Writes to standard error."""

    def __init__(self, title: str, console: Console | None = None, *, plain: bool = False) -> None:
        self._title = title
        self._plain = plain
        self._console = console or Console(stderr=True)
        self._live: Live | None = None
        self._lines: deque[str] = deque(maxlen=LOG_LINES)
        self._ended: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._opportunities = 0
        self._ledger = 0
        self._bases: dict[str, str] = {}
        self._profit: Counter[str] = Counter()
        self._hypothetical: Counter[str] = Counter()
        self._fees = 0
        self._left: float | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Keep the table on the screen, when there is a screen."""
        if self._plain or not self._console.is_terminal:
            yield
            return
        with Live(self.render(), console=self._console, refresh_per_second=4, get_renderable=self.render) as live:
            self._live = live
            try:
                yield
            finally:
                self._live = None

    def say(self, line: str) -> None:
        """A line of the run's own log."""
        self._lines.append(line)
        if self._live is None:
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def tick(self, seconds_left: float | None) -> None:
        """How long the run goes on."""
        self._left = seconds_left

    def on_push(self, message: dict[str, Any]) -> None:
        """Take in one message of the gateway."""
        if message.get("type") == "log":
            self.say(message["log"])
        elif message.get("type") == "event":
            self._on_event(message["event"])

    def _on_event(self, event: dict[str, Any]) -> None:
        kind, data, trade = event["type"], event["data"], event["subject"]
        self._ledger = max(self._ledger, data.get("ledger") or 0)
        if kind == "arb.opportunity.found.v1":
            self._opportunities += 1
        elif kind == "arb.trade.planned.v1":
            # Profit is stroops of the asset the plan starts from, which only this event names.
            self._bases[trade] = data["plan"]["base"]
        elif kind in _STATE_OF_EVENT:
            base = self._bases.pop(trade, "native")
            self._ended[_STATE_OF_EVENT[kind]] += 1
            self._fees += data.get("fee_charged", 0)
            if "realised_profit" in data:
                self._profit[base] += data["realised_profit"]
            self._hypothetical[base] += data.get("hypothetical_profit", 0)
            if "code" in data:
                self._reasons[data["code"]] += 1

    def render(self) -> RenderableType:
        """The table as it stands."""
        figures = Table.grid(padding=(0, 3))
        for _ in range(4):
            figures.add_column()
        figures.add_row("[dim]ledger", "[dim]opportunities", "[dim]realised profit", "[dim]network fees")
        figures.add_row(
            f"[bold]{self._ledger or '-'}",
            f"[bold]{self._opportunities}",
            Text(_amounts({"native": 0, **self._profit}), style="bold green"),
            f"{format_amount(self._fees)} XLM",
        )
        states = Table.grid(padding=(0, 3))
        for _ in _STATE_OF_EVENT:
            states.add_column()
        states.add_row(*(f"[dim]{state}" for state in _STATE_OF_EVENT.values()))
        states.add_row(*(f"[bold]{self._ended[state]}" for state in _STATE_OF_EVENT.values()))
        rest = "" if self._left is None else f"{self._left:.0f} s left"
        reasons = ", ".join(f"{code} {count}" for code, count in self._reasons.most_common(4))
        log = Text("\n".join(self._lines), no_wrap=True, overflow="ellipsis")
        parts: list[RenderableType] = [figures, Text(), states]
        if reasons:
            parts.append(Text(f"rejected: {reasons}", style="dim"))
        if self._ended["rehearsed"]:
            parts.append(Text(f"on paper only, nothing was earned: {_amounts(self._hypothetical)}", style="dim"))
        parts += [Text(), log]
        return Panel(Group(*parts), title=self._title, subtitle=rest, title_align="left", subtitle_align="right")


def _amounts(by_asset: Mapping[str, int]) -> str:
    codes = {asset: "XLM" if asset == "native" else asset.partition(":")[0] for asset in by_asset}
    return ", ".join(
        f"{format_amount(amount)} {codes[asset]}" for asset, amount in by_asset.items() if amount or asset == "native"
    )
