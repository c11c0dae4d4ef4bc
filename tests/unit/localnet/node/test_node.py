"""The node survives its hooks, keeps its clock rising and tells who waits."""

import asyncio

from arb.localnet.node.queue import Status

from .conftest import GENESIS, Bench


def test_close_times_rise_and_never_run_back(bench: Bench) -> None:
    bench.open("alice")
    times = []
    for now in (GENESIS + 500.9, GENESIS + 500.95, GENESIS + 400, GENESIS + 503):
        bench.now = now
        times.append(bench.node.close().close_time - GENESIS)
    assert times == [500, 501, 502, 503]


def test_genesis_ledgers_lie_a_second_apart_and_take_everything(bench: Bench) -> None:
    bench.open(*(f"user{index}" for index in range(250)), max_operations=10)
    assert bench.node.ledger.last.seq == 4
    assert bench.node.ledger.last.close_time == GENESIS + 3
    assert bench.node.ledger.root.header.max_tx_set_size == 10


def test_a_hook_that_fails_stops_nothing(bench: Bench) -> None:
    bench.open("alice")
    seen: list[int] = []

    def broken(*_arguments: object) -> None:
        raise RuntimeError("a hook went wrong")

    bench.node.on_before_close(broken)
    bench.node.on_before_close(lambda: seen.append(0))
    bench.node.on_after_close(broken)
    bench.node.on_after_close(lambda closed: seen.append(closed.seq))
    bench.submit("alice")
    assert len(bench.close()) == 1
    assert seen == [0, bench.node.ledger.last.seq]


def test_what_a_before_hook_submits_is_in_that_ledger(bench: Bench) -> None:
    bench.open("alice")
    bench.node.on_before_close(lambda: assert_pending(bench))
    assert len(bench.close()) == 1


def assert_pending(bench: Bench) -> None:
    assert bench.submit("alice").status is Status.PENDING


async def test_a_waiter_gets_the_transaction_by_either_hash_or_nothing(bench: Bench) -> None:
    bench.open("alice", "bob")
    inner = bench.build("alice")
    bump = bench.bump(inner, "bob", 500)
    bench.send(bump)
    waiting = [asyncio.create_task(bench.node.applied(tx_hash, 5)) for tx_hash in (bump.hash(), inner.hash())]
    never = asyncio.create_task(bench.node.applied(bytes(32), 0.01))
    await asyncio.sleep(0)
    bench.close()
    by_outer, by_inner = await asyncio.gather(*waiting)
    assert by_outer is not None
    assert by_outer is by_inner
    assert await never is None
    assert (await bench.node.applied(bump.hash(), 0)) is by_outer, "known already"
