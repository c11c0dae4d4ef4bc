"""History over a WebSocket: from a message or a moment on, at a speed, and then live with nothing missing or twice."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from support.facts import NOON, started
from support.gateway import Gateway
from websockets.asyncio.client import ClientConnection, connect

from arb.eventlog import EMPTY, Head
from arb.messages import subjects
from arb.runtime.bus import Bus

Json = dict[str, Any]


async def write(bus: Bus, count: int, head: Head = EMPTY) -> Head:
    """Events a second apart."""
    for _ in range(count):
        when = NOON + timedelta(seconds=head.version)
        head = (await bus.store.append(subjects.ENGINE, started(f"{head.version}"), expected=head, time=when)).head
    return head


async def until(client: ClientConnection, wanted: Callable[[Json], bool]) -> list[Json]:
    """All messages up to and including the first that is wanted."""
    seen: list[Json] = []
    async with asyncio.timeout(20):
        while not seen or not wanted(seen[-1]):
            seen.append(json.loads(await client.recv()))
    return seen


def sequences(messages: list[Json]) -> list[int]:
    return [message["sequence"] for message in messages if message["type"] == "event"]


async def test_history_and_what_happens_meanwhile_come_once_and_in_order(gateway: Gateway, bus: Bus) -> None:
    """Given a writer that never pauses, when several clients replay at any moment, then each gets every event once."""
    head = await write(bus, 600)
    writing = asyncio.create_task(write(bus, 400, head))
    clients = [await connect(gateway.url, proxy=None, max_size=None) for _ in range(4)]

    async def replayed(client: ClientConnection, delay: float) -> list[Json]:
        await asyncio.sleep(delay)
        await client.send('{"command":"replay","id":1}')
        return await until(client, lambda m: m["type"] == "event" and m["sequence"] == 1_000)

    got = await asyncio.gather(*(replayed(client, 0.1 * n) for n, client in enumerate(clients)))
    await writing
    for client in clients:
        await client.close()

    for messages in got:
        assert (messages[0]["type"], messages[0]["from_sequence"], messages[0]["id"]) == ("replaying", 1, 1)
        assert sequences(messages) == list(range(1, 1_001))
    # Somebody went live before the end, and the place where is told
    switched = [at for messages in got for at, m in enumerate(messages) if m["type"] == "live"]
    assert switched
    for messages in got:
        for at, message in enumerate(messages):
            if message["type"] == "live":
                assert sequences(messages[:at])[-1] == message["sequence"]


@pytest.mark.parametrize(
    ("beginning", "first"),
    [
        ({"from_sequence": 3}, 3),
        ({"from_time": "2026-03-01T12:00:02Z"}, 3),
        ({"from_time": "2026-03-01T13:00:01.500+01:00"}, 3),
        ({"from_time": "2020-01-01T00:00:00Z"}, 1),
        ({"from_sequence": 6}, 6),
        ({"from_time": "2030-01-01T00:00:00Z"}, 6),
    ],
)
async def test_it_begins_where_it_was_asked_to(gateway: Gateway, bus: Bus, beginning: Json, first: int) -> None:
    head = await write(bus, 5)
    async with connect(gateway.url, proxy=None) as client:
        await client.send(json.dumps({"command": "replay", **beginning}))
        history = await until(client, lambda m: m["type"] == "live")
        await write(bus, 1, head)
        [news] = await until(client, lambda m: m["type"] == "event")

    assert history[0]["from_sequence"] == first
    assert sequences(history) == list(range(first, 6))
    assert news["sequence"] == 6


async def test_speed_is_that_of_history_times_a_factor(gateway: Gateway, bus: Bus) -> None:
    await write(bus, 6)
    async with connect(gateway.url, proxy=None) as client:
        begun = time.monotonic()
        await client.send('{"command":"replay","speed":10,"topics":["engine","log"]}')
        history = await until(client, lambda m: m["type"] == "live")

    # Five seconds of history at ten times its pace
    assert 0.5 <= time.monotonic() - begun < 3
    assert [m["type"] for m in history] == ["replaying", *["log", "event"] * 6, "live"]


async def test_a_new_replay_takes_the_place_of_the_old(gateway: Gateway, bus: Bus) -> None:
    await write(bus, 5)
    async with connect(gateway.url, proxy=None) as client:
        await client.send('{"command":"replay","speed":0.5}')
        await until(client, lambda m: m["type"] == "event")
        await client.send('{"command":"replay","from_sequence":4}')
        history = await until(client, lambda m: m["type"] == "live")

    begun = next(at for at, m in enumerate(history) if m["type"] == "replaying")
    assert sequences(history[begun:]) == [4, 5]


@pytest.mark.parametrize(
    ("request_", "code", "part"),
    [
        ({"from_sequence": 7}, "no_such_message", "the record ends at message 5"),
        ({"from_sequence": 0}, "invalid_field", "from_sequence"),
        ({"from_sequence": 1, "from_time": "2026-03-01T12:00:00Z"}, "invalid_field", "two beginnings"),
        ({"from_time": "yesterday"}, "invalid_field", "from_time"),
        ({"from_time": "2026-03-01T12:00:00"}, "invalid_field", "names its zone"),
        ({"speed": -1}, "invalid_field", "speed"),
    ],
)
async def test_what_cannot_be_replayed_is_refused(
    gateway: Gateway, bus: Bus, request_: Json, code: str, part: str
) -> None:
    await write(bus, 5)
    async with connect(gateway.url, proxy=None) as client:
        await client.send(json.dumps({"command": "replay", **request_}))
        refusal = json.loads(await client.recv())

    assert (refusal["type"], refusal["code"]) == ("error", code)
    assert part in refusal["error"]


async def test_a_hole_in_history_is_said_and_events_go_on(gateway: Gateway, bus: Bus) -> None:
    head = await write(bus, 5)
    config = (await bus.js.stream_info("EVENTS")).config
    await bus.js.delete_stream("EVENTS")
    await bus.js.add_stream(config.evolve(deny_delete=False))
    head = await write(bus, 8)
    await bus.js.delete_msg("EVENTS", 6)
    async with connect(gateway.url, proxy=None) as client:
        await asyncio.sleep(3)  # the feed notices that its stream was made anew
        await client.send('{"command":"replay","from_sequence":4}')
        history = await until(client, lambda m: m["type"] == "error")

    assert sequences(history) == [4, 5]
    assert history[-1]["code"] == "replay_failed"
    assert "message 6" in history[-1]["error"]
    assert head.version == 8
