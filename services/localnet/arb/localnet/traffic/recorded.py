"""A recording of classic pools as a network can start from it: the pools at the start and what changes by ledger."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from arb.localnet.traffic.errors import RecordingError
from arb.markets.asset import pool_id
from arb.markets.errors import MarketsError
from arb.markets.pool import POOL_FEE_BPS, Pool
from arb.markets.recorded import PoolRecord, by_ledger, parse_records


@dataclass(frozen=True, slots=True)
class Recording:
    """`start`: every pool as of its first line. `ledgers`: the changes of each ledger, first to last without gaps.

    A ledger holds at most one change of a pool, the last one recorded.
    """

    start: tuple[Pool, ...]
    ledgers: tuple[tuple[PoolRecord, ...], ...]
    first_ledger: int


def read_recording(path: Path) -> Recording:
    """The recording in a file of JSON Lines, gzipped if its name ends in .gz; the format is arb.markets.recorded's.

    A pool that is recorded only as deleted is left out: it was gone by the time anything is known of it.

    Raises:
        RecordingError: the file cannot be read, a line makes no sense, or the network could not hold a pool of it.
    """
    try:
        changes = {
            ledger: {record.pool_id: record for record in records}
            for ledger, records in by_ledger(parse_records(_lines(path)))
        }
    except MarketsError as error:
        raise RecordingError(f"{path}: {error}") from error
    start: dict[str, Pool] = {}
    for records in changes.values():
        for record in records.values():
            if record.pool is not None:
                start.setdefault(record.pool_id, _checked(path, record.ledger, record.pool))
    if not start:
        raise RecordingError(f"{path}: no pools in it: expected a JSON object for each change of a pool")
    ledgers = tuple(
        tuple(record for record in changes.get(ledger, {}).values() if record.pool_id in start)
        for ledger in range(min(changes), max(changes) + 1)
    )
    return Recording(tuple(start.values()), ledgers, min(changes))


def _lines(path: Path) -> Iterator[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as stream:
            yield from stream
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise RecordingError(f"{path}: cannot be read as a recording of pools: {error}") from error


def _checked(path: Path, ledger: int, pool: Pool) -> Pool:
    """The pool, if the network could hold it. Raises RecordingError."""
    wrong = None
    if pool.fee_bps != POOL_FEE_BPS:
        wrong = f"its fee is {pool.fee_bps} basis points, and the network has pools of {POOL_FEE_BPS} only"
    elif pool.id != pool_id(pool.a, pool.b):
        wrong = f"the pool of {pool.a} and {pool.b} has the id {pool_id(pool.a, pool.b)}"
    elif not (pool.reserve_a and pool.reserve_b and pool.shares):
        wrong = "it is empty"
    if wrong is not None:
        raise RecordingError(f"{path}: pool {pool.id} in ledger {ledger}: {wrong}")
    return pool
