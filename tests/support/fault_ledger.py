"""What a run has left behind, and the laws it is held to: by the ledger, never by an executor's word."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from support.fault_line import Sent, Signed
from support.fault_plan import FaultPlan

from arb.contracts.balance_changes import balance_changes
from arb.contracts.results import decode_result
from arb.contracts.rpc import RpcClient
from arb.contracts.sources import sources
from arb.eventlog.ports import Recorded
from arb.messages.events.trade import (
    TradeApproved,
    TradeConfirmed,
    TradeExpired,
    TradeFailed,
    TradePlanned,
    TradeRebid,
    TradeRejected,
    TradeSigned,
)
from arb.messages.limits import Limits

ENDS = (TradeConfirmed, TradeFailed, TradeExpired, TradeRejected)
Place = tuple[str, str]
"""Account and asset."""


@dataclass(frozen=True)
class OnLedger:
    """A transaction of the ledger that one of our accounts paid for or that moved a balance of ours."""

    hash: str
    successful: bool
    ours: bool
    """One of our accounts is its source."""
    changes: Counter[Place]


async def transactions_since(rpc: RpcClient, first_ledger: int, own: Collection[str]) -> list[OnLedger]:
    """Every transaction of the ledgers from there on that concerns us."""
    found: list[OnLedger] = []
    page = await rpc.get_transactions(start_ledger=first_ledger)
    while page.transactions:
        for record in page.transactions:
            source, payer = sources(record.envelope_xdr)
            fee = decode_result(record.result_xdr).fee_charged
            deltas = balance_changes(record.meta_xdr, own=own, fee_source=payer, fee_charged=fee)
            if deltas or source in own:
                changes = Counter({(delta.account, str(delta.asset)): delta.delta for delta in deltas})
                found.append(OnLedger(record.hash, record.successful, source in own, changes))
        page = await rpc.get_transactions(cursor=page.cursor)
    return found


@dataclass(frozen=True)
class Evidence:
    """Everything there is to judge a run by. Balances in stroops of XLM by account."""

    plan: FaultPlan
    limits: Limits
    in_time: bool
    facts: Sequence[Recorded]
    before: dict[str, int]
    after: dict[str, int]
    ledger: Sequence[OnLedger]
    others: set[str]
    signatures: Sequence[Signed]
    sent: Sequence[Sent]
    free_channels: Sequence[int]
    """Of every executor that was alive at the end."""
    channels: Sequence[str]
    """Channel accounts that exist at the end."""
    met: Counter[str]

    def ends(self) -> Counter[str]:
        """Ends of trades by kind."""
        return Counter(recorded.type.split(".")[2] for recorded in self.facts if isinstance(recorded.fact, ENDS))


def one_end(run: Evidence) -> str | None:
    """Every opportunity that was approved ended exactly once, and in time."""
    approved = {each.aggregate.id for each in run.facts if isinstance(each.fact, TradeApproved)}
    ends = Counter(each.aggregate.id for each in run.facts if isinstance(each.fact, ENDS))
    wrong = {trade: ends[trade] for trade in approved | set(ends) if ends[trade] != 1}
    if wrong or not run.in_time:
        return f"ends by trade: {wrong}; all trades ended in time: {run.in_time}"
    return None


def ends_are_the_ledgers(run: Evidence) -> str | None:
    """Confirmed is in the ledger and succeeded, failed is in it and did not, expired and rejected are not in it."""
    ledger = {each.hash: each.successful for each in run.ledger}
    hashes: dict[str, set[str]] = defaultdict(set)
    for given in run.signatures:
        hashes[given.trade_id].add(given.tx_hash)
    for each in run.facts:
        if isinstance(each.fact, ENDS):
            seen = {ledger[tx_hash] for tx_hash in hashes.get(each.aggregate.id, ()) if tx_hash in ledger}
            due = {TradeConfirmed: {True}, TradeFailed: {False}}.get(type(each.fact), set())
            if seen != due:
                return f"{each.aggregate.id} is {each.type}, in the ledger its envelopes succeeded: {sorted(seen)}"
    return None


def applied_once(run: Evidence) -> str | None:
    """At most one envelope of a trade is in the ledger, and none of ours that no trade and nobody else signed."""
    trades = {given.tx_hash: given.trade_id for given in run.signatures}
    applied = Counter(trades[each.hash] for each in run.ledger if each.hash in trades)
    unknown = [e.hash for e in run.ledger if e.ours and e.hash not in trades and e.hash not in run.others]
    twice = [trade for trade, count in applied.items() if count > 1]
    return f"applied twice: {twice}; of nobody: {unknown}" if twice or unknown else None


def no_lost_funds(run: Evidence) -> str | None:
    """Balances moved by what the events say and what others did, to the stroop."""
    expected: Counter[Place] = Counter({(account, "native"): amount for account, amount in run.before.items()})
    for recorded in run.facts:
        if isinstance(recorded.fact, TradeConfirmed | TradeFailed):
            for change in recorded.fact.changes:
                expected[change.account, change.asset] += change.delta
    trades = {given.tx_hash for given in run.signatures}
    for each in run.ledger:
        if each.hash not in trades:
            for place, delta in each.changes.items():
                expected[place] += delta
    actual = {(account, "native"): amount for account, amount in run.after.items()}
    off = {p: actual.get(p, 0) - expected[p] for p in {*expected, *actual} if actual.get(p, 0) != expected[p]}
    return f"beyond the events the accounts have {off}" if off else None


def no_second_while_first_lives(run: Evidence) -> str | None:
    """Whenever an envelope of a trade was sent, every other transaction of it sent before was out of time.

    A fee bump is the same transaction as the one within.
    """
    given = {each.envelope_xdr: each for each in run.signatures}
    sent: dict[str, dict[str, int]] = defaultdict(dict)
    for each in run.sent:
        signed = given[each.envelope_xdr]
        earlier = sent[signed.trade_id]
        for inner_hash, max_time in earlier.items():
            if inner_hash != signed.inner_hash and max_time >= each.close_time:
                return f"trade {signed.trade_id}: another envelope may live until {max_time}"
        earlier[signed.inner_hash] = signed.max_time
    return None


def stored_before_sent(run: Evidence) -> str | None:
    """No bytes left for the network that were not in the log by then."""
    signed = {each.fact.envelope_xdr for each in run.facts if isinstance(each.fact, TradeSigned | TradeRebid)}
    bare = [each for each in run.sent if not each.stored or each.envelope_xdr not in signed]
    return f"{len(bare)} envelopes were sent unstored" if bare else None


def no_channel_held_twice(run: Evidence) -> str | None:
    """No signature was given for a channel's number while another envelope with that number could still be applied."""
    held: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for given in run.signatures:
        others = held[given.channel, given.sequence]
        for inner_hash, max_time in others.items():
            if inner_hash != given.inner_hash and max_time >= given.close_time:
                return f"{given.channel} number {given.sequence}: another envelope may live until {max_time}"
        others[given.inner_hash] = given.max_time
    return None


def no_limit_exceeded(run: Evidence) -> str | None:
    """Whenever a trade was approved, the open ones and what they claim were within the limits, this one included."""
    limits = run.limits
    planned: dict[str, TradePlanned] = {}
    open_: dict[str, TradePlanned] = {}
    for each in run.facts:
        trade = each.aggregate.id
        match each.fact:
            case TradePlanned():
                planned[trade] = each.fact
            case TradeApproved():
                open_[trade] = planned[trade]
                claims = Counter(claim for other in open_.values() for claim in other.plan.claims)
                if len(open_) > limits.max_open_trades:
                    return f"{len(open_)} trades are open, {limits.max_open_trades} may be"
                if max(claims.values()) > limits.max_trades_per_pair_per_ledger:
                    return f"open trades claim the same: {claims}"
            case fact if isinstance(fact, ENDS):
                open_.pop(trade, None)
    return None


def channels_free(run: Evidence) -> str | None:
    """Every channel that still exists can carry the next trade."""
    if any(free != len(run.channels) for free in run.free_channels):
        return f"{len(run.channels)} channels exist, free are {list(run.free_channels)}"
    return None


LAWS: Final[dict[str, Callable[[Evidence], str | None]]] = {
    "every approved opportunity ends exactly once": one_end,
    "every end is what the ledger says": ends_are_the_ledgers,
    "no trade is applied twice": applied_once,
    "no lost funds: balances are what the events say": no_lost_funds,
    "no second envelope while the first may live": no_second_while_first_lives,
    "every envelope is stored before it is sent": stored_before_sent,
    "no channel is held by two live envelopes": no_channel_held_twice,
    "no limit is exceeded": no_limit_exceeded,
    "channels are free again": channels_free,
}
"""Law -> what is wrong with a run, or None."""
