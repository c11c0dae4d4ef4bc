"""`arb demo`: the main job, from nothing to an audited result, on one machine."""

import asyncio
from pathlib import Path
from time import monotonic
from typing import Any

import click

from arb.cli import ledger_balances, record
from arb.cli.audit.proof import prove
from arb.cli.audit.table import print_report
from arb.cli.failures import one_line
from arb.cli.interrupt import Interrupt
from arb.cli.launcher.bus import open_bus
from arb.cli.launcher.platform import LocalNetwork, Options, Platform
from arb.cli.launcher.ports import preferred
from arb.cli.launcher.state import StateDir
from arb.cli.output import Exit, fail, print_json, progress
from arb.cli.races import unless
from arb.cli.session import Session
from arb.cli.view import RunView
from arb.eventlog import EventStore
from arb.eventlog.audit import AuditReport
from arb.runtime.logging import configure

RECONCILE_SECONDS = 10.0
"""The last housekeeping payment may still be on its way when trading has stopped."""


@click.command()
@click.option("--seconds", default=60.0, show_default=True, type=click.FloatRange(1), help="How long to trade.")
@click.option("--seed", default=7, show_default=True, help="Seed of the local market.")
@click.option("--ledger-seconds", default=1.0, show_default=True, type=click.FloatRange(0.1), help="Ledger close time.")
@click.option(
    "--pools",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Start from recorded liquidity pools of the public network.",
)
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), help="Directory to keep the run in.")
@click.option("--ws-port", envvar="ARB_WS_PORT", default=8768, help="Port of the gateway; another free one if taken.")
@click.option("--http-port", envvar="ARB_HTTP_PORT", default=8780, help="Port of HTTP; another free one if taken.")
@click.option(
    "--executors", default=1, show_default=True, type=click.IntRange(1, 8), help="How many executors share the work."
)
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object on one line.")
def command(
    seconds: float,
    seed: int,
    ledger_seconds: float,
    pools: Path | None,
    state: Path | None,
    ws_port: int,
    http_port: int,
    executors: int,
    as_json: bool,
) -> None:
    """Run the whole platform against a local Stellar network and report what it earned.

    Exit code 0 only if a trade was confirmed, the balances on the ledger are what the events add up to, to the
    stroop, and the audit finds the record whole.
    """
    configure("launcher", "ERROR", "console")
    if state is not None and (state / "nats" / "jetstream").exists():
        fail(f"--state {state} holds an earlier run: its local network is gone; name a new directory", Exit.USAGE)
    with one_line():
        directory = StateDir.named(state) if state is not None else StateDir.fresh("demo")
        options = Options(
            state=directory,
            ws_port=preferred(ws_port),
            http_port=preferred(http_port),
            local=LocalNetwork(seed=seed, ledger_seconds=ledger_seconds, pools=pools.absolute() if pools else None),
            # A demo trades whatever the shell it runs in is set up for; it can only reach the network it starts.
            env={"ARB_MODE": "live", "ARB_AUDIT_ANCHOR": "on", "ARB_AUDIT_ANCHOR_SECONDS": "20"},
            executors=executors,
            say=progress,
        )
        with directory.locked():
            result = asyncio.run(_demo(options, seconds))
    found: AuditReport = result.pop("report")
    confirmed = found.trades.get("confirmed", 0)
    if as_json:
        print_json(_json(found, result) | {"seed": seed, "seconds": seconds})
    else:
        print_report(found)
        click.echo(f"balances on the ledger equal the events: {_yes(result['balances_reconcile'])}")
        click.echo(f"anchors of the record on the ledger, checked: {result['anchors']}")
        click.echo(f"record whole: {_yes(result['audit_ok'])}    look again: arb audit report --state {directory.path}")
    for problem in result["problems"]:
        progress(problem)
    good = confirmed > 0 and result["balances_reconcile"] and result["audit_ok"]
    raise SystemExit(Exit.OK if good else Exit.NEGATIVE)


async def _demo(options: Options, seconds: float) -> dict[str, Any]:
    view = RunView("Stellar Arbitrage: demo on a local network")
    with Interrupt().listening() as interrupt:
        async with Platform(options) as platform:
            session = Session(platform, view, interrupt)
            await session.start()
            progress("funding accounts, opening trustlines, reading the market")
            await session.until_ready()
            with view.shown():
                await session.trade(seconds)
            settled = await session.stop_engine()
            result = await unless(_account(platform, options.state), platform.failed(), interrupt.raised(times=2))
            if not settled:
                result["problems"].append("a trade was still open when the run ended")
            return result | {"restarts": platform.restarts}


async def _account(platform: Platform, state: StateDir) -> dict[str, Any]:
    """Audit the record and compare it with the ledger, once everything has come to rest."""
    async with open_bus(state, platform.nats_url) as bus:
        found, differences = await _at_rest(bus.store, platform.network_env["STELLAR_HORIZON_URL"], state.path)
        proof = await prove(bus, state.path, horizon=platform.network_env["STELLAR_HORIZON_URL"], must_ask=True)
    problems = [
        f"{d.account} {d.asset}: events add up to {d.events} stroops, the ledger has {d.ledger}" for d in differences
    ]
    if proof.problem is not None:
        problems.append(f"audit: {proof.problem}")
    return {
        "report": found,
        "balances_reconcile": not differences,
        "audit_ok": proof.ok,
        "anchors": proof.anchors.checked if proof.anchors is not None else 0,
        "problems": problems,
    }


async def _at_rest(
    store: EventStore, horizon_url: str, directory: Path
) -> tuple[AuditReport, list[ledger_balances.Difference]]:
    """The report and what the ledger differs by, asked again for a while as long as there is a difference."""
    end = monotonic() + RECONCILE_SECONDS
    while True:
        found = await record.report(store)
        ledger = await ledger_balances.on_ledger(found.balances, horizon_url)
        differences = ledger_balances.differences(found, ledger)
        ledger_balances.write_down(directory, ledger)
        if not differences or monotonic() > end:
            return found, differences
        await asyncio.sleep(0.5)


def _json(found: AuditReport, result: dict[str, Any]) -> dict[str, Any]:
    ledgers = (
        0 if found.first_ledger is None or found.last_ledger is None else found.last_ledger - found.first_ledger + 1
    )
    return {
        "ledgers": ledgers,
        "opportunities": found.opportunities,
        "trades": found.trades,
        "trades_by_kind": found.trades_by_kind,
        "profit_stroops": found.profit_stroops,
        "fees_stroops": found.fees_stroops,
        "predicted_equals_realised": found.predicted_equals_realised,
        "exact_when_unmoved": found.exact_when_unmoved,
        "balances_reconcile": result["balances_reconcile"],
        "audit_ok": result["audit_ok"],
        "anchors": result["anchors"],
        "p50_ms": found.p50_ms,
        "p99_ms": found.p99_ms,
        "events": found.events,
        "housekeeping_fees_stroops": found.housekeeping_fees_stroops,
        "restarts": result["restarts"],
        "problems": result["problems"],
    }


def _yes(value: bool) -> str:
    return "yes" if value else "NO"
