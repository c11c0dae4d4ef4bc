"""Events as they are stored: closed, exact, and named by what they say."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from arb.messages import events, subjects
from arb.messages.base import FACTS, Fact
from arb.messages.envelope import (
    GENESIS_HASH,
    CloudEvent,
    UnknownEventError,
    attributes,
    content_hash,
    content_id,
    event_id,
    rfc3339,
    seal,
)
from arb.messages.events.engine import EngineStarted, EngineStopped
from arb.messages.subjects import Aggregate

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def sealed(fact: Fact, version: int = 1) -> CloudEvent:
    return seal(subjects.ENGINE, version, fact, source="/arb/x", time=NOON, prevhash=GENESIS_HASH)


def test_stored_bytes_are_cloudevents_json_without_absent_attributes() -> None:
    stored = json.loads(sealed(EngineStarted(mode="paper", by="me")).to_bytes())

    assert stored == {
        "specversion": "1.0",
        "id": event_id(subjects.ENGINE, 1, EngineStarted(mode="paper", by="me")),
        "source": "/arb/x",
        "type": "arb.engine.started.v1",
        "subject": "engine/main",
        "time": "2026-03-01T12:00:00.000000Z",
        "datacontenttype": "application/json",
        "aggregateversion": 1,
        "prevhash": "0" * 64,
        "data": {"mode": "paper", "by": "me"},
    }


def test_reading_gives_back_the_same_bytes_and_the_typed_fact() -> None:
    fact = EngineStopped(by="me", reason="ünïcode €")
    raw = sealed(fact).to_bytes()

    read = CloudEvent.model_validate_json(raw)

    assert (read.to_bytes(), read.fact()) == (raw, fact)
    assert content_hash(raw) == content_hash(read.to_bytes())


def test_the_id_follows_from_aggregate_version_type_and_data_only() -> None:
    fact = EngineStarted(mode="paper", by="me")
    base = event_id(subjects.ENGINE, 1, fact)
    later = seal(subjects.ENGINE, 1, fact, source="/y", time=NOON + timedelta(hours=1), prevhash="f" * 64)

    assert later.id == base
    said = attributes(later.to_bytes())
    assert said is not None
    assert content_id(b"arb.evt.engine.main", b"1", b"arb.engine.started.v1", said.data) == base
    assert len({base, event_id(subjects.ENGINE, 2, fact), event_id(subjects.LIMITS, 1, fact)}) == 3
    assert event_id(subjects.ENGINE, 1, EngineStarted(mode="live", by="me")) != base


def test_an_unknown_type_is_an_error_of_its_own() -> None:
    event = sealed(EngineStarted(mode="paper", by="me")).model_copy(update={"type": "arb.engine.started.v9"})

    with pytest.raises(UnknownEventError, match=r"'arb\.engine\.started\.v9' is unknown"):
        event.fact()


@pytest.mark.parametrize(
    "data",
    ['{"mode":"paper"}', '{"mode":"fast","by":"x"}', '{"mode":"paper","by":1}', '{"mode":"paper","by":"","x":1}'],
)
def test_data_that_is_not_the_facts_is_refused(data: str) -> None:
    with pytest.raises(ValidationError):
        EngineStarted.model_validate_json(data)


def test_times_are_utc_with_microseconds() -> None:
    berlin = timezone(timedelta(hours=1))

    assert rfc3339(datetime(2026, 3, 1, 13, 0, 0, 7, tzinfo=berlin)) == "2026-03-01T12:00:00.000007Z"


def test_every_event_type_names_its_version_once() -> None:
    assert events.__all__ == sorted(events.__all__)
    assert len(FACTS) >= 15
    for name, kind in FACTS.items():
        prefix, aggregate, verb, version = name.split(".")
        assert (prefix, kind.type) == ("arb", name)
        assert aggregate in (
            "engine",
            "limits",
            "account",
            "trade",
            "opportunity",
            "network",
            "audit",
            "detector",
            "venue",
        )
        assert verb
        assert version.startswith("v")
        assert version[1:].isdigit()


def test_one_type_cannot_be_declared_by_two_classes() -> None:
    with pytest.raises(TypeError, match=r"arb\.engine\.started\.v1 is declared twice"):
        type("Impostor", (Fact,), {"type": "arb.engine.started.v1", "__module__": __name__, "__annotations__": {}})


@pytest.mark.parametrize("aggregate", [subjects.ENGINE, subjects.trade("t-1_x"), subjects.account("G" + "A" * 55)])
def test_subjects_read_back(aggregate: Aggregate) -> None:
    assert Aggregate.of_subject(aggregate.subject) == aggregate


@pytest.mark.parametrize("subject", ["arb.evt.engine", "arb.cmd.engine.main", "arb.evt.a.b.c", ""])
def test_other_subjects_are_refused(subject: str) -> None:
    with pytest.raises(ValueError, match="not an event subject"):
        Aggregate.of_subject(subject)
