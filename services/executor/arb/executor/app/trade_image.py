"""What a trade book is written down as: lines of JSON, read back only by the same fold."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from pydantic import TypeAdapter

from arb.eventlog import Aggregated, Head
from arb.eventlog.snapshot import schema_of
from arb.executor.domain.ending import Ending
from arb.executor.domain.trade import Trade
from arb.messages.commands.executor import TradeState

VERSION: Final = 1
"""Of what the fold means: one more whenever the same events lead to another state. A golden file holds it."""
ENDINGS_A_LINE: Final = 500


@dataclass(frozen=True, slots=True)
class _Line:
    """One of three: how many trades have which state, some endings, or one trade."""

    counts: dict[TradeState, int] = field(default_factory=dict)
    endings: tuple[Ending, ...] = ()
    trade: tuple[str, int, Head, Trade] | None = None


_LINE: Final = TypeAdapter(_Line)
SCHEMA: Final = schema_of("executor.trades", VERSION, _LINE.json_schema())


@dataclass(slots=True)
class BookImage:
    """A trade book at one moment: the trades it has in memory, and of those before them what they came to."""

    trades: dict[str, Aggregated[Trade]] = field(default_factory=dict)
    endings: list[Ending] = field(default_factory=list)
    counts: dict[TradeState, int] = field(default_factory=dict)

    def lines(self) -> Iterator[bytes]:
        """As text. Each line is made when it is asked for."""
        yield _LINE.dump_json(_Line(counts=self.counts))
        endings = iter(self.endings)
        while some := tuple(islice(endings, ENDINGS_A_LINE)):
            yield _LINE.dump_json(_Line(endings=some))
        for trade_id, kept in self.trades.items():
            yield _LINE.dump_json(_Line(trade=(trade_id, kept.began, kept.head, kept.state)))

    @classmethod
    def of(cls, lines: Iterable[bytes]) -> "BookImage":
        """Read back. Raises ValueError."""
        image = cls()
        for text in lines:
            line = _LINE.validate_json(text)
            image.counts |= line.counts
            image.endings += line.endings
            if line.trade is not None:
                trade_id, began, head, trade = line.trade
                image.trades[trade_id] = Aggregated(trade, head, began)
        return image
