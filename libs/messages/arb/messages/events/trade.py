"""Events of one trade: planned -> approved -> signed -> submitted -> confirmed | failed | expired, or rehearsed."""

from typing import ClassVar, Literal

from pydantic import Field

from arb.messages.base import AccountText, Fact, HashText, Message, Stroops, Token
from arb.messages.events.engine import Mode
from arb.messages.ledger import BalanceChange
from arb.messages.oracle import OraclePrice
from arb.messages.plan import Plan


class TradePlanned(Fact):
    """The executor took up an opportunity."""

    type: ClassVar[str] = "arb.trade.planned.v1"
    trade_id: Token
    opportunity_id: Token
    ledger: int = Field(gt=0)
    close_time: int = Field(default=0, ge=0)
    """Close time of that ledger, unix seconds; 0 in records from before it was written down."""
    seen_at_us: int = Field(gt=0)
    plan: Plan
    oracle: tuple[OraclePrice, ...] = ()
    """The oracle's prices of the plan's assets, as the executor knew them: the guard judges by these."""
    mode: Mode = "live"
    """In paper mode the trade is rehearsed: judged and built, never signed."""
    spendable: Stroops | None = None
    """What the trading account held of the plan's base beyond minimum balance and liabilities, as last read."""
    instance: Token | None = None
    """Which executor took it up, by its settings. None in records from before it was written down."""
    valid_until: int = Field(default=0, ge=0)
    """Unix seconds: no envelope of this trade lives longer. 0 in records from before it was written down."""


class Grounds(Message):
    """What the guard went by beside the plan: on them and the record before, the verdict is reached again."""

    ledger: int = Field(gt=0)
    """The newest closed ledger that was known."""
    limits_version: int = Field(ge=0)
    """Version of the limits aggregate that was in force."""
    trades_upto: int = Field(ge=0)
    """Sequence of the newest event of any trade that was known."""
    free_channels: int = Field(ge=0)


class TradeApproved(Fact):
    """Every limit held when it was judged."""

    type: ClassVar[str] = "arb.trade.approved.v1"
    judged_at_ledger: int = Field(gt=0)
    grounds: Grounds | None = None
    """None in records from before they were written down."""


class TradeRejected(Fact):
    """The trade ends here, before any signature. `code` is stable, `reason` is for people."""

    type: ClassVar[str] = "arb.trade.rejected.v1"
    code: str
    reason: str
    grounds: Grounds | None = None
    """Set when the guard rejected it; None when the reason came from outside, and in older records."""


class TradeRehearsed(Fact):
    """The end of a paper trade: every limit held and its transaction was built. Nothing was signed, nothing earned."""

    type: ClassVar[str] = "arb.trade.rehearsed.v1"
    tx_hash: HashText
    """Of the transaction that live mode would have had signed."""
    hypothetical_profit: Stroops
    """What the plan predicts, in stroops of its base before the network fee."""
    hypothetical_fee: Stroops = Field(ge=0)


class FeeGrounds(Message):
    """What the fee was bid by beside the plan. Amounts in stroops of XLM."""

    limits_version: int = Field(ge=0)
    """Version of the limits aggregate that was in force."""
    ledger: int = Field(default=0, ge=0)
    """The newest ledger of the fee statistics; 0 when there were none."""
    inclusion_fee: Stroops | None = Field(default=None, ge=0)
    """What nine of ten transactions of this kind paid at most for an operation's place in recent ledgers."""
    resource_fee: Stroops = Field(default=0, ge=0)
    """What a contract call declares to use, by simulation."""


class TradeSigned(Fact):
    """The one envelope of this trade, stored before it is sent: only these bytes may ever be submitted."""

    type: ClassVar[str] = "arb.trade.signed.v1"
    tx_hash: HashText
    envelope_xdr: str
    network_passphrase: str
    source: AccountText
    """Channel account: the transaction's source, whose sequence number it uses."""
    trading_account: AccountText
    sequence: int = Field(gt=0)
    max_time: int = Field(gt=0)
    """Unix seconds: no ledger that closes later can include it."""
    max_fee: Stroops = Field(gt=0)
    fee_grounds: FeeGrounds | None = None
    """None in records from before they were written down."""


class TradeSubmitted(Fact):
    """The network's first answer that shows it has the transaction."""

    type: ClassVar[str] = "arb.trade.submitted.v1"
    status: Literal["PENDING", "DUPLICATE"]
    attempts: int = Field(gt=0)
    submitted_at_us: int = Field(gt=0)
    """When the answer came, unix microseconds."""


class TradeDropped(Fact):
    """The network had the transaction and its queue let it go: no ledger took it, and the queue knows it no more.

    It may still be applied, by a queue elsewhere or sent again: only its max time ends it.
    """

    type: ClassVar[str] = "arb.trade.dropped.v1"
    ledger: int = Field(gt=0)
    """The newest ledger that closed without it."""
    answer: str
    """What the queue said to the same bytes, in the network's terms: TRY_AGAIN_LATER is also said of what it banned."""
    sends: int = Field(gt=0)
    """How often the bytes were sent since the executor started."""


class RebidGrounds(Message):
    """What a higher bid was made by beside the plan and the first bid. Amounts in stroops of XLM."""

    limits_version: int = Field(ge=0)
    ledger: int = Field(gt=0)
    """The newest closed ledger: neither it nor any before has the transaction."""
    dearest: Stroops = Field(ge=0)
    """The most that anybody paid for an operation's place in recent ledgers."""


class TradeRebid(Fact):
    """A fee bump around the very same transaction, stored before it is sent: from now on these bytes are sent.

    Both have one sequence number, so the network applies at most one of them.
    """

    type: ClassVar[str] = "arb.trade.rebid.v1"
    tx_hash: HashText
    """Of the fee bump; the trade's own hash is found within it."""
    envelope_xdr: str
    fee_source: AccountText
    max_fee: Stroops = Field(gt=0)
    grounds: RebidGrounds


class Settlement(Fact):
    """What the ledger says: shared by confirmed and failed trades."""

    ledger: int = Field(gt=0)
    close_time: int = Field(default=0, ge=0)
    """Close time of that ledger, unix seconds; 0 in records from before it was written down."""
    fee_charged: Stroops = Field(ge=0)
    changes: tuple[BalanceChange, ...]
    """Every balance of our own accounts that the transaction moved, the fee included."""
    venues_moved: bool
    """Whether anybody else touched a venue of the plan between the scanned ledger and this transaction."""


class TradeConfirmed(Settlement):
    """The transaction succeeded. Profits are stroops of the plan's base asset before network fees."""

    type: ClassVar[str] = "arb.trade.confirmed.v1"
    predicted_profit: Stroops
    realised_profit: Stroops


class TradeFailed(Settlement):
    """The transaction was included and failed: the fee is gone, nothing else moved. `codes` are the network's."""

    type: ClassVar[str] = "arb.trade.failed.v1"
    codes: tuple[str, ...]


class TradeExpired(Fact):
    """Proof of death: a ledger closed after max_time and the hash is absent from a history that covers the window."""

    type: ClassVar[str] = "arb.trade.expired.v1"
    closed_ledger: int = Field(gt=0)
    closed_at: int = Field(gt=0)
    oldest_ledger: int = Field(gt=0)
    reason: str
    """Last answer of the network, in its own terms; what it had and then dropped says so."""
    sends: int | None = Field(default=None, ge=0)
    """How often its bytes were sent since the executor started; None in records from before that was written down."""
