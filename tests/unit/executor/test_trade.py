"""A trade moves along the table of transitions and nowhere else."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
from support.plans import ISSUER, PASSPHRASE, credit, planned

from arb.executor.app.submission import knows
from arb.executor.domain.trade import (
    MOVES_NOTHING,
    TRANSITIONS,
    Interrupt,
    Sendings,
    Trade,
    TransitionError,
    Unseen,
    decide,
    evolve,
)
from arb.executor.ports import NotFound, SendAnswer, Tip
from arb.messages.base import Fact
from arb.messages.events.trade import (
    RebidGrounds,
    TradeApproved,
    TradeConfirmed,
    TradeDropped,
    TradeExpired,
    TradeFailed,
    TradeRebid,
    TradeRehearsed,
    TradeRejected,
    TradeSigned,
    TradeSubmitted,
)

SIGNED = TradeSigned(
    tx_hash="a" * 64,
    envelope_xdr="AAAA",
    network_passphrase=PASSPHRASE,
    source=ISSUER,
    trading_account=ISSUER,
    sequence=5,
    max_time=1_700_000_015,
    max_fee=100,
)
SETTLED: dict[str, Any] = {"ledger": 11, "fee_charged": 100, "changes": (), "venues_moved": False}
DROPPED = TradeDropped(ledger=12, answer="TRY_AGAIN_LATER", sends=2)
REBID = TradeRebid(
    tx_hash="b" * 64,
    envelope_xdr="BBBB",
    fee_source=ISSUER,
    max_fee=4_000,
    grounds=RebidGrounds(limits_version=1, ledger=11, dearest=300),
)
FACTS: dict[type[Fact], Fact] = {
    type(fact): fact
    for fact in (
        planned(),
        TradeApproved(judged_at_ledger=10),
        TradeRejected(code="min_profit", reason="too little"),
        TradeRehearsed(tx_hash="a" * 64, hypothetical_profit=5_000, hypothetical_fee=100),
        SIGNED,
        TradeSubmitted(status="PENDING", attempts=1, submitted_at_us=1),
        TradeConfirmed(**SETTLED, predicted_profit=5_000, realised_profit=5_000),
        TradeFailed(**SETTLED, codes=("tx_failed",)),
        TradeExpired(closed_ledger=30, closed_at=1_700_000_020, oldest_ledger=1, reason="PENDING"),
    )
}


def test_the_whole_way_to_confirmed() -> None:
    trade = Trade()
    for kind in (type(planned()), TradeApproved, TradeSigned, TradeSubmitted, TradeConfirmed):
        trade = evolve(trade, FACTS[kind])
    assert trade.state == "confirmed"
    assert not trade.open
    assert not trade.in_flight


def test_every_sequence_of_events_either_follows_the_table_or_is_refused() -> None:
    assert set(FACTS) == set(TRANSITIONS)
    for kinds in itertools.product(TRANSITIONS, repeat=4):
        trade = Trade()
        for kind in kinds:
            allowed, after = TRANSITIONS[kind]
            if trade.state in allowed:
                trade = evolve(trade, FACTS[kind])
                assert trade.state == after
            else:
                with pytest.raises(TransitionError, match=kind.type):
                    evolve(trade, FACTS[kind])


def test_once_an_envelope_is_stored_only_the_ledger_ends_the_trade() -> None:
    for state in ("signed", "submitted"):
        enders = {k for k, (before, after) in TRANSITIONS.items() if state in before and after != "submitted"}
        assert enders == {TradeConfirmed, TradeFailed, TradeExpired}


def submitted() -> Trade:
    trade = Trade()
    for kind in (type(planned()), TradeApproved, TradeSigned, TradeSubmitted):
        trade = evolve(trade, FACTS[kind])
    return trade


def test_what_is_noted_on_the_way_moves_nothing_and_is_noted_once() -> None:
    for before in (Trade(), evolve(Trade(), planned()), submitted(), evolve(submitted(), FACTS[TradeConfirmed])):
        for fact in (DROPPED, REBID):
            if before.state in MOVES_NOTHING[type(fact)]:
                after = evolve(before, fact)
                assert after.state == before.state
                with pytest.raises(TransitionError):
                    evolve(after, fact)
            else:
                with pytest.raises(TransitionError):
                    evolve(before, fact)


def test_a_higher_bid_is_what_is_sent_from_then_on_and_either_hash_is_looked_for() -> None:
    trade = submitted()
    assert (trade.envelope_xdr, trade.hashes) == (SIGNED.envelope_xdr, (SIGNED.tx_hash,))
    trade = evolve(trade, REBID)
    assert (trade.envelope_xdr, trade.hashes) == (REBID.envelope_xdr, (REBID.tx_hash, SIGNED.tx_hash))
    assert trade.state == "submitted"


HASHES = (SIGNED.tx_hash,)
ALIVE = NotFound(Tip(20, SIGNED.max_time), oldest_ledger=1)
DEAD = NotFound(Tip(21, SIGNED.max_time + 1), oldest_ledger=1)


def test_forgotten_bytes_are_dropped_once_a_later_ledger_lacks_them_too() -> None:
    # given a queue that had taken the bytes and put them off when they came again, at ledger 20
    forgotten = Sendings(sends=2, last_answer="TRY_AGAIN_LATER", forgotten="TRY_AGAIN_LATER", forgotten_at=20)
    # then it may be because ledger 20 or the next one has them
    assert decide(submitted(), Unseen(ALIVE, HASHES, forgotten)) == []
    later = NotFound(Tip(21, SIGNED.max_time), oldest_ledger=1)
    [dropped] = decide(submitted(), Unseen(later, HASHES, forgotten))
    assert dropped == TradeDropped(ledger=21, answer="TRY_AGAIN_LATER", sends=2)
    # and it is said once
    assert decide(evolve(submitted(), dropped), Unseen(later, HASHES, forgotten)) == []


def test_the_end_of_a_dropped_trade_says_so() -> None:
    forgotten = Sendings(sends=3, last_answer="ERROR tx_too_late", forgotten="PENDING", forgotten_at=19)
    dropped, expired = decide(submitted(), Unseen(DEAD, HASHES, forgotten))
    assert isinstance(dropped, TradeDropped)
    assert isinstance(expired, TradeExpired)
    assert expired.reason == "accepted (PENDING) and then dropped by the network's queue: PENDING"
    assert expired.sends == 3
    # an end without that has the network's last words, of this executor
    [expired] = decide(submitted(), Unseen(DEAD, HASHES, Sendings(sends=1, last_answer="PENDING")))
    assert isinstance(expired, TradeExpired)
    assert (expired.reason, expired.sends) == ("PENDING", 1)


def test_no_trade_is_dead_while_the_network_was_not_asked_about_its_higher_bid() -> None:
    rebid = evolve(submitted(), REBID)
    assert decide(rebid, Unseen(DEAD, HASHES, Sendings())) == []
    [expired] = decide(rebid, Unseen(DEAD, rebid.hashes, Sendings()))
    assert isinstance(expired, TradeExpired)


@pytest.mark.parametrize(
    ("status", "codes", "known"),
    [
        ("DUPLICATE", (), True),
        ("PENDING", (), False),
        ("TRY_AGAIN_LATER", (), False),
        ("ERROR", ("tx_insufficient_fee",), False),
        ("ERROR", ("tx_bad_seq",), True),
        ("ERROR", ("tx_too_late",), True),
    ],
)
def test_what_a_queue_says_to_bytes_that_it_had(status: Any, codes: tuple[str, ...], known: bool) -> None:
    assert knows(SendAnswer(status, codes)) is known


def test_pairs_are_directed() -> None:
    trade = evolve(Trade(), planned())
    assert f"native -> {credit('USDC')}" in trade.claims
    assert f"{credit('USDC')} -> native" not in trade.claims


def test_somebody_elses_unsigned_trade_is_ended_only_when_no_envelope_of_it_can_live() -> None:
    plan = planned().model_copy(update={"valid_until": 1_700_000_015})
    approved = evolve(evolve(Trade(), plan), TradeApproved(judged_at_ledger=10))
    assert decide(approved, Interrupt(1_700_000_015, abandoned=False)) == []
    [ended] = decide(approved, Interrupt(1_700_000_016, abandoned=False))
    assert isinstance(ended, TradeRejected)
    assert ended.code == "interrupted"
    # of one's own earlier life nobody will go on with it
    assert decide(approved, Interrupt(0, abandoned=True)) == [ended]
    # what is signed, or has ended, is never interrupted
    signed = evolve(approved, SIGNED)
    assert decide(signed, Interrupt(2_000_000_000, abandoned=True)) == []
    assert decide(evolve(approved, ended), Interrupt(2_000_000_000, abandoned=True)) == []


def test_where_the_record_does_not_say_it_is_the_longest_that_the_signer_allows() -> None:
    old = replace(
        evolve(Trade(), planned()), planned=planned().model_copy(update={"valid_until": 0, "close_time": 1_000})
    )
    assert decide(old, Interrupt(1_300, abandoned=False)) == []
    assert len(decide(old, Interrupt(1_301, abandoned=False))) == 1
