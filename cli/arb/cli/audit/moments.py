"""Moments of the record as people name them, on every option that takes one: a message, a ledger or a time."""

from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from arb.cli.output import Exit, fail
from arb.eventlog import Recorded

Kind = Literal["seq", "ledger"]
ACCEPTED = "seq:1234 (a message), ledger:567, or a time like 2026-03-01T12:00:00Z (without a zone: UTC)"
LARGEST = 2**63 - 1


class Moment(NamedTuple):
    """What was named: a sequence of the record, a ledger, or a time."""

    kind: Literal["seq", "ledger", "time"]
    number: int
    """The sequence, the ledger, or unix microseconds."""

    def past(self, place: "Place") -> bool:
        """Whether an event comes after this moment: one of this sequence, ledger or microsecond is still within."""
        return self._of(place) > self.number

    def before(self, place: "Place") -> bool:
        """Whether an event comes before this moment."""
        return self._of(place) < self.number

    def _of(self, place: "Place") -> int:
        return {"seq": place.sequence, "ledger": place.ledger, "time": place.micros}[self.kind]


class Place(NamedTuple):
    """Where an event stands. `ledger` is the newest that it or any event before it tells of, 0 before the first."""

    sequence: int
    ledger: int
    micros: int


def parse(option: str, text: str | None, plain: Kind = "seq") -> Moment | None:
    """What the option's value names; a bare number is what `plain` says. Ends the program when it names nothing."""
    if text is None:
        return None
    kind, colon, number = text.partition(":")
    if colon and kind in ("seq", "ledger") and number.isdecimal() and int(number) <= LARGEST:
        return Moment("seq" if kind == "seq" else "ledger", int(number))
    if text.isdecimal() and int(text) <= LARGEST:
        return Moment(plain, int(text))
    try:
        return Moment("time", _micros(datetime.fromisoformat(text)))
    except (ValueError, OverflowError):
        fail(f"{option} {text!r} names no moment; accepted: {ACCEPTED}; a bare number is a {_WORDS[plain]}", Exit.USAGE)


_WORDS: dict[Kind, str] = {"seq": "message", "ledger": "ledger"}


def in_order(begin: Moment | None, end: Moment | None) -> None:
    """Ends the program when the end plainly lies before the beginning."""
    if begin is not None and end is not None and begin.kind == end.kind and end.number < begin.number:
        fail("--to lies before --from: nothing is between them", Exit.USAGE)


async def until(events: AsyncIterator[Recorded], end: Moment | None) -> AsyncGenerator[tuple[Place, Recorded], None]:
    """Events and where they stand, up to the first that is past the end. Raises MalformedEventError."""
    ledger = 0
    async for recorded in events:
        micros = _micros(datetime.fromisoformat(recorded.said.time.decode()))
        place = Place(recorded.sequence, ledger, micros)
        # Not read before it is needed: what lies past the end may be unreadable.
        if end is not None and end.past(place):
            return
        told = getattr(recorded.fact, "ledger", None)
        if isinstance(told, int) and told > ledger:
            ledger = told
            place = Place(recorded.sequence, ledger, micros)
            if end is not None and end.past(place):
                return
        yield place, recorded


def _micros(moment: datetime) -> int:
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1_000_000)
