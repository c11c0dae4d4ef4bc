"""What the executor needs from outside, as it needs it. Adapters implement these."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from arb.messages.commands.accounts import Accounts, SignedTransaction
from arb.messages.ledger import BalanceChange
from arb.messages.oracle import OraclePrice
from arb.messages.plan import Plan


class NetworkDownError(Exception):
    """The network's API did not answer usefully: try again later with the same bytes."""


class PlanRefusedError(Exception):
    """The network says, before anything is signed, that this plan would fail. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class UnsignedTransaction:
    """A built envelope: base64 XDR without signatures, and the hash the network will know it by."""

    envelope_xdr: str
    tx_hash: str
    fee: int
    """Stroops that it bids in all ..."""
    resource_fee: int = 0
    """... of them what a contract call declares to use."""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """What recent transactions of one kind paid for an operation's place in a ledger, in stroops."""

    ledger: int
    """The newest ledger looked at."""
    most_paid: int
    """At most, by nine of ten."""
    dearest: int
    """At most, by any."""


@dataclass(frozen=True, slots=True)
class InclusionFees:
    """Classic transactions and contract calls bid for places apart."""

    classic: Inclusion
    contracts: Inclusion


@dataclass(frozen=True, slots=True)
class Tip:
    """The newest closed ledger: sequence and close time in unix seconds."""

    ledger: int
    close_time: int


@dataclass(frozen=True, slots=True)
class SendAnswer:
    """What the network said to an envelope. `codes` are the network's names, set with ERROR."""

    status: Literal["PENDING", "DUPLICATE", "TRY_AGAIN_LATER", "ERROR"]
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Included:
    """The transaction is in a ledger. `close_time` is that ledger's, unix seconds."""

    successful: bool
    ledger: int
    close_time: int
    fee_charged: int
    codes: tuple[str, ...]
    changes: tuple[BalanceChange, ...]


@dataclass(frozen=True, slots=True)
class NotFound:
    """The node does not know the hash; its history runs from `oldest_ledger` to `tip`."""

    tip: Tip
    oldest_ledger: int


class Network(Protocol):
    """The Stellar network. Every method raises NetworkDownError when it cannot answer."""

    def ledgers(self) -> AsyncIterator[Tip]:
        """Every ledger that closes from now on; reconnects by itself."""
        ...

    async def sequences(self, accounts: Sequence[str]) -> dict[str, int]:
        """Current sequence number of each account that exists."""
        ...

    async def spendable(self, account: str) -> int | None:
        """Stroops of XLM the account holds beyond its minimum balance and liabilities; None when it does not exist."""
        ...

    async def inclusion_fees(self) -> InclusionFees:
        """What places in recent ledgers went for."""
        ...

    async def build(
        self,
        plan: Plan,
        *,
        ledger: int,
        source: str,
        sequence: int,
        trading_account: str,
        inclusion_fee: int,
        max_fee: int,
        max_time: int,
    ) -> UnsignedTransaction:
        """The one transaction of a plan that was made on `ledger`.

        It bids `inclusion_fee` for its place and what a call declares to use beside, but no more than `max_fee`: both
        for the whole transaction, in stroops.

        Raises PlanRefusedError when a simulation shows that it would fail or cost more than `max_fee`.
        """
        ...

    async def send(self, envelope_xdr: str) -> SendAnswer:
        """Submit these bytes."""
        ...

    async def outcome(self, tx_hash: str, source: str, own_accounts: Iterable[str]) -> Included | NotFound:
        """What became of a transaction that `source` pays for; `changes` cover the given accounts."""
        ...

    def fee_bump(self, signed_xdr: str, *, fee_source: str, fee: int) -> UnsignedTransaction:
        """A fee bump around a signed transaction. `fee` in stroops for all of it. Raises PlanRefusedError."""
        ...

    async def venues_moved(self, plan: Plan, *, scanned: int, applied: int, tx_hashes: Collection[str]) -> bool:
        """Whether another transaction touched a venue of the plan after ledger `scanned` closed and before this
        transaction, by whichever of its hashes it is known, was applied in ledger `applied`; or up to the end of that
        ledger, if it was not."""
        ...


class Oracle(Protocol):
    """The price oracle."""

    async def prices(self) -> tuple[OraclePrice, ...]:
        """A recent average for every asset of the universe that it has fresh prices of. Raises NetworkDownError."""
        ...


class SigningRefusedError(Exception):
    """The accounts service will not sign this. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ChannelTakenError(Exception):
    """Another envelope of this channel may still live: another channel may be free."""


class SignerDownError(Exception):
    """The accounts service did not answer in time."""


class AccountsPort(Protocol):
    """The accounts service."""

    async def sign(self, trade_id: str, envelope_xdr: str) -> SignedTransaction:
        """Signatures by every own key the envelope needs.

        Raises ChannelTakenError, SigningRefusedError or SignerDownError.
        """
        ...

    async def accounts(self) -> Accounts:
        """All own accounts. Raises SignerDownError."""
        ...
