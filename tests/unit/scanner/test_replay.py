"""The scanner decides again on its own record: the same, unless record or events were altered."""

from dataclasses import replace

import pytest
from support.contract_market import CLOSE_TIME, USDC
from support.market_ledgers import written
from support.market_record import KeptMarket, RecordedScans, published, replayed, update

from arb.contracts.market_changes import PoolChanged
from arb.eventlog.memory import MemoryEventStore
from arb.messages.events.engine import EngineStopped
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.routes import Signal
from arb.scanner.app import market_record
from arb.scanner.domain.decision import Outcome
from arb.scanner.domain.lives import Lives
from arb.scanner.record.ledgers import ClassicLedger
from arb.scanner.record.streams import Recorded, RecordReader, RecordWriter

SIGNAL = Signal(
    asset=USDC.code,
    buy_exchange="soroswap",
    sell_exchange="phoenix",
    buy_price=1,
    sell_price=2,
    available_amount=1,
    estimated_profit=1,
    confidence_score=1,
    expiry_time=CLOSE_TIME + 10**6,
)


class Kept:
    """A record of ledgers 7 to 12, and the events that belong to it."""

    def __init__(self) -> None:
        self.market, self.store = KeptMarket(), MemoryEventStore("/arb/scanner")
        self.scans = RecordedScans(self.market, self.store)

    async def fill(self) -> dict[str, OpportunityFound]:
        await self.scans.six_ledgers()
        return await published(self.store)


async def test_every_decision_is_made_again_to_the_byte() -> None:
    kept = Kept()
    found = await kept.fill()
    replay, passed_over = replayed(kept.market.messages, found)
    assert (replay.differences, passed_over) == ([], {})
    assert replay.decisions == 12
    assert {fact.plan.kind for fact in found.values()} == {"classic_basket", "soroban_route"}
    assert len(found) == 5 + 4


async def test_signals_are_held_again_whenever_they_arrive() -> None:
    kept = Kept()
    kept.scans.asked.signals = (SIGNAL, SIGNAL.model_copy(update={"asset": "GOLD"}))
    await kept.scans.ledger(7, whole=True)
    await kept.scans.detector.scan()  # a route of this ledger is planned already
    kept.scans.engine.on_fact(EngineStopped(by="test", reason="asked"))
    await kept.scans.ledger(8)
    kept.scans.engine.running = True
    await kept.scans.detector.scan()  # and of this one none is
    for _ in range(4):
        await kept.scans.record.store_next()
    found = await published(kept.store)
    assert [fact.plan.kind for fact in found.values()].count("detector_signal") == 1
    *before, pools_of_8, first, second = kept.market.messages
    for messages in (kept.market.messages, [*before, first, second, pools_of_8]):
        replay, passed_over = replayed(messages, found)
        assert (replay.differences, passed_over) == ([], {"stopped": 2})
        assert replay.decisions == 2 + 4


async def test_an_altered_market_leads_elsewhere() -> None:
    kept = Kept()
    found = await kept.fill()
    reader, writer = RecordReader(), RecordWriter("00" * 8)
    messages: list[bytes] = []
    for message in kept.market.messages:
        for item in reader.read(message):
            assert isinstance(item, Recorded)
            ledger = item.ledger
            if isinstance(ledger, ClassicLedger) and ledger.update.close.ledger == 8:
                change, left = ledger.update.changes[0]
                assert isinstance(change, PoolChanged)
                pool = replace(change.pool, reserve_a=change.pool.reserve_a + 1)
                changes = (ledger.update.changes[0]._replace(change=PoolChanged(pool), ledger=left),)
                ledger = replace(ledger, update=ledger.update._replace(changes=changes))
            messages += written(writer, ledger)
    replay, _ = replayed(messages, found)
    assert {(one.scan, one.ledger) for one in replay.differences} == {("classic", 8)}


@pytest.mark.parametrize("alteration", ["removed", "other bytes", "invented"])
async def test_an_altered_event_is_named(alteration: str) -> None:
    kept = Kept()
    found = await kept.fill()
    first = next(iter(found.values()))
    match alteration:
        case "removed":
            del found[first.id]
        case "other bytes":
            found[first.id] = first.model_copy(update={"base_fee": first.base_fee + 1})
        case "invented":
            found["ab" * 16] = first.model_copy(update={"id": "ab" * 16, "ledger": 9})
    replay, _ = replayed(kept.market.messages, found)
    [difference] = replay.differences
    assert difference.ledger == (9 if alteration == "invented" else 7)
    assert difference.opportunity == ("ab" * 16 if alteration == "invented" else first.id)


async def test_a_lost_record_is_a_gap_and_never_a_wrong_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market_record, "WHOLE_EVERY", 3)
    kept = Kept()
    found = await kept.fill()
    for lost in range(len(kept.market.messages)):
        messages = [message for at, message in enumerate(kept.market.messages) if at != lost]
        replay, passed_over = replayed(messages, found)
        assert replay.differences == []
        assert replay.decisions >= 12 - 3
        assert passed_over or lost >= len(kept.market.messages) - 2
    # What is read from the middle on is used from the next whole market on
    replay, _ = replayed(kept.market.messages[3:], found)
    assert (replay.differences, replay.decisions) == ([], 6)


async def test_after_what_could_not_be_stored_comes_a_whole_market() -> None:
    kept = Kept()
    await kept.scans.ledger(7, whole=True)
    kept.market.down = True
    await kept.scans.ledger(8)
    kept.market.down = False
    await kept.scans.ledger(9)
    await kept.scans.ledger(10)
    found = await published(kept.store)
    replay, passed_over = replayed(kept.market.messages, found)
    assert replay.differences == []
    assert replay.decisions == 2 * 3
    assert passed_over == {"record_missing": 2, "opportunity_without_record": 2}


async def test_records_beyond_what_may_wait_are_dropped_and_missed() -> None:
    kept = Kept()
    await kept.scans.ledger(7, whole=True)
    for number in range(8, 10 + market_record.MOST_WAITING):
        kept.scans.script.newest = number
        await kept.scans.classic.on_ledger(update(number, off=0.05, whole=False))
    while kept.scans.record._waiting.qsize():
        await kept.scans.record.store_next()
    await kept.scans.ledger(100)
    found = await published(kept.store)
    replay, _ = replayed(kept.market.messages, found)
    assert replay.differences == []


async def test_other_settings_lead_to_other_plans() -> None:
    kept = Kept()
    found = await kept.fill()

    def under(**changed: int) -> set[str]:
        lives, reader = Lives(changed), RecordReader()
        again = [a for m in kept.market.messages for item in reader.read(m) for a in lives.take(item)]
        return {one.now.id for one in again if isinstance(one.now, OpportunityFound)}

    assert under() == set(found)
    assert len(under(max_notional=1, max_route_notional=1)) == 0
    assert len(under(max_route_notional=1)) == 5
    assert under(route_fee=1_001) != set(found)


async def test_ledgers_that_were_not_searched_are_searched_when_asked_for() -> None:
    kept = Kept()
    kept.scans.engine.on_fact(EngineStopped(by="test", reason="asked"))
    await kept.scans.ledger(7, whole=True)
    lives, reader = Lives(search=frozenset(Outcome)), RecordReader()
    again = [a for m in kept.market.messages for item in reader.read(m) for a in lives.take(item)]
    assert [isinstance(one.now, OpportunityFound) for one in again] == [True, True]
