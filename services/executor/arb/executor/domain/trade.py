"""One trade as a fold over its events, and the table of transitions that are allowed."""

from dataclasses import dataclass, replace

from arb.messages.base import Fact
from arb.messages.commands.executor import TradeState
from arb.messages.events.trade import (
    TradeApproved,
    TradeConfirmed,
    TradeExpired,
    TradeFailed,
    TradePlanned,
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
    def claims(self) -> frozenset[str]:
        """What the plan needs for itself: see the kinds of plan."""
        return self.planned.plan.claims if self.planned else frozenset()


def evolve(trade: Trade, fact: Fact) -> Trade:
    """The trade after `fact`. Raises TransitionError when the table does not allow it."""
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
