"""A long record as the platform writes it: trades from opportunity to confirmation, balances observed in between."""

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from support.plans import PASSPHRASE, basket, opportunity

from arb.eventlog import EMPTY, Head
from arb.messages import subjects
from arb.messages.base import Fact
from arb.messages.envelope import content_hash, seal
from arb.messages.events.account import AccountAdopted, BalancesChanged, Role, TradeEnvelopeSigned
from arb.messages.events.engine import EngineStarted
from arb.messages.events.trade import TradeApproved, TradeConfirmed, TradePlanned, TradeSigned, TradeSubmitted
from arb.messages.ledger import Balance, BalanceChange
from arb.messages.plan import ClassicBasket
from arb.messages.subjects import Aggregate

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACCOUNTS = tuple("G" + letter * 55 for letter in "ABCDEFGHIJK")
"""One that trades and ten channels."""
CODES = ("USDC", "EURC", "AQUA", "yXLM", "BTC", "ETH", "KALE", "SHX")
NETWORK = hashlib.sha256(PASSPHRASE.encode()).digest()
SIGNED_BYTES = 2_300
"""Of an envelope: the median of runs of the demo."""


class Message(NamedTuple):
    """What goes into the stream."""

    subject: str
    id: str
    after: int
    """Sequence of the aggregate's event before it, 0 for none, if the stream holds this history and nothing else."""
    raw: bytes


def history(events: int, seed: int = 7) -> Iterator[Message]:
    """So many events, the same for the same seed: chained, and each named by its content."""
    heads: dict[Aggregate, Head] = {}
    for number, (aggregate, fact) in enumerate(_facts(Random(seed)), start=1):
        if number > events:
            return
        version, after, before = heads.get(aggregate, EMPTY)
        event = seal(
            aggregate,
            version + 1,
            fact,
            source="/arb/history",
            time=BEGAN + timedelta(milliseconds=100 * number),
            prevhash=before,
            correlation=aggregate.id if aggregate.kind == "trade" else None,
        )
        raw = event.to_bytes()
        heads[aggregate] = Head(version + 1, number, content_hash(raw))
        yield Message(aggregate.subject, event.id, after, raw)


def _facts(random: Random) -> Iterator[tuple[Aggregate, Fact]]:
    for index, name in enumerate(ACCOUNTS):
        role: Role = "trading" if index == 0 else "channel"
        adopted = AccountAdopted(account=name, role=role, index=max(0, index - 1), network_passphrase=PASSPHRASE)
        yield subjects.account(name), adopted
    yield subjects.ENGINE, EngineStarted(mode="live", by="history")
    ledger = 1
    while True:
        ledger += 1
        yield from _trade(random, ledger)


def _trade(random: Random, ledger: int) -> Iterator[tuple[Aggregate, Fact]]:
    found = opportunity(ledger, _plan(random), close_time=1_700_000_000 + ledger)
    yield subjects.opportunity(found.id), found
    trade, channel = subjects.trade(found.id), random.choice(ACCOUNTS[1:])
    seen = found.seen_at_us
    yield (
        trade,
        TradePlanned(trade_id=found.id, opportunity_id=found.id, ledger=ledger, seen_at_us=seen, plan=found.plan),
    )
    yield trade, TradeApproved(judged_at_ledger=ledger)
    core = b"\0\0\0\2" + random.randbytes(SIGNED_BYTES - 148)
    name = hashlib.sha256(NETWORK + core).hexdigest()
    max_time = 1_700_000_000 + ledger
    yield (
        subjects.account(channel),
        TradeEnvelopeSigned(
            trade_id=found.id,
            kind="classic_basket",
            tx_hash=name,
            envelope_xdr=base64.b64encode(core + bytes(4)).decode(),
            source=channel,
            sequence=ledger << 32,
            max_time=max_time,
            max_fee=1_000,
            signers=(channel, ACCOUNTS[0]),
        ),
    )
    yield (
        trade,
        TradeSigned(
            tx_hash=name,
            envelope_xdr=base64.b64encode(core + b"\0\0\0\2" + random.randbytes(144)).decode(),
            network_passphrase=PASSPHRASE,
            source=channel,
            trading_account=ACCOUNTS[0],
            sequence=ledger << 32,
            max_time=max_time,
            max_fee=1_000,
        ),
    )
    yield trade, TradeSubmitted(status="PENDING", attempts=1, submitted_at_us=seen + 25_000)
    profit, fee = found.plan.profit, found.plan.fee
    yield (
        trade,
        TradeConfirmed(
            ledger=ledger + 1,
            fee_charged=fee,
            changes=(
                BalanceChange(account=ACCOUNTS[0], asset="native", delta=profit),
                BalanceChange(account=channel, asset="native", delta=-fee),
            ),
            venues_moved=False,
            predicted_profit=profit,
            realised_profit=profit,
        ),
    )
    for owner in (ACCOUNTS[0], channel):
        balances = (Balance(asset="native", amount=10**9 + ledger),)
        yield subjects.account(owner), BalancesChanged(account=owner, ledger=ledger + 1, balances=balances)


def _plan(random: Random) -> ClassicBasket:
    """One to six payments over two or three assets each."""
    payments = tuple(
        basket(
            through=tuple(random.sample(CODES, random.randint(2, 3))), profit=random.randint(1_000, 90_000)
        ).payments[0]
        for _ in range(random.randint(1, 6))
    )
    profit = sum(payment.dest_amount - payment.predicted_in for payment in payments)
    fee = 100 * len(payments)
    return ClassicBasket(base="native", payments=payments, profit=profit, fee=fee, net_profit=profit - fee)
