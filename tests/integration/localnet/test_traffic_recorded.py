"""Recorded pools of the public network on a real node: exact at the start, met ledger by ledger, no coin lost."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from arb.localnet.ledger.assets import pool_id_of
from arb.localnet.ledger.view import LedgerMarket
from arb.localnet.node.node import Node
from arb.localnet.settings import PASSPHRASE, Settings
from arb.localnet.traffic import genesis, operations, start
from arb.localnet.traffic.actors import actor
from arb.localnet.traffic.desk import Desk
from arb.localnet.traffic.errors import RecordingError
from arb.localnet.traffic.recorded import Recording, read_recording
from arb.localnet.traffic.universe import CODES, asset
from arb.markets.amount import INT64_MAX
from arb.markets.asset import NATIVE
from arb.markets.basket import find_basket
from arb.markets.pool import Pool

_DATA = Path(__file__).parents[4] / "shared" / "data" / "pubnet_pools_49265302_49265360.jsonl.gz"
_SETTINGS = Settings(pools=_DATA)
needs_data = pytest.mark.skipif(not _DATA.is_file(), reason=f"recorded data is missing: {_DATA.name} in shared/data")


async def _network(settings: Settings = _SETTINGS) -> Node:
    node = Node(PASSPHRASE, now=lambda: 0.0, genesis_time=1_700_000_000, ledger_seconds=1.0)
    await start(node, settings)
    node.open(max_operations=settings.max_operations, damping_seed=settings.seed)
    return node


def _native_total(node: Node) -> int:
    root = node.ledger.root
    in_pools = sum(pool.reserve_a for pool in root.pools() if pool.a == NATIVE)
    return sum(account.balance for account in root.accounts()) + in_pools + root.header.fee_pool


def _errors(node: Node, recording: Recording, ledger: int) -> list[float]:
    """By how much the pools changed in a recorded ledger differ from it, as shares of their reserves."""
    found = []
    for record in recording.ledgers[ledger]:
        entry = node.ledger.root.pool(record.pool_id)
        assert entry is not None
        assert record.pool is not None
        found.append(abs(entry.reserve_a / record.pool.reserve_a - 1))
        found.append(abs(entry.reserve_b / record.pool.reserve_b - 1))
    return found


@needs_data
async def test_the_network_starts_with_exactly_the_recorded_reserves() -> None:
    node = await _network()
    recording = read_recording(_DATA)
    assert len(recording.start) == 545
    for pool in recording.start:
        entry = node.ledger.root.pool(pool.id)
        assert entry is not None
        assert (entry.reserve_a, entry.reserve_b, entry.total_shares) == (pool.reserve_a, pool.reserve_b, pool.shares)
    assert _native_total(node) == node.ledger.root.header.total_coins
    for code in CODES:  # whoever trusts localnet's own assets can do so here too
        assert node.ledger.root.account(asset(code).issuer or "") is not None


@needs_data
async def test_without_traffic_recorded_pools_stay_as_they_are() -> None:
    node = await _network(replace(_SETTINGS, traffic=False))
    before = node.ledger.state_hash()
    assert [len(node.close().txs) for _ in range(3)] == [0, 0, 0]
    assert node.ledger.state_hash() == before


@needs_data
async def test_every_recorded_change_is_met_and_starts_over_at_the_end() -> None:
    node, recording = await _network(), read_recording(_DATA)
    errors: list[float] = []
    for ledger in [*range(len(recording.ledgers)), 0, 1]:
        closed = node.close()
        assert all(tx.successful for tx in closed.txs)
        errors += _errors(node, recording, ledger)
    assert max(errors) < 1e-4  # a pool of 25,691 stroops: one of them is 4e-5 of it
    assert sum(error == 0 for error in errors) > len(errors) / 2
    assert _native_total(node) == node.ledger.root.header.total_coins


@needs_data
async def test_the_arbitrage_that_was_there_is_there() -> None:
    node = await _network()
    best = 0
    for _ in range(42):
        node.close()
        pairs = [(pool.a, pool.b) for pool in node.ledger.root.pools()]
        pairs += [(b, a) for a, b in pairs]
        basket = find_basket(LedgerMarket(node.ledger.root), pairs, NATIVE, 100, most_payments=3).basket
        best = max(best, basket.profit if basket is not None else 0)
    assert best > 10**7  # the burst around ledger 49265342


@needs_data
async def test_a_pool_an_outsider_moved_comes_back_with_its_next_recorded_change() -> None:
    # given the first pool that is recorded in two ledgers running, up to the first of them
    recording = read_recording(_DATA)
    ledger, pool = _moved_twice(recording)
    node = await _network()
    for _ in range(ledger + 1):
        node.close()
    # when an outsider pushes it off, and the next recorded change comes
    outsider = actor("outsider of a test")
    desk = Desk(node, node.ledger.root)
    genesis.open_accounts(node, desk, [(outsider, 10**15)])
    trust = operations.trust(outsider, pool.b, INT64_MAX)
    push = operations.path_send(outsider, (NATIVE, pool.b), pool.reserve_a // 10, 1)
    assert desk.send(outsider, [trust, push])
    node.close_now()
    moved = node.ledger.root.pool(pool.id)
    assert moved is not None
    assert moved.reserve_a > pool.reserve_a * 1.09
    node.close()
    # then it has its recorded reserves
    assert max(_errors(node, recording, ledger + 1)) < 1e-4


def _moved_twice(recording: Recording) -> tuple[int, Pool]:
    """The index of a ledger and a pool of XLM, more than 10,000 of it, recorded in that ledger and in the next."""
    for ledger, (records, following) in enumerate(pairwise(recording.ledgers)):
        for record in records:
            pool = record.pool
            again = record.pool_id in {other.pool_id for other in following}
            if again and pool is not None and pool.a == NATIVE and pool.reserve_a > 10**11:
                return ledger, pool
    raise AssertionError("no such pool in the recording")


async def test_a_pool_deleted_in_the_recording_goes_and_comes_back(tmp_path: Path) -> None:
    # given a recording of a pool that changes, goes, and (as the recording starts over) is there again
    usdc = asset("USDC")
    row = f'"pool":"{pool_id_of(NATIVE, usdc)}","a":"native","b":"{usdc}","shares":14142135,"fee_bps":30'
    path = tmp_path / "pools.jsonl"
    path.write_text(
        f'{{"ledger":5,{row},"reserve_a":10000000,"reserve_b":20000000,"deleted":false}}\n'
        f'{{"ledger":6,{row},"reserve_a":10000000,"reserve_b":20000000,"deleted":true}}\n'
    )
    node = await _network(replace(_SETTINGS, pools=path))
    states = []
    for _ in range(4):
        assert all(tx.successful for tx in node.close().txs)
        entry = node.ledger.root.pool(pool_id_of(NATIVE, usdc))
        states.append((entry.reserve_a, entry.reserve_b) if entry is not None else None)
    assert states == [(10_000_000, 20_000_000), None, (10_000_000, 20_000_000), None]


async def test_a_file_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pools.jsonl"
    path.write_text('{"ledger": 1}')
    with pytest.raises(RecordingError, match="line 1"):
        await _network(replace(_SETTINGS, pools=path))
