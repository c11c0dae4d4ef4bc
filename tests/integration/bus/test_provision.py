"""The provisioner makes what the topology says, once, and mends what differs."""

from pathlib import Path

from support.nats import connected_bus, running_nats

from arb.messages.topology import CONSUMERS, EVENTS_STREAM, STREAMS


async def test_everything_is_made_once(tmp_path: Path) -> None:
    async with running_nats(tmp_path, provisioned=False) as server, connected_bus(server.url) as bus:
        made = await bus.provision()
        again = await bus.provision()

        assert made == [
            *(f"stream {stream.name} created" for stream in STREAMS),
            *(f"consumer {consumer.durable} created" for consumer in CONSUMERS),
        ]
        assert again == []


async def test_events_are_on_disk_and_refuse_loss(tmp_path: Path) -> None:
    async with running_nats(tmp_path) as server, connected_bus(server.url) as bus:
        config = (await bus.js.stream_info("EVENTS")).config

        assert (config.storage, config.discard) == ("file", "new")
        assert (config.deny_delete, config.deny_purge) == (True, True)
        assert (config.max_msgs, config.max_bytes, config.max_age) == (-1, -1, 0)


async def test_what_differs_is_mended_and_named(tmp_path: Path) -> None:
    async with running_nats(tmp_path) as server, connected_bus(server.url) as bus:
        config = (await bus.js.stream_info(EVENTS_STREAM.name)).config
        await bus.js.update_stream(config.evolve(max_bytes=10_000_000))
        spec = CONSUMERS[0]
        consumer = (await bus.js.consumer_info(spec.stream, spec.durable)).config
        await bus.js.add_consumer(spec.stream, consumer.evolve(max_deliver=99))

        done = await bus.provision()

        assert done == ["stream EVENTS changed: max_bytes", f"consumer {spec.durable} changed: max_deliver"]
        assert (await bus.js.stream_info(EVENTS_STREAM.name)).config.max_bytes == -1
        assert (await bus.js.consumer_info(spec.stream, spec.durable)).config.max_deliver == spec.max_deliver
