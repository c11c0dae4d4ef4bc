"""The command line as such: help, exit codes, faults of the launcher."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from support.cli import COMMAND, alive, arb, launch
from support.demo import free_port

VERBS = (
    "audit verify",
    "audit report",
    "bench",
    "contract inspect",
    "contract call",
    "demo",
    "doctor",
    "scan",
    "send",
    "up",
)


def noted(directory: Path) -> dict[str, int]:
    """Who runs, as the one run in `directory` has written it down."""
    files = list(directory.glob(".arb/*/processes.json"))
    found: dict[str, int] = json.loads(files[0].read_text()) if files else {}
    return found


def test_every_verb_has_help_and_json(tmp_path: Path) -> None:
    # One process for all: each would be half a second
    code = (
        "from click.testing import CliRunner\nfrom arb.cli.main import cli\n"
        f"for verb in {VERBS!r}:\n"
        "    result = CliRunner().invoke(cli, [*verb.split(), '--help'])\n"
        "    assert result.exit_code == 0 and '--json' in result.output, (verb, result.output)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    helped = subprocess.run([*COMMAND, "--help"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert all(verb.split()[0] in helped.stdout for verb in VERBS)
    assert "Exit codes" in helped.stdout


async def test_wrong_arguments_are_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("not a recording\n")
    used = tmp_path / "used"
    (used / "nats" / "jetstream").mkdir(parents=True)
    calls = (
        ("bench", "nonsense"),
        ("nonsense",),
        ("demo", "--seconds", "0"),
        ("demo", "--pools", "missing.jsonl"),
        ("demo", "--state", str(used)),
        ("scan", "missing.jsonl", "--json"),
        ("scan", "bad.jsonl"),
    )

    outcomes = await asyncio.gather(*(arb(*call, directory=tmp_path) for call in calls))

    assert [outcome.code for outcome in outcomes] == [2] * len(calls)
    assert all(outcome.out == "" and "Traceback" not in outcome.err for outcome in outcomes)
    assert "unknown bench 'nonsense'" in outcomes[0].complaint
    assert "holds an earlier run" in outcomes[4].complaint
    assert outcomes[5].complaint.startswith("missing.jsonl: ")
    assert outcomes[6].complaint.startswith("bad.jsonl: ")


async def test_up_on_a_port_in_use_is_exit_code_4(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        outcome = await arb("up", directory=tmp_path, ARB_WS_PORT=port, ARB_HTTP_PORT=str(free_port()))

    assert outcome.code == 4
    assert outcome.complaint.startswith(f"arb: ARB_WS_PORT: port {port} is in use")


@pytest.mark.timeout(60)
async def test_a_second_up_in_the_same_directory_is_refused_and_an_interrupt_ends_the_first(tmp_path: Path) -> None:
    # Given a start that waits for a bus nobody runs
    settings = {
        "STELLAR_NETWORK": "LOCAL",
        "STELLAR_HORIZON_URL": "http://127.0.0.1:1",
        "NATS_URL": "nats://127.0.0.1:1",
        "ARB_STATE_DIR": str(tmp_path / "state"),
    }
    ports = [{"ARB_WS_PORT": str(free_port()), "ARB_HTTP_PORT": str(free_port())} for _ in range(2)]
    first = await launch("up", directory=tmp_path, **settings, **ports[0])
    assert first.stderr is not None
    assert "asking for the bus" in (await asyncio.wait_for(first.stderr.readline(), 20)).decode()

    second = await arb("up", directory=tmp_path, **settings, **ports[1])
    first.send_signal(signal.SIGINT)
    code = await asyncio.wait_for(first.wait(), 5)

    assert second.code == 2
    assert f"in use by another run (process {first.pid})" in second.complaint
    assert code == 0
    assert (await first.stderr.read()).decode() == ""


@pytest.mark.timeout(60)
async def test_a_launcher_that_is_killed_leaves_nobody_behind(tmp_path: Path) -> None:
    # Given a start that has come to where children run
    ports = {"ARB_WS_PORT": str(free_port()), "ARB_HTTP_PORT": str(free_port())}
    process = await launch("up", directory=tmp_path, **ports)
    children: dict[str, int] = {}
    async with asyncio.timeout(30):
        while len(children) < 5:
            await asyncio.sleep(0.05)
            children = noted(tmp_path)
    assert all(alive(pid) for pid in children.values())

    os.kill(process.pid, signal.SIGKILL)
    await process.wait()

    async with asyncio.timeout(5):
        while any(alive(pid) for pid in children.values()):  # noqa: ASYNC110  (the kernel ends them)
            await asyncio.sleep(0.05)


@pytest.mark.timeout(60)
async def test_a_service_with_wrong_settings_ends_the_run_with_its_line(tmp_path: Path) -> None:
    ports = {"ARB_WS_PORT": str(free_port()), "ARB_HTTP_PORT": str(free_port())}

    outcome = await arb("up", "--json", directory=tmp_path, ARB_WS_MAX_CLIENTS="many", **ports)

    assert (outcome.code, outcome.out) == (2, "")
    last = outcome.err.splitlines()[-1]
    assert last.startswith("arb: gateway: ARB_WS_MAX_CLIENTS='many' is not a number")
    assert "Traceback" not in outcome.err
    assert noted(tmp_path) == {}
