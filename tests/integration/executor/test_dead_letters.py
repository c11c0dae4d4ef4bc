"""A message the executor cannot read is set aside, seen by a person, and taken up again once it can be."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from support.arbitrage import find_opportunity, push_pool_away
from support.cli import arb
from support.executor_world import World, world_on
from support.facts import NOON, started
from support.localnet import Localnet
from support.processes import running

from arb.eventlog import EMPTY, MemoryEventStore
from arb.executor.handlers import take_up_again
from arb.messages import subjects
from arb.runtime.bus import Bus
from arb.runtime.errors import Refusal
from arb.runtime.nats_server import EmbeddedNats

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
async def world(localnet: Callable[..., Localnet]) -> AsyncIterator[World]:
    running = localnet(traffic="on", traffic_rate=0, ledger_seconds=0.25, soroban="off")
    async with world_on(running) as still:
        await push_pool_away(running)
        yield still


async def dead_letters(tmp_path: Path, url: str, count: int) -> list[dict[str, Any]]:
    """What `arb audit deadletter` lists, once it is so many."""
    async with asyncio.timeout(20):
        while True:
            outcome = await arb("audit", "deadletter", "--json", directory=tmp_path, NATS_URL=url)
            letters: list[dict[str, Any]] = outcome.json["deadletters"]
            assert outcome.code == (1 if letters else 0)
            if len(letters) == count:
                return letters


@pytest.mark.timeout(90)
async def test_poison_is_set_aside_listed_and_can_be_looked_at_again(
    bus: Bus, nats_server: EmbeddedNats, tmp_path: Path
) -> None:
    url, settings = nats_server.url, {"STELLAR_HORIZON_URL": NOWHERE, "STELLAR_RPC_URL": NOWHERE}
    assert await dead_letters(tmp_path, url, 0) == []
    await bus.store.append(subjects.ENGINE, started("me"), expected=EMPTY, time=NOON)
    async with running("-m", "arb.executor", directory=tmp_path, environment={"NATS_URL": url, **settings}):
        await bus.js.publish("arb.evt.opportunity.poison", b"no event")
        later = {"type": "arb.opportunity.found.v9", "specversion": "1.0"}
        await bus.js.publish("arb.evt.opportunity.later", json.dumps(later).encode())

        # Which of two is set aside first is nobody's promise
        first, second = sorted(await dead_letters(tmp_path, url, 2), key=lambda letter: int(letter["sequence"]))
        again = await arb("audit", "deadletter", "--redrive", str(first["number"]), directory=tmp_path, NATS_URL=url)
        none = await arb("audit", "deadletter", "--redrive", "99", directory=tmp_path, NATS_URL=url)

    record = [stored.raw async for stored in bus.store.replay_stored(subjects.every("opportunity"))]
    assert (first["consumer"], first["body"]) == ("executor-opportunities", "no event")
    assert record[0] == b"no event"
    stored = await bus.store.at(first["sequence"])
    assert stored is not None
    assert stored.raw == b"no event"
    assert second["sequence"] > first["sequence"]
    assert (again.code, none.code) == (1, 2)
    assert "still_unreadable" in again.complaint
    assert "there is no dead letter 99" in none.complaint


@pytest.mark.timeout(90)
async def test_an_opportunity_that_was_set_aside_is_traded_when_it_is_taken_up_again(world: World) -> None:
    found = await find_opportunity(world.localnet)
    executor = await world.executor(found)
    store = MemoryEventStore("/arb/scanner", world.stream)
    recorded = await store.append(subjects.opportunity(found.id), found, expected=EMPTY, time=NOON)

    async def again(sequence: int) -> str:
        done = await take_up_again(sequence, switch=executor.switch, trading=executor.trading, store=store)
        return done.state

    state = await again(recorded.sequence)
    await executor.settle(found.id)
    # Asked twice it is still one trade
    ended = await again(recorded.sequence)
    with pytest.raises(Refusal, match="the record has no message 9999"):
        await again(9999)
    with pytest.raises(Refusal, match=r"is arb\.engine\.started\.v1"):
        await again(next(message.sequence for message in world.stream.messages if "engine" in message.subject))

    assert state in ("signed", "submitted")
    assert ended == "confirmed"
    assert len(set(world.network.sent)) == 1
