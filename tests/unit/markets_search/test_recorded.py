"""Recordings are read strictly, and a wrong line is named."""

import json

import pytest

from arb.markets.amount import INT64_MAX
from arb.markets.market import Market
from arb.markets.recorded import RecordError, by_ledger, parse_records

ISSUER = "GAZD65EDX3PQOIY3WPY6FTURYK5VWUG4Q5OW4BDKFI6R7VY2WBPZTLNL"
GOOD = {
    "ledger": 7,
    "closed_at": "2023-12-01T13:28:48Z",
    "pool": "ab" * 32,
    "a": "native",
    "b": f"USDC:{ISSUER}",
    "reserve_a": 10,
    "reserve_b": 20,
    "shares": 14,
    "fee_bps": 30,
    "deleted": False,
    "change": 1,
}


def lines(*changes: dict[str, object]) -> list[str]:
    return [json.dumps(GOOD | change) for change in changes]


def test_pools_live_from_their_first_row_to_their_deletion() -> None:
    # given a pool that appears, moves, and is deleted two ledgers later
    market = Market()
    seen = []
    rows = lines({}, {"reserve_a": 11}, {"ledger": 9, "deleted": True, "reserve_a": None})
    for ledger, changes in by_ledger(parse_records(rows)):
        for change in changes:
            change.apply(market)
        seen.append((ledger, [pool.reserve_a for pool in market.pools_by_id.values()]))
    # then each ledger shows the last state in it
    assert seen == [(7, [11]), (9, [])]


def test_reserves_that_lost_their_last_digits_are_no_reason_to_stop() -> None:
    (record,) = parse_records(lines({"reserve_a": 9223372036854775808, "reserve_b": 0}))
    assert record.pool is not None
    assert record.pool.reserve_a == INT64_MAX


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"pool": "xyz"}, "pool is 'xyz'"),
        ({"a": "USDC"}, "a: "),
        ({"b": None}, "b is None"),
        ({"b": "native"}, "with itself"),
        ({"reserve_a": -1}, "reserve_a is -1"),
        ({"reserve_a": 1.5}, "reserve_a is 1.5"),
        ({"reserve_b": True}, "reserve_b is True"),
        ({"fee_bps": 10_000}, "fee_bps is 10000"),
        ({"ledger": 0}, "ledger is 0"),
        ({"ledger": 6}, "ledger 6 comes after ledger 7"),
        ({"pool": "cd" * 32}, "a pair has one classic pool"),
        ({"deleted": "no"}, "deleted is 'no'"),
    ],
)
def test_a_wrong_line_is_named_with_what_was_wrong(change: dict[str, object], says: str) -> None:
    with pytest.raises(RecordError, match=r"^line 3: ") as caught:
        list(parse_records([*lines({}), "", *lines(change)]))
    assert says in str(caught.value)


@pytest.mark.parametrize("line", ["{", "[]", "7", '"text"', "[" * 100_000, '{"ledger": NaN}', "9" * 5000])
def test_what_is_not_an_object_is_refused(line: str) -> None:
    with pytest.raises(RecordError, match="line 1: "):
        list(parse_records([line]))
