"""The guard's verdicts reached again from the record: the same, unless the record was altered."""

from collections.abc import Iterable

from support.plans import basket, opportunity, planned

from arb.executor.domain.guard import judge
from arb.executor.domain.limits import InForce
from arb.executor.domain.rejudge import Rejudging
from arb.executor.domain.trade import Trade, evolve
from arb.messages.base import Fact
from arb.messages.events.trade import (
    FeeGrounds,
    Grounds,
    RebidGrounds,
    TradeApproved,
    TradePlanned,
    TradeRebid,
    TradeRejected,
    TradeSigned,
)
from arb.messages.limits import Limits
from arb.messages.plan import ClassicBasket

LIMITS = Limits(
    max_notional=10**11,
    max_open_trades=3,
    min_profit=1_000,
    max_data_age_ledgers=1,
    max_trades_per_pair_per_ledger=1,
)
STRICTER = LIMITS.model_copy(update={"min_profit": 10**6})
SIGNED = TradeSigned(
    tx_hash="ab" * 32,
    envelope_xdr="AAAA",
    network_passphrase="net",
    source="G" + "A" * 55,
    trading_account="G" + "A" * 55,
    sequence=1,
    max_time=1,
    max_fee=1,
)


class Log:
    """A record being written, event by event, and what it says when it is judged again."""

    def __init__(self, *limits: Limits) -> None:
        self.fold = Rejudging()
        self.sequence = 0
        for version, each in enumerate(limits or (LIMITS,), start=1):
            self.sequence += 1
            self.fold.limits(InForce(each, "test").fact(), version)

    def take_up(self, plan: ClassicBasket, ledger: int = 10) -> TradePlanned:
        """An opportunity and the trade planned on it."""
        self.fold.opportunity(opportunity(ledger, plan))
        fact = planned(ledger, plan)
        self.write(fact.trade_id, fact)
        return fact

    def write(self, trade_id: str, fact: Fact) -> None:
        self.sequence += 1
        self.fold.trade(trade_id, fact, self.sequence)

    def verdict(
        self,
        fact: TradePlanned,
        *,
        limits: Limits = LIMITS,
        version: int = 1,
        upto: int | None = None,
        others: Iterable[Trade] = (),
    ) -> TradeApproved | TradeRejected:
        """What the guard says with these grounds, recorded."""
        grounds = Grounds(
            ledger=fact.ledger,
            limits_version=version,
            trades_upto=self.sequence if upto is None else upto,
            free_channels=1,
        )
        said = judge(fact, limits=limits, ledger=fact.ledger, others=others, free_channels=1)
        said = said.model_copy(update={"grounds": grounds})
        self.write(fact.trade_id, said)
        return said

    @property
    def problems(self) -> list[str]:
        return [difference.problem for difference in self.fold.differences]


def test_verdicts_are_reached_again_by_the_limits_and_trades_that_were_known() -> None:
    log = Log(LIMITS, STRICTER)
    first = log.take_up(basket())
    assert isinstance(log.verdict(first), TradeApproved)
    # a rival of the same pairs, while the first is open
    rival = log.take_up(basket(profit=6_000), ledger=11)
    busy = log.verdict(rival, others=[evolve(Trade(), first)])
    assert isinstance(busy, TradeRejected)
    assert busy.code == "pair_busy"
    other = log.take_up(basket(through=("A", "B")), ledger=12)
    refused = log.verdict(other, limits=STRICTER, version=2)
    assert isinstance(refused, TradeRejected)
    assert (log.problems, log.fold.decisions, log.fold.passed_over) == ([], 3, {})


def test_a_fee_that_does_not_follow_from_what_was_seen_is_a_difference() -> None:
    seen = FeeGrounds(limits_version=1, ledger=9, inclusion_fee=150)
    for fee, problems in ((300, []), (301, ["a fee of 300 stroops, recorded: 301"])):
        log = Log()
        fact = log.take_up(basket())
        log.verdict(fact)
        log.write(fact.trade_id, SIGNED.model_copy(update={"max_fee": fee, "fee_grounds": seen}))
        assert (log.problems, log.fold.decisions) == (problems, 2)


def test_a_higher_bid_that_does_not_follow_from_what_was_seen_is_a_difference() -> None:
    grounds = RebidGrounds(limits_version=1, ledger=11, dearest=300)
    for fee, problems in ((2_000, []), (2_001, ["a higher bid of 2000, recorded: 2001"])):
        log = Log()
        fact = log.take_up(basket(profit=10**6))
        log.verdict(fact)
        log.write(fact.trade_id, SIGNED.model_copy(update={"max_fee": 100}))
        rebid = TradeRebid(
            tx_hash="cd" * 32, envelope_xdr="AAAA", fee_source="G" + "A" * 55, max_fee=fee, grounds=grounds
        )
        log.write(fact.trade_id, rebid)
        assert (log.problems, log.fold.decisions) == (problems, 2)


def test_what_was_stored_but_not_yet_known_to_the_guard_does_not_count() -> None:
    log = Log()
    first = log.take_up(basket())
    log.verdict(first)
    rival = log.take_up(basket(profit=6_000), ledger=11)
    known = log.sequence
    # the first one's end is stored right before the verdict, and its acknowledgement was still on the way
    log.write(first.trade_id, TradeRejected(code="signer_unavailable", reason="nobody there"))
    verdict = log.verdict(rival, upto=known, others=[evolve(Trade(), first)])
    assert isinstance(verdict, TradeRejected)
    assert (log.problems, log.fold.passed_over) == ([], {"signer_unavailable": 1})


def test_two_executors_are_judged_each_by_what_it_knew() -> None:
    log = Log()
    first = log.take_up(basket())
    rival = log.take_up(basket(profit=6_000), ledger=11)
    known = log.sequence
    # one executor approves the first plan; the rival that the other has planned meanwhile came later and does not count
    assert isinstance(log.verdict(first), TradeApproved)
    log.write(first.trade_id, TradeRejected(code="signer_unavailable", reason="nobody there"))
    # the other one's news ends where the first was planned, though more is on record by now
    assert isinstance(log.verdict(rival, upto=known, others=[evolve(Trade(), first)]), TradeRejected)
    # and one that has heard of the end takes up the next
    third = log.take_up(basket(profit=7_000), ledger=12)
    assert isinstance(log.verdict(third), TradeApproved)
    assert (log.problems, log.fold.decisions) == ([], 3)


def test_trades_that_ended_long_ago_are_forgotten_and_nothing_else_is() -> None:
    log = Log()
    still_open = log.take_up(basket(through=("Y", "Z")))
    log.verdict(still_open)
    for ledger in range(11, 1200):
        fact = log.take_up(basket(), ledger=ledger)
        log.verdict(fact, others=[])
        log.write(fact.trade_id, TradeRejected(code="signer_unavailable", reason="nobody there"))
    busy = log.take_up(basket(profit=6_000, through=("Y", "Z")), ledger=1200)
    assert isinstance(log.verdict(busy, others=[evolve(Trade(), still_open)]), TradeRejected)
    assert log.problems == []
    assert len(log.fold._histories._states) < 1010


def test_an_altered_verdict_is_a_difference() -> None:
    log = Log()
    fact = log.take_up(basket(profit=500))
    grounds = Grounds(ledger=10, limits_version=1, trades_upto=log.sequence, free_channels=1)
    log.write(fact.trade_id, TradeApproved(judged_at_ledger=10, grounds=grounds))
    [problem] = log.problems
    assert problem == (
        "rejected as min_profit (net profit 400 stroops is under the limit of 1000), recorded: approved at ledger 10"
    )


def test_a_plan_that_was_never_published_or_not_like_this_is_a_difference() -> None:
    log = Log()
    log.fold.opportunity(opportunity(10, basket()))
    changed = planned(10, basket()).model_copy(update={"plan": basket(profit=5_001)})
    log.write(changed.trade_id, changed)
    stranger = planned(11, basket())
    log.write(stranger.trade_id, stranger)
    assert log.problems == [
        "what was taken up is not what was published",
        f"opportunity {stranger.opportunity_id} was never published",
    ]


def test_what_comes_from_outside_or_has_no_grounds_is_passed_over_by_name() -> None:
    log = Log()
    old = log.take_up(basket())
    log.write(old.trade_id, TradeApproved(judged_at_ledger=10))
    log.write(old.trade_id, TradeRejected(code="signing_refused:no_key", reason="whose key"))
    cut = log.take_up(basket(through=("A", "B")))
    log.write(cut.trade_id, TradeRejected(code="interrupted", reason="stopped"))
    early = log.take_up(basket(through=("C", "D")))
    log.verdict(early, upto=log.sequence + 5)
    assert (log.problems, log.fold.decisions) == ([], 0)
    assert log.fold.passed_over == {
        "approved_without_grounds": 1,
        "signing_refused": 1,
        "interrupted": 1,
        "grounds_impossible": 1,
    }


def test_a_record_whose_trades_jump_is_a_difference() -> None:
    log = Log()
    first = log.take_up(basket())
    log.write(first.trade_id, SIGNED)  # never approved
    later = log.take_up(basket(through=("A", "B")))
    log.verdict(later)
    assert "may not follow state planned" in log.problems[0]
