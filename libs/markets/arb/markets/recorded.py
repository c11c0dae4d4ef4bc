"""Recorded pool changes: one JSON line a change, ledger by ledger, turned into a market that can be searched.

Fields: ledger, pool (id), a, b (native or CODE:ISSUER), reserve_a, reserve_b, shares (stroops), fee_bps, deleted;
others are ignored. A pool exists from its first row on; what it held before is not known.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from arb.markets.amount import INT64_MAX
from arb.markets.asset import Asset
from arb.markets.errors import AssetError, MarketsError
from arb.markets.market import Market
from arb.markets.pool import BPS, Pool

_HEX = frozenset("0123456789abcdef")


class RecordError(MarketsError):
    """A line that is not a recorded pool change; the message names the line and what was wrong with it."""


@dataclass(frozen=True, slots=True)
class PoolRecord:
    """One change: the pool's state after `ledger`, or None when it was deleted in it."""

    ledger: int
    pool_id: str
    pool: Pool | None

    def apply(self, market: Market) -> None:
        if self.pool is None:
            market.delete_pool(self.pool_id)
        else:
            market.upsert_pool(self.pool)


def parse_records(lines: Iterable[str]) -> Iterator[PoolRecord]:
    """Reads the lines of a recording. RecordError on the first that is not a change or goes back in time."""
    latest = 0
    pairs: dict[frozenset[Asset], str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = _parse(line)
            _one_pool_a_pair(record, pairs)
        except RecordError as wrong:
            raise RecordError(f"line {number}: {wrong}") from None
        if record.ledger < latest:
            raise RecordError(f"line {number}: ledger {record.ledger} comes after ledger {latest}: sort by ledger")
        latest = record.ledger
        yield record


def by_ledger(records: Iterable[PoolRecord]) -> Iterator[tuple[int, list[PoolRecord]]]:
    """The changes of each ledger that has any, in order."""
    for ledger, changes in groupby(records, key=lambda record: record.ledger):
        yield ledger, list(changes)


def _one_pool_a_pair(record: PoolRecord, pairs: dict[frozenset[Asset], str]) -> None:
    """A path payment knows one classic pool of a pair; a second one would silently hide the first."""
    if record.pool is None:
        for pair in [pair for pair, known in pairs.items() if known == record.pool_id]:
            del pairs[pair]
        return
    known = pairs.setdefault(frozenset((record.pool.a, record.pool.b)), record.pool_id)
    if known != record.pool_id:
        raise RecordError(f"pool {record.pool_id} trades the pair of pool {known}: a pair has one classic pool")


def _parse(line: str) -> PoolRecord:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as wrong:
        raise RecordError(f"not JSON ({wrong})") from None
    if not isinstance(row, dict):
        raise RecordError(f"expected an object, got {line.strip()[:60]!r}")
    pool_id = row.get("pool")
    if not (isinstance(pool_id, str) and len(pool_id) == 64 and _HEX.issuperset(pool_id)):
        raise RecordError(f"pool is {pool_id!r}: expected 64 lower-case hex characters")
    ledger = _number(row, "ledger", 1, 2**32 - 1)
    deleted = row.get("deleted", False)
    if not isinstance(deleted, bool):
        raise RecordError(f"deleted is {deleted!r}: expected true or false")
    return PoolRecord(ledger, pool_id, None if deleted else _pool(row, pool_id))


def _pool(row: dict[str, Any], pool_id: str) -> Pool:
    a, b = _asset(row, "a"), _asset(row, "b")
    if a == b:
        raise RecordError(f"a pool of {a} with itself")
    return Pool(
        id=pool_id,
        a=a,
        b=b,
        reserve_a=_stroops(row, "reserve_a"),
        reserve_b=_stroops(row, "reserve_b"),
        shares=_stroops(row, "shares"),
        fee_bps=_number(row, "fee_bps", 0, BPS - 1),
    )


def _asset(row: dict[str, Any], name: str) -> Asset:
    text = row.get(name)
    if not isinstance(text, str):
        raise RecordError(f"{name} is {text!r}: expected native or CODE:ISSUER")
    try:
        return Asset.parse(text)
    except AssetError as wrong:
        raise RecordError(f"{name}: {wrong}") from None


def _number(row: dict[str, Any], name: str, least: int, most: int) -> int:
    value = row.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise RecordError(f"{name} is {value!r}: expected a whole number from {least} to {most}")
    return value


def _stroops(row: dict[str, Any], name: str) -> int:
    """An amount. Recordings that went through doubles lost digits above 2^53: what rounds above INT64_MAX was below."""
    return min(_number(row, name, 0, 2**64), INT64_MAX)
