"""A market record written and read message by message. What is lost shows as a gap and is never filled by guessing."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from arb.scanner.record.errors import MarketRecordError, RecordDamagedError
from arb.scanner.record.ledgers import (
    ClassicLedger,
    ContractLedger,
    HeldSignal,
    read_classic,
    read_contracts,
    read_signal,
    write_classic,
    write_contracts,
    write_signal,
)
from arb.scanner.record.messages import Part, Place, Scan, joined, messages, read_part
from arb.scanner.record.octets import Names, OctetReader, OctetWriter

Ledger = ClassicLedger | ContractLedger | HeldSignal


class Gap(NamedTuple):
    """Ledgers beyond `after`, up to and including `upto`, of which a life's scan left no record that can be used."""

    scan: Scan
    life: str
    after: int
    upto: int
    reason: str


class Recorded(NamedTuple):
    """A record, read."""

    place: Place
    ledger: Ledger


class RecordWriter:
    """Writes the records of one life of a scanner. Names that came up are known until the next whole market.

    Every record gets its place first, in order; one that is then not written is missed by whoever reads.
    """

    def __init__(self, life: str) -> None:
        self._life = life
        self._names: dict[Scan, Names] = defaultdict(Names)
        self._last: dict[Scan, Place] = {}

    def place(self, scan: Scan, ledger: int, *, whole: bool) -> Place:
        """The place of the scan's next record."""
        last = self._last.get(scan)
        number, after = (1, 0) if last is None else (last.number + 1, last.ledger)
        self._last[scan] = Place(scan, self._life, number, ledger, after, whole)
        return self._last[scan]

    def written(self, place: Place, ledger: Ledger) -> list[bytes]:
        """The messages of a record. Those of one scan have to be written in the order of their places."""
        if place.whole:
            self._names[place.scan] = Names()
        out = OctetWriter(self._names[place.scan])
        match ledger:
            case ClassicLedger():
                write_classic(out, ledger)
            case ContractLedger():
                write_contracts(out, ledger)
            case HeldSignal():
                write_signal(out, ledger)
        return list(messages(place, out.taken()))


class RecordReader:
    """Reads messages in the order of the stream. Every life and scan is followed by itself."""

    def __init__(self) -> None:
        self._followed: dict[tuple[Scan, str], _Followed] = defaultdict(_Followed)

    def read(self, message: bytes) -> Iterator[Recorded | Gap]:
        """What the message completes: a record, a gap before or instead of it, or nothing yet.

        Raises MarketRecordError when not even its header can be read.
        """
        part = read_part(message)
        yield from self._followed[part.place.scan, part.place.life].take(part)


class _Followed:
    """One scan of one life: the ledger reached, the names known, and the parts of a record that is not complete."""

    def __init__(self) -> None:
        self._last: Place | None = None
        self._usable = False
        self._names = Names()
        self._parts: list[Part] = []

    def take(self, part: Part) -> Iterator[Recorded | Gap]:
        begun = self._parts[0].place if self._parts else None
        if begun is not None and (part.place != begun or part.at != len(self._parts)):
            self._parts, self._usable, self._last = [], False, begun
            yield _gap(begun, "a part of it is missing")
        if part.at != len(self._parts):
            return  # the rest of what was given up; a record that is missed altogether shows by the next one's number
        self._parts.append(part)
        if len(self._parts) == part.parts:
            parts, self._parts = self._parts, []
            yield from self._complete(part.place, parts)

    def _complete(self, place: Place, parts: list[Part]) -> Iterator[Recorded | Gap]:
        last, self._last = self._last, place
        if place.number != (last.number if last else 0) + 1:
            # Of a reading that begins in the middle nothing is known of the ledgers before.
            if last is not None:
                yield Gap(place.scan, place.life, last.ledger, place.after, "messages are missing")
            self._usable = False
        if place.whole:
            self._usable, self._names = True, Names()
        if not self._usable:
            yield _gap(place, "what it follows on is missing")
            return
        try:
            yield Recorded(place, self._read(place, joined(parts)))
        except MarketRecordError as wrong:
            self._usable = False
            yield _gap(place, str(wrong))

    def _read(self, place: Place, body: bytes) -> Ledger:
        octets = OctetReader(body, self._names)
        match place.scan:
            case "classic":
                return read_classic(octets, place.ledger, whole=place.whole)
            case "contracts":
                return read_contracts(octets, place.ledger, whole=place.whole)
            case "signals":
                return read_signal(octets, place.ledger)
        raise RecordDamagedError(f"unknown scan {place.scan}")


def _gap(place: Place, reason: str) -> Gap:
    return Gap(place.scan, place.life, place.after, place.ledger, reason)
