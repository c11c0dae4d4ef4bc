"""localnet as a process: one clear line and exit code 2 for what is wrong, a quick end on a signal."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
import requests
from support.localnet import Localnet


def run(*flags: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "arb.localnet", *flags],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (("--port", "x"), "--port='x'"),
        (("--port", "70000"), "--port='70000'"),
        (("--ledger-seconds", "0"), "--ledger-seconds='0'"),
        (("--ledger-seconds", "nan"), "--ledger-seconds='nan'"),
        (("--traffic", "maybe"), "--traffic='maybe'"),
        (("--pools", "missing.jsonl"), "--pools='missing.jsonl'"),
        (("--colour", "red"), "--colour"),
    ],
)
def test_a_wrong_flag_is_one_line_and_exit_code_2(flags: tuple[str, ...], named: str) -> None:
    done = run(*flags)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert named in done.stderr


def test_a_wrong_variable_is_named() -> None:
    done = run(ARB_LOCALNET_SEED="seven")
    assert done.returncode == 2
    assert done.stderr == (
        "localnet: ARB_LOCALNET_SEED='seven' is not accepted: a whole number: the same seed gives the same market\n"
    )


def test_a_port_in_use_is_one_line_and_exit_code_2(localnet: Callable[..., Localnet]) -> None:
    port = localnet().url.rpartition(":")[2]
    done = run("--port", port, "--traffic", "off")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert f"127.0.0.1:{port}" in done.stderr


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_streams_and_all(localnet: Callable[..., Localnet], signum: int) -> None:
    network = localnet()
    stream = requests.get(
        f"{network.url}/ledgers?cursor=now", headers={"Accept": "text/event-stream"}, stream=True, timeout=5
    )
    assert next(stream.iter_lines()) == b"retry: 1000"
    network.process.send_signal(signum)
    assert network.process.wait(5) == 0


def test_in_manual_mode_ledgers_close_only_when_told(localnet: Callable[..., Localnet]) -> None:
    network = localnet(manual="on", ledger_seconds=0.05)
    latest = requests.get(network.url, timeout=5).json()["history_latest_ledger"]
    time.sleep(0.3)
    closed = requests.post(f"{network.url}/localnet/close", timeout=5).json()
    assert closed["sequence"] == latest + 1


def test_otherwise_nobody_closes_a_ledger_from_outside(network: Localnet) -> None:
    assert requests.post(f"{network.url}/localnet/close", timeout=5).status_code == 404
