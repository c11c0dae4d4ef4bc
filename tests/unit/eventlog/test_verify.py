"""The verification fold finds what must not be, and names the first bad message."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from nacl.signing import SigningKey
from support.facts import NOON, started

from arb.eventlog import EMPTY, MemoryEventStore, MemoryStream, Stored
from arb.eventlog.audit import Checkpoint, Verdict, Verifier
from arb.eventlog.audit.verify import rolled
from arb.messages import subjects
from arb.messages.base import Fact
from arb.messages.envelope import GENESIS_HASH, seal, sorted_content_id
from arb.messages.events.audit import CheckpointSigned, KeyPublished
from arb.messages.events.limits import LimitsSet


@pytest.fixture
async def record() -> list[Stored]:
    """Six events: engine at 1, 2, 4, 6; limits at 3, 5."""
    stream = MemoryStream()
    store = MemoryEventStore("/x", stream)
    heads = {subjects.ENGINE: EMPTY, subjects.LIMITS: EMPTY}
    for n, aggregate in enumerate(
        [subjects.ENGINE, subjects.ENGINE, subjects.LIMITS, subjects.ENGINE, subjects.LIMITS, subjects.ENGINE]
    ):
        heads[aggregate] = (await store.append(aggregate, started(str(n)), expected=heads[aggregate], time=NOON)).head
    return stream.messages


KEY = SigningKey(b"7" * 32)


def verdict(messages: list[Stored], *checkpoints: Checkpoint) -> Verdict:
    """The fold's verdict on these messages as a whole stream."""
    verifier = Verifier(checkpoints)
    for stored in messages:
        verifier.add(stored)
    verifier.ended_at(messages[-1].sequence if messages else 0)
    return verifier.verdict()


def changed(stored: Stored, **attributes: Any) -> Stored:
    """The message with some attributes of its event changed."""
    return stored._replace(raw=json.dumps({**json.loads(stored.raw), **attributes}, separators=(",", ":")).encode())


def checkpoint_of(messages: list[Stored]) -> Checkpoint:
    time = datetime(2026, 3, 1, tzinfo=UTC)
    return Checkpoint.signed(KEY, sequence=len(messages), hash_=verdict(messages).head, time=time)


async def test_a_whole_record_is_ok(record: list[Stored]) -> None:
    whole = verdict(record)

    assert (whole.ok, whole.events, whole.aggregates, whole.last_sequence) == (True, 6, 2, 6)
    assert whole.first_bad is None


def test_an_empty_record_is_ok_and_its_hash_is_zero() -> None:
    assert (verdict([]).ok, verdict([]).head) == (True, "0" * 64)


async def test_the_rolling_hash_depends_on_sequence_subject_and_bytes(record: list[Stored]) -> None:
    first = record[0]
    others = [
        first._replace(sequence=2),
        first._replace(subject=first.subject + "x"),
        first._replace(raw=first.raw + b" "),
        first._replace(subject=first.subject[:-1], raw=first.subject[-1:].encode() + first.raw),
    ]

    def hashed(stored: Stored) -> bytes:
        return rolled(bytes(32), stored.sequence, stored.subject.encode(), hashlib.sha256(stored.raw).digest())

    assert len({hashed(stored) for stored in (first, *others)}) == 5


@pytest.mark.parametrize(
    ("index", "attributes", "bad", "problem"),
    [
        (3, {"data": {"mode": "live", "by": "thief"}}, 4, "does not follow from its content"),
        (5, {"data": {"mode": "live", "by": "thief"}}, 6, "does not follow from its content"),
        (1, {"time": "2020-01-01T00:00:00.000000Z"}, 4, "is not the hash of the event before it"),
        (2, {"prevhash": "a" * 64}, 3, "is not the hash"),
        (3, {"aggregateversion": 4}, 4, "aggregateversion 4, 3 was due"),
        (4, {"subject": "engine/main"}, 5, "says it belongs to"),
        (4, {"specversion": "0.3"}, 5, "is not a readable event: specversion"),
    ],
)
async def test_an_altered_event_is_named(
    record: list[Stored], index: int, attributes: dict[str, Any], bad: int, problem: str
) -> None:
    record[index] = changed(record[index], **attributes)

    found = verdict(record).first_bad

    assert found is not None
    assert (found.sequence, problem in found.problem) == (bad, True), found


async def test_one_altered_event_is_not_a_finding_for_every_later_one(record: list[Stored]) -> None:
    record[1] = changed(record[1], time="2020-01-01T00:00:00.000000Z")

    assert [finding.sequence for finding in verdict(record).findings] == [4]


@pytest.mark.parametrize("lost", range(5))
async def test_a_lost_message_is_named(record: list[Stored], lost: int) -> None:
    del record[lost]

    found = verdict(record).first_bad

    assert found is not None
    assert (found.sequence, found.problem) == (lost + 1, f"message {lost + 1} is missing")


async def test_a_tail_that_the_stream_counts_but_does_not_give_is_missing(record: list[Stored]) -> None:
    verifier = Verifier()
    for stored in record[:4]:
        verifier.add(stored)
    verifier.ended_at(6)

    assert [(f.sequence, f.problem) for f in verifier.findings] == [(5, "messages 5 to 6 are missing")]


async def test_several_lost_messages_are_named_together(record: list[Stored]) -> None:
    found = verdict([record[0], record[5]]).first_bad

    assert found is not None
    assert found.problem == "messages 2 to 5 are missing"


async def test_messages_that_were_swapped_are_found(record: list[Stored]) -> None:
    """Given two events of one aggregate in each other's place, sequence numbers made to fit."""
    record[0], record[1] = record[1]._replace(sequence=1), record[0]._replace(sequence=2)

    found = verdict(record).first_bad

    assert found is not None
    assert found.sequence == 1


async def test_a_lost_tail_is_found_by_the_checkpoint_only(record: list[Stored]) -> None:
    checkpoint = checkpoint_of(record)
    shortened = record[:4]

    assert verdict(shortened).ok
    found = verdict(shortened, checkpoint).first_bad
    assert found is not None
    assert found.sequence == 5
    assert found.problem == "the record went backwards: it ends at message 4, the checkpoint was taken at message 6"


async def test_a_record_forged_from_the_start_is_found_by_the_checkpoint(record: list[Stored]) -> None:
    """Given a record that is whole in itself but is not the one the checkpoint was taken of."""
    checkpoint = checkpoint_of(record[:3])
    stream = MemoryStream()
    forger, head = MemoryEventStore("/x", stream), EMPTY
    for n in range(6):
        head = (await forger.append(subjects.ENGINE, started(f"forged {n}"), expected=head, time=NOON)).head

    assert verdict(stream.messages).ok
    found = verdict(stream.messages, checkpoint).first_bad
    assert found is not None
    assert found.sequence == 3
    assert "is not the one the checkpoint of 2026-03-01T00:00:00.000000Z was taken of" in found.problem


async def test_the_own_checkpoint_is_met(record: list[Stored]) -> None:
    assert verdict(record, checkpoint_of(record[:4])).ok
    assert verdict(record, checkpoint_of(record)).ok
    both = verdict(record, checkpoint_of(record[:4]), checkpoint_of(record))
    assert both.checkpoint == checkpoint_of(record)


async def test_the_checkpoint_that_still_holds_is_named(record: list[Stored]) -> None:
    """Given checkpoints at 2, 4 and 6 and an event altered at 5, then the one at 4 is the last that holds."""
    taken = [checkpoint_of(record[:n]) for n in (2, 4, 6)]
    record[4] = changed(record[4], data={"mode": "live", "by": "thief"})

    found = verdict(record, *taken)

    assert found.first_bad is not None
    assert (found.first_bad.sequence, found.checkpoint) == (5, taken[1])


async def test_an_event_of_an_unknown_version_is_named(record: list[Stored]) -> None:
    store = MemoryEventStore("/x", stream := MemoryStream())
    sealed = seal(subjects.ENGINE, 1, started("a"), source="/x", time=NOON, prevhash=GENESIS_HASH)
    id_ = sorted_content_id(subjects.ENGINE, 1, "arb.engine.started.v9", sealed.data)
    stream.store(
        subjects.ENGINE.subject, sealed.model_copy(update={"type": "arb.engine.started.v9", "id": id_}).to_bytes()
    )
    last = await store.last(subjects.ENGINE)

    found = verdict(stream.messages).first_bad

    assert last is not None
    assert found is not None
    assert found.sequence == 1
    assert "event type 'arb.engine.started.v9' is unknown to this version, which reads" in found.problem


async def test_numbers_of_more_than_64_bits_and_texts_with_escapes_are_no_fault() -> None:
    store = MemoryEventStore("/x", stream := MemoryStream())
    first = await store.append(subjects.ENGINE, started('"quoted" \n ünïcode \x7f'), expected=EMPTY, time=NOON)
    limits = LimitsSet(
        by="me",
        max_notional=2**100,
        max_open_trades=1,
        min_profit=2**64,
        max_data_age_ledgers=0,
        max_trades_per_pair_per_ledger=1,
    )
    await store.append(subjects.LIMITS, limits, expected=EMPTY, time=NOON)
    await store.append(subjects.ENGINE, started("plain"), expected=first.head, time=NOON)

    assert verdict(stream.messages).ok


async def written(*facts: Fact) -> list[Stored]:
    """A record of the auditor's own events."""
    store, head = MemoryEventStore("/x", stream := MemoryStream()), EMPTY
    for fact in facts:
        head = (await store.append(subjects.AUDIT, fact, expected=head, time=NOON)).head
    return stream.messages


async def test_checkpoints_in_the_record_are_held_against_it() -> None:
    published = KeyPublished(public_key=KEY.verify_key.encode().hex())
    first = await written(published)
    good = checkpoint_of(first)
    wrong = Checkpoint.signed(KEY, sequence=1, hash_="ab" * 32, time=NOON)
    forged = good.model_copy(update={"hash": "ab" * 32})
    foreign = Checkpoint.signed(SigningKey(b"8" * 32), sequence=1, hash_=good.hash, time=NOON)
    early = Checkpoint.signed(KEY, sequence=9, hash_=good.hash, time=NOON)

    async def problem(checkpoint: Checkpoint) -> str | None:
        found = verdict(await written(published, CheckpointSigned(**checkpoint.model_dump())))
        return None if found.first_bad is None else f"{found.first_bad.sequence}: {found.first_bad.problem}"

    assert await problem(good) is None
    assert "1: the record up to message 1 is not the one the checkpoint" in str(await problem(wrong))
    assert await problem(forged) == "2: message 2 is a checkpoint with a false signature"
    assert await problem(foreign) == "2: message 2 is a checkpoint with a false signature"
    assert await problem(early) == "2: message 2 is a checkpoint of later messages"


async def test_a_key_that_is_not_the_auditors_is_no_key() -> None:
    verifier = Verifier((), public_key="ab" * 32)
    for stored in await written(KeyPublished(public_key=KEY.verify_key.encode().hex())):
        verifier.add(stored)

    assert [finding.problem for finding in verifier.findings] == ["message 1 publishes a key that is not the auditor's"]
