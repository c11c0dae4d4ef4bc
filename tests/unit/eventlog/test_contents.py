"""What events say is held against their schemas and against each other: each breach is named with its message."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from support.event_history import history
from support.facts import NOON
from support.plans import PASSPHRASE, basket, opportunity

from arb.eventlog import EMPTY, Head, MemoryEventStore, MemoryStream, Stored
from arb.eventlog.audit import Contents, Finding, Verifier, verify_whole
from arb.eventlog.audit.beside import ContentsBeside, ReaderFailedError
from arb.eventlog.audit.whole import SHORT
from arb.messages import subjects
from arb.messages.base import Fact
from arb.messages.envelope import content_id
from arb.messages.events.account import AccountAdopted, RebidSigned, TradeEnvelopeSigned
from arb.messages.events.trade import (
    RebidGrounds,
    TradeApproved,
    TradeExpired,
    TradePlanned,
    TradeRebid,
    TradeRejected,
    TradeSigned,
)
from arb.messages.subjects import Aggregate

CHANNEL = "G" + "B" * 55
TRADING = "G" + "A" * 55
CORE = b"\0\0\0\2" + b"transaction!"
NETWORK = hashlib.sha256(PASSPHRASE.encode()).digest()
MAX_TIME = int(NOON.timestamp()) + 30


def record(count: int = 400) -> list[Stored]:
    """A record in which everything is as it must be."""
    return [Stored(number, one.subject, one.raw) for number, one in enumerate(history(count), start=1)]


def found(messages: list[Stored]) -> list[Finding]:
    contents = Contents()
    return [finding for stored in messages for finding in contents.add(stored)]


def resealed(stored: Stored, change: Callable[[dict[str, Any]], None]) -> Stored:
    """The event with other data, its id made to fit: only who reads the data can tell."""
    event = json.loads(stored.raw)
    change(event["data"])
    data = json.dumps(event["data"], separators=(",", ":")).encode()
    event["id"] = content_id(stored.subject.encode(), b"%d" % event["aggregateversion"], event["type"].encode(), data)
    return stored._replace(raw=json.dumps(event, separators=(",", ":")).encode())


def of_type(messages: list[Stored], event_type: str) -> Stored:
    return next(stored for stored in messages if f'"{event_type}"'.encode() in stored.raw)


def test_a_sound_record_breaks_nothing() -> None:
    assert found(record()) == []


@pytest.mark.parametrize(
    ("event_type", "name", "value", "said"),
    [
        ("arb.trade.planned.v1", "ledger", "7", "ledger: Input should be a valid integer"),
        ("arb.trade.signed.v1", "max_fee", 0, "max_fee: Input should be greater than 0"),
        ("arb.trade.confirmed.v1", "bonus", 1, "bonus: Extra inputs are not permitted"),
        ("arb.opportunity.found.v1", "plan", {"kind": "gift"}, "plan: Input tag 'gift'"),
    ],
)
def test_data_that_does_not_fit_its_schema_is_named(event_type: str, name: str, value: object, said: str) -> None:
    # given a record in which one event's data is not what its type says, sealed as if it were
    messages = record()
    stored = of_type(messages, event_type)
    messages[stored.sequence - 1] = resealed(stored, lambda data: data.update({name: value}))

    first = found(messages)[0]

    assert first.sequence == stored.sequence
    assert said in first.problem
    # and the hashes alone had nothing against that event
    hashes = Verifier()
    for each in messages[: stored.sequence]:
        hashes.add(each)
    assert hashes.verdict().ok


async def test_a_long_record_is_read_in_a_second_process_with_the_same_result() -> None:
    messages = record()
    stored = of_type(messages, "arb.trade.submitted.v1")
    messages[stored.sequence - 1] = resealed(stored, lambda data: data.update(attempts=0))

    async with ContentsBeside() as beside:
        for begin in range(0, len(messages), 150):
            beside.add(messages[begin : begin + 150])
            await beside.keep_pace()
        elsewhere = await beside.findings()

    assert elsewhere == found(messages)
    assert elsewhere[0].sequence == stored.sequence


async def test_an_id_that_does_not_follow_from_its_content_is_found_in_a_long_record_too() -> None:
    stream = MemoryStream()
    stream.messages.extend(record(SHORT + 100))
    false = stream.messages[40]
    at = false.raw.index(b'"id":"') + 6
    stream.messages[40] = false._replace(raw=false.raw[:at] + b"0" * 32 + false.raw[at + 32 :])

    verdict = await verify_whole(MemoryEventStore("/x", stream), SHORT + 100)

    assert verdict.first_bad is not None
    assert (verdict.first_bad.sequence, "does not follow from its content" in verdict.first_bad.problem) == (41, True)


async def test_in_a_hurry_ids_are_checked_and_what_is_said_is_not_read() -> None:
    messages = record()
    stored = of_type(messages, "arb.trade.submitted.v1")
    stream = MemoryStream()
    store = MemoryEventStore("/x", stream)
    stream.messages.extend(messages)
    stream.messages[stored.sequence - 1] = resealed(stored, lambda data: data.update(attempts=0))
    everything = await verify_whole(store, stored.sequence)
    in_a_hurry = await verify_whole(store, stored.sequence, hashes_only=True)
    stream.messages[stored.sequence - 1] = stored._replace(raw=stored.raw.replace(b'"attempts":', b'"attempt":'))
    misnamed = await verify_whole(store, stored.sequence, hashes_only=True)

    assert not everything.ok
    assert in_a_hurry.ok
    assert not misnamed.ok


async def test_a_verification_whose_reader_dies_comes_to_no_verdict() -> None:
    async with ContentsBeside() as beside:
        assert beside._process is not None
        beside._process.kill()
        await beside._process.wait()
        with pytest.raises(ReaderFailedError):
            await beside.findings()


async def test_the_first_bad_message_is_named_however_many_there_are() -> None:
    stream = MemoryStream()
    store = MemoryEventStore("/x", stream)
    stream.messages.extend(s._replace(raw=b"{}") for s in record(300))
    stream.messages[0] = record(1)[0]

    verdict = await verify_whole(store, 300)

    assert verdict.first_bad is not None
    assert verdict.first_bad.sequence == 2
    assert "is not a readable event" in verdict.first_bad.problem


class Book:
    """Events of trades and their signer, written one after the other into one record."""

    def __init__(self) -> None:
        self._heads: dict[Aggregate, Head] = {}
        self._stream = MemoryStream()
        self._store = MemoryEventStore("/x", self._stream)
        self._now = NOON

    async def write(self, aggregate: Aggregate, fact: Fact, *, later: int = 0) -> None:
        self._now += timedelta(seconds=later)
        head = self._heads.get(aggregate, EMPTY)
        self._heads[aggregate] = (await self._store.append(aggregate, fact, expected=head, time=self._now)).head

    async def adopted(self) -> None:
        fact = AccountAdopted(account=CHANNEL, role="channel", index=0, network_passphrase=PASSPHRASE)
        await self.write(subjects.account(CHANNEL), fact)

    async def approved(self, name: str) -> None:
        found = opportunity(7, basket())
        plan = TradePlanned(trade_id=name, opportunity_id=found.id, ledger=7, seen_at_us=1, plan=found.plan)
        await self.write(subjects.trade(name), plan)
        await self.write(subjects.trade(name), TradeApproved(judged_at_ledger=7))

    async def given(self, name: str, core: bytes = CORE, *, later: int = 0, **other: Any) -> None:
        fact = TradeEnvelopeSigned(
            trade_id=name,
            kind="classic_basket",
            tx_hash=other.get("tx_hash", hashlib.sha256(NETWORK + core).hexdigest()),
            envelope_xdr=base64.b64encode(core + bytes(4)).decode(),
            source=CHANNEL,
            sequence=5,
            max_time=MAX_TIME,
            max_fee=100,
            signers=(CHANNEL, TRADING),
            closed_at=other.get("closed_at", 0),
        )
        await self.write(subjects.account(CHANNEL), fact, later=later)

    async def signed(self, name: str, core: bytes = CORE, **other: Any) -> None:
        said: dict[str, Any] = {
            "tx_hash": hashlib.sha256(NETWORK + core).hexdigest(),
            "envelope_xdr": base64.b64encode(core + b"\0\0\0\1" + bytes(72)).decode(),
            "network_passphrase": PASSPHRASE,
            "source": CHANNEL,
            "trading_account": TRADING,
            "sequence": 5,
            "max_time": MAX_TIME,
            "max_fee": 100,
        }
        await self.write(subjects.trade(name), TradeSigned(**said | other))

    @property
    def problems(self) -> list[str]:
        return [finding.problem for finding in found(self._stream.messages)]


@pytest.fixture
async def book() -> Book:
    """One trade that was approved."""
    book = Book()
    await book.adopted()
    await book.approved("one")
    return book


async def test_what_was_signed_is_what_is_stored_as_signed(book: Book) -> None:
    await book.given("one")
    await book.signed("one")
    assert book.problems == []


@pytest.mark.parametrize(
    ("other", "differing"),
    [
        ({"tx_hash": "ab" * 32}, "hash"),
        ({"sequence": 6}, "sequence"),
        ({"source": TRADING}, "source"),
        ({"max_fee": 101}, "max_fee"),
        ({"envelope_xdr": base64.b64encode(b"\0\0\0\2another one!\0\0\0\0").decode()}, "transaction"),
        ({"envelope_xdr": "no base64"}, "transaction"),
    ],
)
async def test_a_trade_stored_otherwise_than_it_was_signed_is_named(
    book: Book, other: dict[str, Any], differing: str
) -> None:
    await book.given("one")
    await book.signed("one", **other)
    assert book.problems == [
        f"message 5: what is stored as signed for trade one is not what was signed: {differing} differ"
    ]


async def test_a_signature_that_the_signer_does_not_know_of_is_named(book: Book) -> None:
    await book.signed("one")
    assert book.problems == ["message 4: the signer has no record of having signed for trade one"]


async def test_a_hash_that_is_not_that_of_the_envelope_is_named(book: Book) -> None:
    await book.given("one", tx_hash="ab" * 32)
    assert book.problems == [
        f"message 4: the envelope signed for trade one is not one with the hash {'ab' * 32}",
    ]


def bump_of(core: bytes) -> bytes:
    """A fee bump around a signed transaction, without signatures of its own."""
    return b"\0\0\0\5" + bytes(36) + bytes(8) + core + b"\0\0\0\1" + bytes(72) + b"ext\0"


@pytest.mark.parametrize(
    ("inner", "stored_fee", "said"),
    [
        (CORE, 500, None),
        (
            b"\0\0\0\2another one!",
            500,
            "message 6: a fee bump was signed around {inner}, which trade one was not given",
        ),
        (CORE, 501, "message 7: what is stored as bid for trade one is not what was signed"),
    ],
)
async def test_a_higher_bid_is_for_the_transaction_that_was_signed(
    book: Book, inner: bytes, stored_fee: int, said: str | None
) -> None:
    await book.given("one")
    await book.signed("one")
    core = bump_of(inner)
    name, claimed = (hashlib.sha256(NETWORK + each).hexdigest() for each in (core, CORE))
    rebid = RebidSigned(
        trade_id="one",
        tx_hash=name,
        inner_hash=claimed,
        envelope_xdr=base64.b64encode(core + bytes(4)).decode(),
        fee_source=CHANNEL,
        max_fee=500,
    )
    await book.write(subjects.account(CHANNEL), rebid)
    stored = TradeRebid(
        tx_hash=name,
        envelope_xdr=base64.b64encode(core + b"\0\0\0\1" + bytes(72)).decode(),
        fee_source=CHANNEL,
        max_fee=stored_fee,
        grounds=RebidGrounds(limits_version=1, ledger=7, dearest=100),
    )
    await book.write(subjects.trade("one"), stored)
    assert book.problems == ([] if said is None else [said.format(inner=claimed)])


async def test_by_which_ledger_the_signer_went_is_what_counts(book: Book) -> None:
    # given an envelope whose time is over by the signer's clock, and no ledger that closed after it
    await book.given("one")
    await book.given("two", CORE + b"other", later=100, closed_at=MAX_TIME)
    await book.given("three", CORE + b"third", later=100, closed_at=MAX_TIME + 1)
    assert [problem.partition(",")[0] for problem in book.problems] == ["message 5: a second envelope"]


@pytest.mark.parametrize(("later", "breach"), [(30, True), (31, False)])
async def test_two_live_envelopes_for_one_sequence_are_a_breach(book: Book, later: int, breach: bool) -> None:
    # given an envelope that may be applied for 30 seconds, of a trade that never came to its own signature
    await book.given("one")
    await book.write(subjects.trade("one"), TradeRejected(code="interrupted", reason="restart"))
    await book.approved("two")

    # when another one is signed for the same sequence number of the same channel
    await book.given("two", CORE + b"other", later=later)

    assert [p.partition(",")[0] for p in book.problems] == ["message 8: a second envelope"] * breach


async def test_an_envelope_proven_dead_is_none_that_lives(book: Book) -> None:
    await book.given("one")
    await book.signed("one")
    dead = TradeExpired(closed_ledger=9, closed_at=MAX_TIME + 1, oldest_ledger=1, reason="-")
    await book.write(subjects.trade("one"), dead)
    await book.approved("two")
    await book.given("two", CORE + b"other")
    assert book.problems == []


async def test_the_same_envelope_again_is_one_lease(book: Book) -> None:
    await book.given("one")
    await book.given("one")
    await book.signed("one")
    assert book.problems == []


async def test_an_event_out_of_turn_is_named(book: Book) -> None:
    await book.write(subjects.trade("one"), TradeRejected(code="limits", reason="-"))
    await book.write(subjects.trade("one"), TradeApproved(judged_at_ledger=7))
    await book.write(subjects.trade("none"), TradeExpired(closed_ledger=9, closed_at=9, oldest_ledger=1, reason="-"))
    assert book.problems == [
        "message 5: arb.trade.approved.v1 may not follow the end of a trade, or none",
        "message 6: arb.trade.expired.v1 may not follow the end of a trade, or none",
    ]
