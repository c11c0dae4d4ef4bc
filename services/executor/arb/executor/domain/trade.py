"""The decider of one trade: what may follow what, and what the network's word about its envelope leads to."""

from dataclasses import dataclass, replace

from arb.executor.ports import Included, NotFound, SendAnswer
from arb.messages.base import Fact
from arb.messages.commands.executor import TradeState
from arb.messages.events.trade import (
    TradeApproved,
    TradeConfirmed,
    TradeDropped,
    TradeExpired,
    TradeFailed,
    TradePlanned,
    TradeRebid,
    TradeRehearsed,
    TradeRejected,
    TradeSigned,
    TradeSubmitted,
)

TRANSITIONS: dict[type[Fact], tuple[frozenset[TradeState | None], TradeState]] = {
    TradePlanned: (frozenset({None}), "planned"),
    TradeApproved: (frozenset({"planned"}), "approved"),
    TradeRejected: (frozenset({"planned", "approved"}), "rejected"),
    TradeSigned: (frozenset({"approved"}), "signed"),
    TradeSubmitted: (frozenset({"signed"}), "submitted"),
    TradeConfirmed: (frozenset({"signed", "submitted"}), "confirmed"),
    TradeFailed: (frozenset({"signed", "submitted"}), "failed"),
    TradeExpired: (frozenset({"signed", "submitted"}), "expired"),
    TradeRehearsed: (frozenset({"approved"}), "rehearsed"),
}
"""Event -> (states it may follow, state it leads to). None is the state of a trade that does not exist yet.

A trade can only be rejected while no envelope of it is stored; from `signed` on, only the ledger ends it.
"""

TERMINAL: frozenset[TradeState] = frozenset({"rejected", "confirmed", "failed", "expired", "rehearsed"})
IN_FLIGHT: frozenset[TradeState] = frozenset({"signed", "submitted"})
"""States in which the trade's envelope may still be applied by the network."""

LONGEST_LIFE = 300
"""Seconds after its ledger that a trade's envelope may live, where its plan does not say: the signer allows no more."""


MOVES_NOTHING: dict[type[Fact], frozenset[TradeState]] = {
    TradeDropped: frozenset({"submitted"}),
    TradeRebid: IN_FLIGHT,
}
"""Event -> states in which it may be recorded, once. The trade stays in the state it is in."""


class TransitionError(Exception):
    """An event that may not follow the trade's state: the record or the executor is wrong."""

    def __init__(self, trade_id: str, state: TradeState | None, fact: Fact) -> None:
        super().__init__(f"trade {trade_id or '?'}: {fact.type} may not follow state {state}")


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade at one moment. `state` is None before its first event."""

    state: TradeState | None = None
    planned: TradePlanned | None = None
    signed: TradeSigned | None = None
    ended: TradeConfirmed | TradeFailed | TradeExpired | TradeRejected | TradeRehearsed | None = None
    dropped: TradeDropped | None = None
    rebid: TradeRebid | None = None

    @property
    def id(self) -> str:
        """The trade's id, empty before its first event."""
        return self.planned.trade_id if self.planned else ""

    @property
    def open(self) -> bool:
        """Whether something is still to be done or awaited."""
        return self.state is not None and self.state not in TERMINAL

    @property
    def in_flight(self) -> bool:
        """Whether its envelope may still be applied."""
        return self.state in IN_FLIGHT

    @property
    def hashes(self) -> tuple[str, ...]:
        """What the network may know its transaction by, the newest first: at most one of them is ever applied."""
        bumped = (self.rebid.tx_hash,) if self.rebid else ()
        return (*bumped, self.signed.tx_hash) if self.signed else ()

    @property
    def envelope_xdr(self) -> str:
        """The bytes to send. Only of a trade that is signed."""
        assert self.signed is not None
        return self.rebid.envelope_xdr if self.rebid else self.signed.envelope_xdr

    @property
    def claims(self) -> frozenset[str]:
        """What the plan needs for itself: see the kinds of plan."""
        return self.planned.plan.claims if self.planned else frozenset()


@dataclass(frozen=True, slots=True)
class TakeUp:
    """Take up an opportunity. Nothing comes of it when somebody took it up before."""

    planned: TradePlanned


@dataclass(frozen=True, slots=True)
class Note:
    """Record this fact of whoever works on the trade. Raises TransitionError when it may not follow."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Sent:
    """The network answered the envelope's sending number `attempts`. Only that it has it is a fact, once."""

    answer: SendAnswer
    attempts: int
    at_us: int


@dataclass(frozen=True, slots=True)
class Applied:
    """The envelope is in a ledger; the trading account's changes say what it came to."""

    included: Included
    trading_account: str
    venues_moved: bool


@dataclass(frozen=True, slots=True)
class Sendings:
    """What came of sending a trade's bytes since the executor started."""

    sends: int = 0
    last_answer: str = "not sent since the executor started"
    forgotten: str | None = None
    """What a queue said that had taken the bytes before and knew them no more. They may just have been applied ..."""
    forgotten_at: int = 0
    """... if a ledger after this one has them."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """The network does not know the envelope by any of these hashes."""

    unseen: NotFound
    hashes: tuple[str, ...]
    sendings: Sendings


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Whoever worked on the trade is gone. Without a stored envelope nothing was sent, and nothing will be.

    That he is gone is known of one's own earlier life (`abandoned`). Of another executor it is only known that he is
    late: a ledger closed at `closed_at` that no envelope of this trade can be in. He may come back and find it ended.
    """

    closed_at: int
    abandoned: bool


TradeCommand = TakeUp | Note | Sent | Applied | Unseen | Interrupt

initial_state = Trade()


def decide(trade: Trade, command: TradeCommand) -> list[Fact]:
    """What the command leads to; nothing when it comes too late or is no reason yet. Raises TransitionError."""
    match command:
        case TakeUp(planned):
            return [planned] if trade.state is None else []
        case Note(fact):
            evolve(trade, fact)
            return [fact]
        case Sent(answer, attempts, at_us):
            if trade.state != "signed" or answer.status not in ("PENDING", "DUPLICATE"):
                return []
            return [TradeSubmitted(status=answer.status, attempts=attempts, submitted_at_us=at_us)]
        case Applied():
            return [_result(trade.planned, command)] if trade.in_flight and trade.planned is not None else []
        case Unseen():
            return _unseen(trade, command)
        case Interrupt(closed_at, abandoned):
            if not trade.open or trade.in_flight or not (abandoned or closed_at > latest_end(trade)):
                return []
            reason = "the executor stopped before an envelope was stored"
            return [TradeRejected(code="interrupted", reason=reason)]


def evolve(trade: Trade, fact: Fact) -> Trade:
    """The trade after `fact`. Raises TransitionError when the table does not allow it."""
    match fact:
        case TradeDropped() if trade.state in MOVES_NOTHING[TradeDropped] and trade.dropped is None:
            return replace(trade, dropped=fact)
        case TradeRebid() if trade.state in MOVES_NOTHING[TradeRebid] and trade.rebid is None:
            return replace(trade, rebid=fact)
    rule = TRANSITIONS.get(type(fact))
    if rule is None or trade.state not in rule[0]:
        raise TransitionError(trade.id, trade.state, fact)
    trade = replace(trade, state=rule[1])
    match fact:
        case TradePlanned():
            return replace(trade, planned=fact)
        case TradeSigned():
            return replace(trade, signed=fact)
        case TradeConfirmed() | TradeFailed() | TradeExpired() | TradeRejected() | TradeRehearsed():
            return replace(trade, ended=fact)
        case _:
            return trade


def latest_end(trade: Trade) -> int:
    """Unix seconds: no ledger that closes later can include an envelope of this trade, whoever signs it."""
    if trade.planned is None:
        return 0
    return trade.planned.valid_until or trade.planned.close_time + LONGEST_LIFE


def provably_dead(trade: Trade, unseen: NotFound) -> bool:
    """No ledger can include the envelope any more, and the node's history covers every ledger that could have."""
    if not trade.in_flight or trade.planned is None or trade.signed is None:
        return False
    return unseen.tip.close_time > trade.signed.max_time and unseen.oldest_ledger <= trade.planned.ledger + 1


def _result(planned: TradePlanned, applied: Applied) -> TradeConfirmed | TradeFailed:
    included, plan = applied.included, planned.plan
    if not included.successful:
        return TradeFailed(
            ledger=included.ledger,
            close_time=included.close_time,
            fee_charged=included.fee_charged,
            changes=included.changes,
            venues_moved=applied.venues_moved,
            codes=included.codes,
        )
    realised = sum(c.delta for c in included.changes if c.account == applied.trading_account and c.asset == plan.base)
    return TradeConfirmed(
        ledger=included.ledger,
        close_time=included.close_time,
        fee_charged=included.fee_charged,
        changes=included.changes,
        venues_moved=applied.venues_moved,
        predicted_profit=plan.profit,
        realised_profit=realised,
    )


def _unseen(trade: Trade, command: Unseen) -> list[Fact]:
    unseen, sendings = command.unseen, command.sendings
    if not set(trade.hashes) <= set(command.hashes):
        return []  # another executor bid more meanwhile: the network was not asked about that
    facts: list[Fact] = []
    dropped = trade.dropped
    submitted = trade.state == "submitted" and trade.rebid is None
    if submitted and dropped is None and sendings.forgotten and unseen.tip.ledger > sendings.forgotten_at:
        dropped = TradeDropped(ledger=unseen.tip.ledger, answer=sendings.forgotten, sends=sendings.sends)
        facts.append(dropped)
    if provably_dead(trade, unseen):
        facts.append(_expired(unseen, sendings, dropped))
    return facts


def _expired(unseen: NotFound, sendings: Sendings, dropped: TradeDropped | None) -> TradeExpired:
    reason = sendings.last_answer
    if dropped is not None:
        reason = f"accepted (PENDING) and then dropped by the network's queue: {dropped.answer}"
    return TradeExpired(
        closed_ledger=unseen.tip.ledger,
        closed_at=unseen.tip.close_time,
        oldest_ledger=unseen.oldest_ledger,
        reason=reason,
        sends=sendings.sends,
    )
