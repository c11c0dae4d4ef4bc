"""A recording is read whole, or refused with the line or the pool that is wrong."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from arb.localnet.ledger.balances import MAX_SUBENTRIES
from arb.localnet.traffic.errors import RecordingError
from arb.localnet.traffic.recorded import read_recording
from arb.localnet.traffic.recorded_state import share_out
from arb.markets.asset import Asset, pool_id
from arb.markets.pool import Pool
from arb.markets.universe import default_universe

_XLM, *_CREDIT = default_universe("LOCAL")


def _row(number: int, other: Asset = _CREDIT[0], **changes: Any) -> dict[str, Any]:
    """A line about the pool of XLM and another asset in ledger `number`."""
    fields = {"ledger": number, "pool": pool_id(_XLM, other), "a": "native", "b": str(other)}
    return fields | {"reserve_a": 100, "reserve_b": 200, "shares": 141, "fee_bps": 30, "deleted": False} | changes


def _write(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "pools.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def test_it_starts_with_every_pool_as_of_its_first_line_and_has_no_gaps(tmp_path: Path) -> None:
    first, later = _CREDIT[0], _CREDIT[1]
    path = _write(
        tmp_path, _row(10, first), _row(12, first, reserve_a=111), _row(12, later), _row(13, later, deleted=True)
    )
    recording = read_recording(path)
    assert [(pool.b, pool.reserve_a) for pool in recording.start] == [(first, 100), (later, 100)]
    assert [len(ledger) for ledger in recording.ledgers] == [1, 0, 2, 1]
    assert recording.ledgers[3][0].pool is None
    assert recording.first_ledger == 10


def test_a_pool_known_only_by_its_end_never_was(tmp_path: Path) -> None:
    recording = read_recording(_write(tmp_path, _row(1), _row(1, _CREDIT[1], deleted=True)))
    assert [pool.b for pool in recording.start] == [_CREDIT[0]]
    assert [len(ledger) for ledger in recording.ledgers] == [1]


def test_gzipped_or_not_makes_no_difference(tmp_path: Path) -> None:
    plain = _write(tmp_path, _row(1))
    packed = tmp_path / "pools.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_recording(packed) == read_recording(plain)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"pool": "ab" * 32}, "has the id"),
        ({"fee_bps": 10}, "30 only"),
        ({"reserve_b": 0}, "is empty"),
        ({"reserve_a": -1}, "line 1: reserve_a"),
        ({"reserve_a": 1.5}, "line 1: reserve_a"),
        ({"a": str(_CREDIT[0]), "b": "native"}, "lower asset comes first"),
        ({"b": "USDC"}, "line 1: b"),
        ({"ledger": None}, "line 1: ledger"),
    ],
)
def test_what_the_network_could_not_hold_is_named(tmp_path: Path, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(RecordingError, match=says):
        read_recording(_write(tmp_path, _row(1, **wrong)))


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"not json"])
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pools.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=r"pools\.jsonl"):
        read_recording(path)


def test_a_cut_off_gzip_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pools.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(_row(1)).encode())[:-9])
    with pytest.raises(RecordingError, match="cannot be read"):
        read_recording(path)


def test_pools_are_shared_out_within_the_limit_on_subentries() -> None:
    issuer = _CREDIT[0].issuer
    pools = [Pool(f"{n:064x}", _XLM, Asset(f"A{n}", issuer), 1, 1, 1) for n in range(900)]
    holdings = share_out(pools)
    assert [pool for holding in holdings for pool in holding.pools] == pools
    assert len({holding.provider.account_id for holding in holdings}) == len(holdings) == 3
    for holding in holdings:
        assert len(holding.assets()) + 2 * len(holding.pools) <= MAX_SUBENTRIES
