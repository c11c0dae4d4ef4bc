"""A trade moves along the table of transitions and nowhere else."""

import itertools
from typing import Any

import pytest
from support.plans import ISSUER, PASSPHRASE, credit, planned

from arb.executor.domain.trade import TRANSITIONS, Trade, TransitionError, evolve
from arb.messages.base import Fact
from arb.messages.events.trade import (
    TradeApproved,
    TradeConfirmed,
    TradeExpired,
    TradeFailed,
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


def test_pairs_are_directed() -> None:
    trade = evolve(Trade(), planned())
    assert f"native -> {credit('USDC')}" in trade.claims
    assert f"{credit('USDC')} -> native" not in trade.claims
