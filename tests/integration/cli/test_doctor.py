"""`arb doctor` on settings that are right and wrong."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.cli import Outcome, arb
from support.demo import free_port
from support.localnet import Localnet


async def doctor(directory: Path, **settings: str) -> Outcome:
    ports = {"ARB_WS_PORT": str(free_port()), "ARB_HTTP_PORT": str(free_port())}
    return await arb("doctor", "--json", directory=directory, **ports, **settings)


def levels(outcome: Outcome) -> dict[str, str]:
    findings: list[dict[str, Any]] = outcome.json["findings"]
    return {finding["check"]: finding["level"] for finding in findings}


async def test_a_network_that_answers(tmp_path: Path, localnet: Callable[..., Localnet]) -> None:
    network = localnet(ledger_seconds=0.2)

    horizon, rpc = {"STELLAR_HORIZON_URL": network.url}, {"STELLAR_RPC_URL": network.rpc_url}

    right, other, mixed = await asyncio.gather(
        doctor(tmp_path, **horizon, **rpc),
        # The same URLs under another network's name
        doctor(tmp_path, STELLAR_NETWORK="TESTNET", **horizon, **rpc),
        # Horizon where RPC is expected, and a bus nobody runs
        doctor(tmp_path, **horizon, STELLAR_RPC_URL=network.url, NATS_URL="nats://127.0.0.1:1"),
    )

    assert right.code == 0, right.out
    assert right.json["ok"] is True
    assert set(levels(right).values()) <= {"ok", "warning"}
    assert {"horizon", f"rpc {network.rpc_url}", "nats-server"} <= levels(right).keys()
    assert other.code == 1
    assert (levels(other)["horizon"], levels(other)[f"rpc {network.rpc_url}"]) == ("failed", "failed")
    assert "Standalone Network" in other.out
    assert mixed.code == 1
    assert levels(mixed) | {"horizon": "ok", f"rpc {network.url}": "failed", "bus": "failed"} == levels(mixed)


async def test_servers_that_do_not_answer_and_settings_that_are_wrong(tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"

    unreachable, wrong, fresh = await asyncio.gather(
        doctor(tmp_path, STELLAR_HORIZON_URL=nowhere, STELLAR_RPC_URL=nowhere),
        doctor(tmp_path, STELLAR_NETWORK="MOON"),
        doctor(tmp_path),
    )

    assert unreachable.code == 1
    assert (levels(unreachable)["horizon"], levels(unreachable)[f"rpc {nowhere}"]) == ("failed", "failed")
    assert wrong.code == 2
    assert wrong.complaint.startswith("STELLAR_NETWORK='MOON'")
    assert (fresh.code, levels(fresh)["network"]) == (0, "ok")
