"""A service as a process: how it starts, runs, fails and ends."""

import asyncio
import json
import signal
import socket
from pathlib import Path

import aiohttp
import pytest
from support.nats import running_nats
from support.processes import ServiceProcess, running

from arb.runtime.nats_server import EmbeddedNats

SERVICE = """
import asyncio, os
from arb.runtime.service import Service, run_service
from arb.runtime.settings import ServiceSettings

async def build(context):
    async def work():
        await asyncio.sleep(0.2)
        if os.environ.get("CRASH"):
            raise ValueError("it broke")
        await asyncio.sleep(3600)

    async def check():
        return os.environ.get("SICK")

    context.resources.callback(lambda: context.log.info("closed"))
    return Service(tasks={"work": work}, checks={"own": check})

run_service("sample", ServiceSettings, build)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until(service: ServiceProcess, text: str) -> None:
    async with asyncio.timeout(10):
        while text not in service.log:  # noqa: ASYNC110  (another process writes it)
            await asyncio.sleep(0.02)


def lines(service: ServiceProcess) -> list[dict[str, object]]:
    return [json.loads(line) for line in service.log.splitlines()]


async def test_it_starts_serves_health_and_stops(nats_server: EmbeddedNats, tmp_path: Path) -> None:
    port = free_port()
    environment = {"NATS_URL": nats_server.url, "ARB_HEALTH_PORT": str(port), "SICK": ""}
    async with running("-c", SERVICE, directory=tmp_path, environment=environment) as service:
        await until(service, '"started"')
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            async with http.get("/health") as answer:
                healthy = answer.status, await answer.json()
            async with http.get("/metrics") as answer:
                metrics = await answer.text()
            await nats_server.kill()
            async with http.get("/health") as answer:
                without_bus = answer.status, (await answer.json())["checks"]
        code = await service.stop(signal.SIGTERM, within=2)

    assert healthy == (200, {"service": "sample", "ok": True, "checks": {"bus": "ok", "history": "ok", "own": "ok"}})
    assert "python_info" in metrics
    assert without_bus[0] == 503
    assert without_bus[1]["bus"] != "ok"
    assert code == 0
    assert '"closed"' in service.log


async def test_a_failing_check_is_named_with_503(nats_server: EmbeddedNats, tmp_path: Path) -> None:
    port = free_port()
    environment = {"NATS_URL": nats_server.url, "ARB_HEALTH_PORT": str(port), "SICK": "no market"}
    async with running("-c", SERVICE, directory=tmp_path, environment=environment) as service:
        await until(service, '"started"')
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/health") as answer:
            assert (answer.status, (await answer.json())["checks"]["own"]) == (503, "no market")


async def test_a_crashed_task_ends_the_service_with_one_line(nats_server: EmbeddedNats, tmp_path: Path) -> None:
    environment = {"NATS_URL": nats_server.url, "CRASH": "1"}
    async with running("-c", SERVICE, directory=tmp_path, environment=environment) as service:
        async with asyncio.timeout(10):
            code = await service.process.wait()
        errors = [line for line in lines(service) if line["level"] == "error"]

    assert code == 1
    assert [(line["event"], line["reason"]) for line in errors] == [("crashed", "ValueError: it broke")]
    assert "Traceback" not in service.log
    assert '"closed"' in service.log


async def test_without_nats_it_says_so_every_second_and_exits_3(tmp_path: Path) -> None:
    url = f"nats://127.0.0.1:{free_port()}"
    environment = {"NATS_URL": url, "ARB_CONNECT_SECONDS": "1.5"}
    async with running("-c", SERVICE, directory=tmp_path, environment=environment) as service:
        async with asyncio.timeout(10):
            code = await service.process.wait()
        said = lines(service)

    assert code == 3
    assert [line["event"] for line in said] == ["bus_trouble", "bus_trouble", "cannot_start"]
    assert str(said[-1]["reason"]).startswith(f"NATS_URL={url} cannot be used: ")


async def test_without_streams_it_says_so_and_exits_3(tmp_path: Path) -> None:
    async with running_nats(tmp_path, provisioned=False) as server:
        environment = {"NATS_URL": server.url, "ARB_CONNECT_SECONDS": "0.5"}
        async with running("-c", SERVICE, directory=tmp_path, environment=environment) as service:
            async with asyncio.timeout(10):
                code = await service.process.wait()

    assert code == 3
    assert "stream EVENTS does not exist: run the provisioner (python -m arb.runtime.provision)" in service.log


async def test_the_provisioner_is_a_command_of_its_own(tmp_path: Path) -> None:
    async with running_nats(tmp_path, provisioned=False) as server:
        environment = {"NATS_URL": server.url}
        for _ in range(2):
            async with running(
                "-m", "arb.runtime.provision", directory=tmp_path, environment=environment
            ) as provisioner:
                async with asyncio.timeout(10):
                    assert await provisioner.process.wait() == 0

    assert lines(provisioner)[0]["change"] == "stream EVENTS created"
    # (three streams, the bucket of snapshots and a durable; the second run found all of them there)
    assert len(lines(provisioner)) == 5


async def test_a_taken_port_is_named_with_exit_code_4(nats_server: EmbeddedNats, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment = {"NATS_URL": nats_server.url, "ARB_HEALTH_PORT": str(port)}
        async with running("-c", SERVICE, directory=tmp_path, environment=environment) as service:
            async with asyncio.timeout(10):
                code = await service.process.wait()

    assert code == 4
    assert lines(service)[-1]["reason"] == f"ARB_HEALTH_PORT={port} cannot be used: Address already in use"


async def test_wrong_settings_are_one_line_and_exit_code_2(tmp_path: Path) -> None:
    environment = {"STELLAR_NETWORK": "MOON"}
    async with running("-c", SERVICE, directory=tmp_path, environment=environment) as service:
        async with asyncio.timeout(10):
            code = await service.process.wait()

    assert code == 2
    assert len(service.log.splitlines()) == 1
    assert service.log.startswith("STELLAR_NETWORK='MOON' is wrong")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_can_be_stopped_while_it_waits_for_nats(tmp_path: Path, number: int) -> None:
    environment = {"NATS_URL": f"nats://127.0.0.1:{free_port()}"}
    async with running("-c", SERVICE, directory=tmp_path, environment=environment) as service:
        await until(service, "bus_trouble")

        assert await service.stop(number, within=2) == 0
