"""Moments of the record: every way to name one, and one complaint about what names none."""

from collections.abc import AsyncIterator

import pytest
from support.event_history import history

from arb.cli.audit.moments import Moment, in_order, parse, until
from arb.eventlog import Recorded, Stored

NOON = 1_772_366_400_000_000
"""2026-03-01T12:00:00Z in microseconds."""


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("seq:12", Moment("seq", 12)),
        ("ledger:12", Moment("ledger", 12)),
        ("12", Moment("seq", 12)),
        ("0", Moment("seq", 0)),
        ("2026-03-01T12:00:00Z", Moment("time", NOON)),
        ("2026-03-01T12:00:00", Moment("time", NOON)),
        ("2026-03-01T14:00:00.000001+02:00", Moment("time", NOON + 1)),
        ("2026-03-01", Moment("time", NOON - 43_200_000_000)),
    ],
)
def test_a_moment_is_a_message_a_ledger_or_a_time(text: str, meant: Moment) -> None:
    assert parse("--at", text) == meant


def test_a_bare_number_is_what_the_verb_counts_by() -> None:
    assert parse("--from", "567", "ledger") == Moment("ledger", 567)
    assert parse("--from", None) is None


@pytest.mark.parametrize(
    "text", ["", "seq:", "seq:-1", "seq:x", "ledger:1.5", "-3", "yesterday", "SEQ:1", "9" * 40, "²"]
)
def test_what_names_no_moment_is_refused_with_what_is_accepted(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse("--from", text)
    assert ended.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(
        f"arb: --from {text!r} names no moment; accepted: seq:1234 (a message), ledger:567, or a time"
    )


def test_an_end_before_its_beginning_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    in_order(Moment("seq", 5), Moment("seq", 5))
    in_order(Moment("ledger", 9), Moment("seq", 5))
    with pytest.raises(SystemExit):
        in_order(Moment("seq", 5), Moment("seq", 4))
    assert "--to lies before --from" in capsys.readouterr().err


async def events(count: int = 60) -> AsyncIterator[Recorded]:
    for number, one in enumerate(history(count), start=1):
        yield Recorded.read(Stored(number, one.subject, one.raw))


async def sequences(end: Moment | None) -> list[int]:
    return [place.sequence async for place, _ in until(events(), end)]


async def test_a_reading_ends_with_its_moment_still_within() -> None:
    everything = [(place, recorded) async for place, recorded in until(events(), None)]
    assert [place.sequence for place, _ in everything] == list(range(1, 61))
    assert await sequences(Moment("seq", 20)) == list(range(1, 21))
    # the history stamps an event each tenth of a second from noon on
    assert await sequences(Moment("time", NOON + 2_000_000)) == list(range(1, 21))
    upto = await sequences(Moment("ledger", 3))
    assert upto == [place.sequence for place, _ in everything if place.ledger <= 3]
    assert 12 < len(upto) < 60
    assert await sequences(Moment("ledger", 0)) == [place.sequence for place, _ in everything if place.ledger == 0]


async def test_what_lies_past_the_end_need_not_be_readable() -> None:
    async def damaged() -> AsyncIterator[Recorded]:
        async for recorded in events(20):
            if recorded.sequence == 11:
                raw = recorded.raw.replace(b".v1", b".v9")
                recorded = Recorded.read(Stored(11, recorded.aggregate.subject, raw))
            yield recorded

    for end in (Moment("seq", 10), Moment("time", NOON + 1_000_000)):
        assert [place.sequence async for place, _ in until(damaged(), end)] == list(range(1, 11))
