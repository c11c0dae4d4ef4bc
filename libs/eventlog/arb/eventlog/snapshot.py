"""A fold written down, so that a start need not read the whole log: a cache that is believed only after it was checked.

Under `name` lies a small index; what it points to lies in parts beside it, in one of two places in turn, so that a
snapshot that was cut off while it was written leaves the one before it whole.
"""

import asyncio
import hashlib
import json
import zlib
from typing import Final, NamedTuple, Protocol

from pydantic import Field, JsonValue, ValidationError

from arb.eventlog.errors import EventLogError
from arb.eventlog.ports import EventStore
from arb.eventlog.record import Place
from arb.messages.base import HashText, Message
from arb.messages.envelope import content_hash

PART_BYTES: Final = 512 * 1024
"""Of one value: half of what NATS takes by default."""
PLACES: Final = ("a", "b")
LARGEST: Final = 2**30
"""Bytes of a state that are unpacked."""


class Snapshot(NamedTuple):
    """`state`, as a fold of `schema` had it after the message at `place`, and before the next."""

    schema: str
    place: Place
    state: bytes


class SnapshotUnusableError(EventLogError):
    """There is a snapshot, but not one to begin with: read the whole log instead."""


class Cache(Protocol):
    """Values by key, each replaced as a whole. Keys are tokens joined by dots."""

    async def put(self, key: str, value: bytes) -> None:
        """Keep `value`. Raises StoreUnavailableError, StoreFullError."""
        ...

    async def get(self, key: str) -> bytes | None:
        """What was kept last, or None. Raises StoreUnavailableError."""
        ...


class MemoryCache:
    """A cache for tests and tools, as forgetful as its process. Two that share `values` are one."""

    def __init__(self, values: dict[str, bytes] | None = None) -> None:
        self.values = {} if values is None else values

    async def put(self, key: str, value: bytes) -> None:
        """See Cache."""
        self.values[key] = value

    async def get(self, key: str) -> bytes | None:
        """See Cache."""
        return self.values.get(key)


class _Index(Message):
    format: int = 1
    """Of index and parts, not of the state."""
    schema_: str = Field(alias="schema")
    sequence: int = Field(ge=1)
    hash: HashText
    place: str
    parts: int = Field(ge=1)
    packed_hash: HashText


async def write(cache: Cache, name: str, snapshot: Snapshot) -> int:
    """Put a snapshot in the place of the one before; the bytes it takes. Raises what `Cache.put` raises."""
    packed = await asyncio.to_thread(zlib.compress, snapshot.state, 1)
    before = await _index(cache, name)
    place = PLACES[1] if before is not None and before.place == PLACES[0] else PLACES[0]
    parts = [packed[at : at + PART_BYTES] for at in range(0, len(packed), PART_BYTES)]
    for number, part in enumerate(parts):
        await cache.put(f"{name}.{place}.{number}", part)
    index = _Index(
        schema=snapshot.schema,
        sequence=snapshot.place.sequence,
        hash=snapshot.place.hash,
        place=place,
        parts=len(parts),
        packed_hash=_sha256(packed),
    )
    await cache.put(name, index.model_dump_json(by_alias=True).encode())
    return len(packed)


async def read(cache: Cache, name: str, schema: str, store: EventStore) -> Snapshot | None:
    """The snapshot under `name` if it may be begun with, None when there is none.

    Raises SnapshotUnusableError when it is damaged, of another schema, or not of the log as it is in `store`: ahead of
    it, or of another one. Raises StoreUnavailableError.
    """
    raw = await cache.get(name)
    if raw is None:
        return None
    try:
        index = _Index.model_validate_json(raw)
    except ValidationError as error:
        raise SnapshotUnusableError("its index cannot be read") from error
    if index.format != 1 or index.schema_ != schema:
        raise SnapshotUnusableError(f"it has schema {index.schema_}, this version folds {schema}")
    last = await store.last_sequence()
    if index.sequence > last:
        raise SnapshotUnusableError(f"it reaches to message {index.sequence}, the log ends at {last}")
    stored = await store.at(index.sequence)
    if stored is None or content_hash(stored.raw) != index.hash:
        raise SnapshotUnusableError(f"message {index.sequence} is not the one it was taken after")
    state = await _state(cache, name, index)
    return Snapshot(index.schema_, Place(index.sequence, index.hash), state)


async def _state(cache: Cache, name: str, index: _Index) -> bytes:
    parts = [await cache.get(f"{name}.{index.place}.{number}") for number in range(index.parts)]
    packed = b"".join(part or b"" for part in parts)
    if _sha256(packed) != index.packed_hash:
        raise SnapshotUnusableError("its parts are not those that its index names")
    try:
        unpacking = zlib.decompressobj()
        state = unpacking.decompress(packed, LARGEST)
    except zlib.error as error:
        raise SnapshotUnusableError("it cannot be unpacked") from error
    if unpacking.unconsumed_tail:
        raise SnapshotUnusableError(f"it is larger than {LARGEST} bytes")
    return state


async def _index(cache: Cache, name: str) -> _Index | None:
    raw = await cache.get(name)
    try:
        return None if raw is None else _Index.model_validate_json(raw)
    except ValidationError:
        return None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def schema_of(name: str, version: int, shape: JsonValue) -> str:
    """Name of a fold's schema: `version` of what the fold means, and a digest of the JSON schema its state has."""
    return f"{name}.v{version}-{_sha256(json.dumps(shape, sort_keys=True).encode())[:16]}"
