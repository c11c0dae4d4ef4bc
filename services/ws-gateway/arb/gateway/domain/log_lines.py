"""The engine log as people read it: one line for each event that matters to them."""

from arb.markets.amount import format_amount
from arb.messages.base import Fact
from arb.messages.events.account import (
    AccountFunded,
    AccountRetired,
    AccountTransactionSettled,
    FundingAwaited,
    HistoryMissed,
    MovedByOthers,
    SigningRefused,
)
from arb.messages.events.detector import DetectorScanned, DetectorUnreadable, SignalDropped
from arb.messages.events.engine import EngineHalted, EngineResumed, EngineStarted, EngineStopped
from arb.messages.events.limits import LimitsSet
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.events.trade import (
    TradeConfirmed,
    TradeDropped,
    TradeExpired,
    TradeFailed,
    TradePlanned,
    TradeRebid,
    TradeRehearsed,
    TradeRejected,
    TradeSubmitted,
)
from arb.messages.events.venue import VenueReadmitted, VenueSkipped
from arb.messages.reasons import explain, explain_all, explain_answer


def log_line(aggregate_id: str, fact: Fact) -> str | None:
    """One line of text, or None for an event that is not worth a line. Amounts in whole units."""
    trade = f"trade {aggregate_id[:8]}"
    match fact:
        case EngineStarted():
            return f"engine started in {fact.mode} mode by {fact.by}"
        case EngineStopped():
            return f"engine stopped by {fact.by}: {fact.reason}"
        case EngineHalted():
            return f"engine halted by {fact.by} until a person resumes it: {fact.reason}"
        case EngineResumed():
            return f"engine resumed by {fact.by}: it {'trades again' if fact.running else 'stays stopped'}"
        case LimitsSet():
            return f"limits set by {fact.by}" + (
                f" (by command: {', '.join(fact.overridden)})" if fact.overridden else ""
            )
        case OpportunityFound():
            return (
                f"ledger {fact.ledger}: opportunity {fact.id[:8]} pays {format_amount(fact.plan.net_profit)} "
                f"{_code(fact.plan.base)} net ({fact.plan.kind}, {len(fact.plan.paths)} path(s)): "
                + "; ".join(" > ".join(_code(a) for a in path) for path in fact.plan.paths[:3])
            )
        case TradePlanned():
            return f"{trade} planned on ledger {fact.ledger}" + (" in paper mode" if fact.mode == "paper" else "")
        case TradeRejected():
            return f"{trade} rejected ({explain(fact.code)}): {fact.reason}"
        case TradeRehearsed():
            return (
                f"{trade} rehearsed in paper mode, nothing was signed: hypothetical profit "
                f"{_signed(fact.hypothetical_profit)}, fee {format_amount(fact.hypothetical_fee)} XLM"
            )
        case TradeSubmitted():
            return f"{trade} submitted ({fact.status})"
        case TradeDropped():
            return f"{trade} was accepted and then dropped by the network's queue: {explain_answer(fact.answer)}"
        case TradeRebid():
            return f"{trade} was left out of a full ledger: now {format_amount(fact.max_fee)} XLM is bid for it"
        case TradeConfirmed():
            return (
                f"{trade} confirmed in ledger {fact.ledger}: profit {_signed(fact.realised_profit)}"
                f" (predicted {_signed(fact.predicted_profit)}), fee {format_amount(fact.fee_charged)} XLM"
            )
        case TradeFailed():
            return f"{trade} failed in ledger {fact.ledger}: {explain_all(fact.codes)}"
        case TradeExpired():
            return f"{trade} expired unseen by ledger {fact.closed_ledger}: {explain_answer(fact.reason)}"
        case AccountFunded():
            return f"account {aggregate_id[:6]}… funded in ledger {fact.ledger}"
        case FundingAwaited():
            return f"account {fact.account} waits for at least {format_amount(fact.minimum)} XLM"
        case AccountRetired():
            return f"account {fact.account} retired: merged into the trading account"
        case AccountTransactionSettled() if fact.outcome != "success":
            return f"account {aggregate_id[:6]}…: own transaction {fact.outcome}: {explain_all(fact.codes)}"
        case MovedByOthers():
            moves = " and ".join(
                f"{'received' if c.delta > 0 else 'lost'} {format_amount(abs(c.delta))} {_code(c.asset)}"
                for c in fact.changes
            )
            return f"account {aggregate_id[:6]}… {moves} in ledger {fact.ledger} from others"
        case HistoryMissed():
            return (
                f"ledgers {fact.first_ledger} to {fact.last_ledger} can be read no more: payments in them are unbooked"
            )
        case DetectorScanned():
            return (
                f"detector asked on ledger {fact.ledger} about {len(fact.assets)} assets: {len(fact.signals)} signal(s)"
            )
        case DetectorUnreadable():
            return f"detector unreadable ({fact.code}): {fact.reason}"
        case SignalDropped():
            return f"signal on {fact.signal.asset} dropped ({fact.code}): {fact.reason}"
        case VenueSkipped():
            return (
                f"{fact.venue} pool {aggregate_id[:6]}… left out from ledger {fact.ledger} ({fact.code}): {fact.reason}"
            )
        case VenueReadmitted():
            return f"{fact.venue} pool {aggregate_id[:6]}… takes part again from ledger {fact.ledger}"
        case SigningRefused():
            return f"signing refused ({fact.code}): {fact.reason}"
        case _:
            return None


def _code(asset: str) -> str:
    return "XLM" if asset == "native" else asset.partition(":")[0]


def _signed(stroops: int) -> str:
    return format_amount(stroops) if stroops < 0 else f"+{format_amount(stroops)}"
