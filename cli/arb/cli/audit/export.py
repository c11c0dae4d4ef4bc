"""The record as a file that other tools open: JSON Lines, or Parquet."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from arb.eventlog import Recorded

COLUMNS = {
    "sequence": "BIGINT",
    "aggregate": "VARCHAR",
    "aggregate_id": "VARCHAR",
    "version": "BIGINT",
    "type": "VARCHAR",
    "time": "TIMESTAMP",
    "id": "VARCHAR",
    "source": "VARCHAR",
    "correlationid": "VARCHAR",
    "causationid": "VARCHAR",
    "prevhash": "VARCHAR",
    "data": "JSON",
    "raw": "VARCHAR",
}
"""What each event becomes: a row of these. `raw` are the stored bytes: whoever has them can check every hash."""


class NoParquetError(Exception):
    """What writes Parquet is not installed."""


def row(recorded: Recorded) -> dict[str, Any]:
    """One event. Raises MalformedEventError."""
    event = recorded.event
    return {
        "sequence": recorded.sequence,
        "aggregate": recorded.aggregate.kind,
        "aggregate_id": recorded.aggregate.id,
        "version": event.aggregateversion,
        "type": event.type,
        "time": event.time.removesuffix("Z"),
        "id": event.id,
        "source": event.source,
        "correlationid": event.correlationid,
        "causationid": event.causationid,
        "prevhash": event.prevhash,
        "data": event.data,
        "raw": recorded.raw.decode(),
    }


async def to_jsonl(events: AsyncIterator[Recorded], out: Path) -> int:
    """Write one JSON object a line; how many. Raises OSError, MalformedEventError."""
    count = 0
    with out.open("w", encoding="utf-8") as file:
        async for recorded in events:
            file.write(json.dumps(row(recorded), separators=(",", ":"), ensure_ascii=False) + "\n")
            count += 1
    return count


async def to_parquet(events: AsyncIterator[Recorded], out: Path) -> int:
    """Write a Parquet file; how many events. Raises NoParquetError, OSError, MalformedEventError.

    DuckDB reads the lines and writes the columns, in memory that does not grow with the record.
    """
    try:
        import duckdb
    except ImportError:
        raise NoParquetError("Parquet needs the package duckdb; --format jsonl needs nothing") from None
    lines = out.with_name(f".{out.name}.jsonl")
    try:
        count = await to_jsonl(events, lines)
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
        with duckdb.connect() as database:
            database.execute(
                f"COPY (SELECT * FROM read_json($lines, format = 'newline_delimited', columns = {{{columns}}}, "  # noqa: S608
                "maximum_object_size = 4194304)) TO "
                f"'{str(out).replace(chr(39), chr(39) * 2)}' (FORMAT parquet, COMPRESSION zstd)",
                {"lines": str(lines)},
            )
    finally:
        lines.unlink(missing_ok=True)
    return count
