"""The main job as a user runs it: one command, every process real, an audited result."""

import asyncio
import json
from datetime import datetime
from pathlib import Path

import pytest
from support.cli import arb
from support.demo import Json, client, demo, until
from support.leaks import Secrets, core_limit, family
from websockets.asyncio.client import ClientConnection

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

FIELDS = {
    "ledgers",
    "opportunities",
    "trades",
    "trades_by_kind",
    "profit_stroops",
    "fees_stroops",
    "predicted_equals_realised",
    "exact_when_unmoved",
    "balances_reconcile",
    "audit_ok",
    "p50_ms",
    "p99_ms",
}


async def exact_route(socket: ClientConnection) -> None:
    """Wait until a confirmed trade through contract pools realised its prediction."""
    while True:
        await socket.send('{"command":"get_trades","id":"routes","limit":200}')
        trades = (await until(socket, lambda m: m.get("id") == "routes"))["trades"]
        routes = [trade for trade in trades if trade["kind"] == "soroban_route" and trade["state"] == "confirmed"]
        if any(trade["predicted_profit"] == trade["realised_profit"] for trade in routes):
            return
        await asyncio.sleep(0.3)


async def supported_assets(socket: ClientConnection) -> Json:
    """The reply. A scanner that is still starting is not there yet: the gateway says so, and it is asked again."""
    while True:
        await socket.send('{"command":"get_supported_assets","id":1}')
        reply = await until(socket, lambda m: m.get("id") == 1)
        if reply.get("code") != "unavailable":
            return reply


def at(push: Json) -> datetime:
    """When the event of a push was recorded."""
    return datetime.fromisoformat(push["time"])


async def test_a_demo_trades_reconciles_and_verifies_while_a_plain_client_watches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARBITRAGE_SCAN_INTERVAL", "3")
    async with demo(tmp_path / "run", "--seconds", "20", "--seed", "11") as run:
        async with client(run.ws_url) as socket:
            # When a plain client asks as today's dashboards do
            assets = await supported_assets(socket)
            # Then it reads the shapes they know
            assert assets["type"] == "supported_assets"
            codes = {asset["code"] for asset in assets["supported_assets"]}
            # (which are the detector contract's own list)
            assert codes >= {"AQUA", "yUSDC", "EURC", "BTCLN", "KALE", "USDC"}
            assert all(set(asset) == {"code", "issuer"} for asset in assets["supported_assets"])

            await socket.send('{"command":"start_engine"}')
            line = await until(socket, lambda m: m.get("type") == "log")
            assert isinstance(line["log"], str)
            await until(socket, lambda m: m.get("event") == "arb.trade.confirmed.v1")
            # And the detector contract is asked as often as the settings say, by the log
            first = await until(socket, lambda m: m.get("event") == "arb.detector.scanned.v1")
            second = await until(socket, lambda m: m.get("event") == "arb.detector.scanned.v1")
            assert 2 <= (at(second) - at(first)).total_seconds() < 6
            # And a route through contract pools earns exactly what was predicted
            await exact_route(socket)

            # And no process was started with a secret, the one that opens the keystore included
            secrets = Secrets.of_run(run.state)
            started = [*family(run.process.pid)]
            assert len(started) >= 8  # itself, bus, network, five services
            assert secrets.in_processes(started) == {}
            # (nor can that one leave a picture of its memory)
            assert core_limit(await run.pid("accounts")) == "0"

            # And wrong messages are answered, while the rest keeps running
            for wrong, code in (("{", "malformed"), ('{"command":"sell_all"}', "unknown_command")):
                await socket.send(wrong)
                refusal = await until(socket, lambda m: m.get("type") == "error")
                assert refusal["code"] == code
            for command, kind in (
                ("get_status", "status"),
                ("get_opportunities", "opportunities"),
                ("get_trades", "trades"),
                ("get_accounts", "accounts"),
                ("ping", "pong"),
            ):
                await socket.send(json.dumps({"command": command, "id": command}))
                assert (await until(socket, lambda m, c=command: m.get("id") == c))["type"] == kind  # type: ignore[misc]
        exit_code, result = await run.end()

    assert exit_code == 0, result
    assert set(result) >= FIELDS
    # Nor is one in what the run left behind: logs, record, checkpoints, its report
    assert secrets.in_files(run.state, besides=["keystore.passphrase", "gateway-access.json"]) == {}
    assert secrets.within("\n".join([json.dumps(result), *run.stderr]).encode()) == set()
    assert result["trades"]["confirmed"] > 3
    by_kind = result["trades_by_kind"]
    assert sum(kind.get("confirmed", 0) for kind in by_kind.values()) == result["trades"]["confirmed"]
    assert by_kind["classic_basket"]["confirmed"] > 0
    assert by_kind["soroban_route"]["confirmed"] > 0
    assert result["balances_reconcile"] is True
    assert result["audit_ok"] is True
    assert result["exact_when_unmoved"] in (1.0, None)
    assert result["profit_stroops"]["native"] > 0
    assert result["p50_ms"] > 0
    assert result["restarts"] == {}

    # And the record can be looked into once everything is gone, the local ledger included
    for verb, fields in (("verify", {"ok": True}), ("reconcile", {"ok": True, "differences": []})):
        looked = await arb("audit", verb, "--state", str(tmp_path / "run"), "--json", directory=tmp_path)
        assert looked.code == 0, looked
        assert {name: looked.json[name] for name in fields} == fields

    # And every decision comes out the same when it is made again; other settings would have led elsewhere
    state = ("--state", str(tmp_path / "run"), "--json")
    again = await arb("audit", "replay", "--decisions", *state, directory=tmp_path)
    assert again.code == 0, again
    assert again.json["differences"] == 0
    assert again.json["scanner"]["decisions"] >= result["opportunities"]
    assert again.json["executor"]["decisions"] >= result["trades"]["confirmed"]
    tiny = ("--set", "max_notional=1000000", "--set", "max_route_notional=1000")
    same, fewer = [await arb("backtest", *state, *changed, directory=tmp_path) for changed in ((), tiny)]
    assert same.json["hypothetical"] is fewer.json["hypothetical"] is True
    assert same.json["plans"] == result["opportunities"] > fewer.json["plans"]
