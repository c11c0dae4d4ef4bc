"""What was once stored must be readable for ever, and no event may change its shape unnoticed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from support.golden import DIRECTORY, NOON, path_of, schema

from arb.eventlog import Recorded, Stored
from arb.eventlog.chain import follow
from arb.eventlog.record import EMPTY
from arb.messages import upcasting
from arb.messages.base import FACTS, Fact
from arb.messages.envelope import CloudEvent, attributes, seal
from arb.messages.upcasting import UPCASTERS, UnknownEventError, read_fact, upcaster

GOLDEN = sorted(DIRECTORY.glob("*.json"))
HOW = "a new version of the event, or: PYTHONPATH=tests python -m support.golden {}"


@pytest.mark.parametrize("event_type", sorted(FACTS))
def test_every_event_has_a_golden_file_and_is_what_it_says(event_type: str) -> None:
    assert path_of(event_type).exists(), f"no golden file; {HOW.format(event_type)}"
    golden = json.loads(path_of(event_type).read_text())

    assert schema(FACTS[event_type]) == golden["schema"], f"the schema changed; {HOW.format(event_type)}"


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_stored_events_read_as_they_were_written(path: Path) -> None:
    golden = json.loads(path.read_text())
    for text in (*golden["stored"], *golden["earlier"]):
        raw = text.encode()
        event = CloudEvent.model_validate_json(raw)
        recorded = Recorded.read(Stored(1, f"arb.evt.{event.subject.replace('/', '.')}", raw))

        # Whole, readable, and what is written today is written the same byte for byte
        assert follow(EMPTY, recorded).version == 1
        assert recorded.fact.type in FACTS
        if golden["type"] in FACTS and text in golden["stored"]:
            sealed = seal(recorded.aggregate, 1, recorded.fact, source=event.source, time=NOON, prevhash=event.prevhash)
            assert sealed.to_bytes() == raw


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_quick_reading_says_what_the_full_one_says(path: Path) -> None:
    for text in json.loads(path.read_text())["stored"]:
        event, quick = CloudEvent.model_validate_json(text), attributes(text.encode())

        assert quick is not None
        assert json.loads(quick.data) == event.data
        assert [quick.id, quick.type, quick.subject, quick.time, quick.aggregateversion, quick.prevhash] == [
            str(value).encode()
            for value in (event.id, event.type, event.subject, event.time, event.aggregateversion, event.prevhash)
        ]


@pytest.fixture
def third_version() -> Iterator[Callable[..., Fact]]:
    """An event whose first two versions are history: v1 counted in units, v2 gave it a name, v3 counts in stroops."""

    class Weighed(Fact):
        type: ClassVar[str] = "arb.engine.weighed.v3"
        by: str
        stroops: int

    @upcaster("arb.engine.weighed.v1", "arb.engine.weighed.v2")
    def named(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "by": "nobody"}

    @upcaster("arb.engine.weighed.v2", "arb.engine.weighed.v3")
    def counted(data: dict[str, Any]) -> dict[str, Any]:
        return {"by": data["by"], "stroops": data["units"] * 10_000_000}

    yield Weighed
    del FACTS[Weighed.type]
    for retired in ("arb.engine.weighed.v1", "arb.engine.weighed.v2"):
        upcasting.UPCASTERS.pop(retired)


def test_old_versions_are_carried_forward_one_by_one(third_version: Callable[..., Fact]) -> None:
    assert read_fact("arb.engine.weighed.v1", b'{"units":3}') == third_version(by="nobody", stroops=30_000_000)
    assert read_fact("arb.engine.weighed.v2", b'{"units":3,"by":"me"}') == third_version(by="me", stroops=30_000_000)
    with pytest.raises(UnknownEventError, match=r"weighed\.v4' is unknown to this version, which reads .*v1, .*v3"):
        read_fact("arb.engine.weighed.v4", b"{}")


@pytest.mark.parametrize(
    ("retired", "following", "problem"),
    [
        ("arb.engine.weighed.v1", "arb.engine.weighed.v3", "is not the version after"),
        ("arb.engine.weighed.v1", "arb.engine.counted.v2", "is not the version after"),
        ("arb.engine.started.v1", "arb.engine.started.v2", "is read already"),
        ("arb.engine.weighed", "arb.engine.weighed.v2", "names no version"),
    ],
)
def test_an_upcaster_that_makes_no_sense_is_refused(retired: str, following: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        upcaster(retired, following)


def test_every_upcaster_leads_to_an_event_of_today_and_has_a_golden_file() -> None:
    for retired in UPCASTERS:
        name = retired
        while name in UPCASTERS:
            name = UPCASTERS[name].type
        assert name in FACTS
        assert path_of(retired).exists()
