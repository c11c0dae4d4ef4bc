"""What the scanner needs from outside: the market, ledger by ledger."""

from collections.abc import AsyncIterator
from typing import NamedTuple, Protocol

from arb.contracts.market_changes import MarketChange


class Seen(NamedTuple):
    """One entry's state, and the ledger that left it like this."""

    change: MarketChange
    ledger: int


class LedgerClose(NamedTuple):
    """A ledger that closed."""

    ledger: int
    close_time: int
    """Unix seconds."""
    base_fee: int
    """Stroops per operation."""
    seen_at_us: int
    """When the close was learnt, unix microseconds."""


class LedgerUpdate(NamedTuple):
    """Everything that leads from the picture so far to the market at a ledger's close.

    `whole`: forget the picture, `changes` hold the market itself. Otherwise they follow on the last update.
    """

    close: LedgerClose
    changes: tuple[Seen, ...]
    whole: bool


class MarketSource(Protocol):
    """Per ledger, the changes of offers and pools."""

    def updates(self) -> AsyncIterator[LedgerUpdate]:
        """Endless; starts with a whole market. Ledgers that closed while the last update was worked on come as one."""
        ...

    def closes(self) -> AsyncIterator[LedgerClose]:
        """Endless: each newest ledger as it is learnt. Those that closed while one was worked on are passed over."""
        ...

    def newest_ledger(self) -> int:
        """The newest ledger known to have closed: an update older than this is out of date. 0 before the first."""
        ...
