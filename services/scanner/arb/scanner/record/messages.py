"""Messages of the market record: a header that tells where the record belongs, and its body, cut where it is too long.

Header, 35 bytes, big-endian: `AM`, version, scan, life (8 bytes), number of the record in this life and scan (from 1),
ledger, the ledger of the record before (0: none), flags (1: the market is whole, 2: the body is deflated), this part,
parts, CRC-32 of all the rest of the message. Nothing in the header depends on another message, so a reader sees what it
lacks.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, get_args

from arb.scanner.record.errors import RecordDamagedError, RecordVersionError

VERSION: Final = 1
MOST_BODY: Final = 768 * 1024
"""Bytes of body in one message; NATS takes a mebibyte unless told otherwise."""

Scan = Literal["classic", "contracts", "signals"]
SCANS: Final[tuple[Scan, ...]] = get_args(Scan)

_HEADER: Final = struct.Struct(">2sBB8sIIIBHH")
_CHECK: Final = struct.Struct(">I")
_WHOLE: Final = 1
_DEFLATED: Final = 2
_LONGEST: Final = 1 << 28
"""Bytes a body may have when it is inflated."""


class Place(NamedTuple):
    """Where a record belongs. `life` (16 hex characters) is one run of one scanner; `after`: see above."""

    scan: Scan
    life: str
    number: int
    ledger: int
    after: int
    whole: bool


class Part(NamedTuple):
    """One message: part `at`, from 0, of `parts` of a body."""

    place: Place
    at: int
    parts: int
    deflated: bool
    octets: bytes


def messages(place: Place, body: bytes, most: int = MOST_BODY) -> Iterator[bytes]:
    """The body as one message, or as many as it takes."""
    packed = zlib.compress(body, 6)
    deflated = len(packed) < len(body)
    octets = packed if deflated else body
    parts = max(1, -(-len(octets) // most))
    flags = _WHOLE * place.whole | _DEFLATED * deflated
    for at in range(parts):
        header = _HEADER.pack(
            b"AM",
            VERSION,
            SCANS.index(place.scan),
            bytes.fromhex(place.life),
            place.number,
            place.ledger,
            place.after,
            flags,
            at,
            parts,
        )
        chunk = octets[at * most : (at + 1) * most]
        yield header + _CHECK.pack(zlib.crc32(chunk, zlib.crc32(header))) + chunk


def read_part(message: bytes) -> Part:
    """Raises RecordVersionError for another version, RecordDamagedError for what is no message of the record."""
    if len(message) >= 3 and message[:2] == b"AM" and message[2] != VERSION:
        raise RecordVersionError(message[2], VERSION)
    begin = _HEADER.size + _CHECK.size
    if len(message) < begin or message[:2] != b"AM":
        raise RecordDamagedError(f"{len(message)} bytes that begin with {message[:4]!r} are no market record")
    check = zlib.crc32(message[begin:], zlib.crc32(message[: _HEADER.size]))
    if check != _CHECK.unpack_from(message, _HEADER.size)[0]:
        raise RecordDamagedError(f"{len(message)} bytes of a market record do not add up to their checksum")
    _, _, scan, life, number, ledger, after, flags, at, parts = _HEADER.unpack_from(message)
    if scan >= len(SCANS) or flags > _WHOLE | _DEFLATED or at >= parts:
        raise RecordDamagedError(f"header of scan {scan}, flags {flags}, part {at} of {parts}")
    place = Place(SCANS[scan], life.hex(), number, ledger, after, bool(flags & _WHOLE))
    return Part(place, at, parts, bool(flags & _DEFLATED), message[begin:])


def joined(parts: list[Part]) -> bytes:
    """The body of all parts in order. Raises RecordDamagedError."""
    octets = b"".join(part.octets for part in parts)
    if not parts[0].deflated:
        return octets
    inflate = zlib.decompressobj()
    try:
        body = inflate.decompress(octets, _LONGEST)
    except zlib.error as wrong:
        raise RecordDamagedError(f"the body cannot be inflated: {wrong}") from None
    if not inflate.eof or inflate.unused_data:
        raise RecordDamagedError(f"the body ends at the wrong place, after {len(octets)} bytes")
    return body
