"""What the scanner needs from outside: the markets, ledger by ledger, and the on-chain detector."""

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple, Protocol

from arb.contracts.market_changes import MarketChange
from arb.markets.soroban.pools import SorobanPool
from arb.messages.commands.scanner import SupportedAsset
from arb.messages.routes import Signal


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


class PoolOut(NamedTuple):
    """A contract pool that takes no part at this ledger. `code` is stable, `reason` is for people."""

    contract: str
    venue: str
    code: str
    reason: str


class PoolsSeen(NamedTuple):
    """Contract pools as a ledger left them, and those that are left out."""

    ledger: int
    pools: tuple[SorobanPool, ...]
    skipped: tuple[PoolOut, ...]
    sources: tuple[str, ...] = ()
    """Contracts that said which pools there are."""


class MarketUnreadError(Exception):
    """What contract pools hold could not be read at this ledger."""


class ContractMarket(Protocol):
    """The contract pools that are traded with."""

    async def read(self, close: LedgerClose) -> PoolsSeen:
        """Every pool at the close of exactly this ledger. Raises MarketUnreadError."""
        ...


class DetectorError(Exception):
    """The detector cannot be asked, or is not what it claims to be. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Detector(Protocol):
    """The on-chain detector contract. Every method simulates; both raise DetectorError."""

    contract: str

    async def supported_assets(self) -> tuple[SupportedAsset, ...]:
        """The contract's own list."""
        ...

    async def scan(self, codes: Sequence[str], min_profit: int) -> tuple[int, tuple[Signal, ...]]:
        """The ledger it was asked on, and what it claims."""
        ...


class MarketLog(Protocol):
    """Where the market record is kept, message by message, in order."""

    async def append(self, subject: str, message: bytes) -> None:
        """Store it durably. Raises what the event log raises when it cannot be, or it is not known whether it is."""
        ...
