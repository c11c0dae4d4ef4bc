"""`arb audit` on records that are whole, tampered with, missing, served or at rest."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import pytest
from nacl.signing import SigningKey
from support.cli import arb
from support.facts import NOON, started
from support.localnet import Localnet
from support.nats import connected_bus, running_nats
from support.plans import opportunity, planned

from arb.cli import ledger_balances, record
from arb.contracts.horizon import HorizonClient
from arb.eventlog import EMPTY, Head
from arb.eventlog.audit import Checkpoint, CheckpointFile, checkpoint_path
from arb.messages import subjects
from arb.messages.base import Fact
from arb.messages.events.account import AccountAdopted, AccountFunded
from arb.messages.events.engine import EngineStopped
from arb.messages.events.trade import TradeApproved, TradeConfirmed
from arb.messages.ledger import BalanceChange
from arb.runtime.bus import Bus


async def write(bus: Bus, count: int = 5) -> None:
    head = EMPTY
    for n in range(count):
        head = (await bus.store.append(subjects.ENGINE, started(str(n)), expected=head, time=NOON)).head


async def test_a_record_verifies_while_its_bus_runs_and_after(tmp_path: Path) -> None:
    state = str(tmp_path)
    async with running_nats(tmp_path) as server, connected_bus(server.url) as bus:
        await write(bus)
        served = await arb("audit", "verify", "--state", state, "--json", directory=tmp_path)
        by_url = await arb("audit", "verify", "--json", directory=tmp_path, NATS_URL=server.url)
        await server.stop()

    at_rest = await arb("audit", "verify", "--state", state, "--json", directory=tmp_path)
    hurried = await arb("audit", "verify", "--state", state, "--hashes-only", directory=tmp_path)
    report = await arb("audit", "report", "--state", state, "--json", directory=tmp_path)
    # The server that was started to look is gone: it can be looked at again
    table = await arb("audit", "report", "--state", state, directory=tmp_path)

    assert [served.code, by_url.code, at_rest.code, report.code, table.code] == [0] * 5, served.err + at_rest.err
    assert served.json == by_url.json == at_rest.json
    assert hurried.code == 0
    assert "what the events say was NOT read" in hurried.out
    assert (served.json["ok"], served.json["events"], served.json["first_bad"]) == (True, 5, None)
    assert report.json["events"] == 5
    assert "What the record says" in table.out


async def test_a_checkpoint_of_another_record_names_the_sequence(tmp_path: Path) -> None:
    async with running_nats(tmp_path) as server, connected_bus(server.url) as bus:
        await write(bus)
        later = NOON + timedelta(hours=1)
        wrong = Checkpoint.signed(SigningKey(b"7" * 32), sequence=3, hash_="ab" * 32, time=later)
        CheckpointFile(checkpoint_path(tmp_path)).append(wrong)
        tampered = await arb("audit", "verify", "--state", str(tmp_path), directory=tmp_path)
        as_json = await arb("audit", "verify", "--state", str(tmp_path), "--json", directory=tmp_path)
        checkpoint_path(tmp_path).write_text("{}\n")
        unreadable = await arb("audit", "verify", "--state", str(tmp_path), directory=tmp_path)

    assert tampered.code == as_json.code == unreadable.code == 1
    assert tampered.out.startswith("NOT whole, from message 3 on: ")
    assert (as_json.json["ok"], as_json.json["first_bad"]) == (False, 3)
    assert "is not a checkpoint" in unreadable.complaint


async def test_where_there_is_no_record_it_says_so(tmp_path: Path) -> None:
    async with running_nats(tmp_path / "bare", provisioned=False):
        empty, unknown, unreachable, bare = await asyncio.gather(
            arb("audit", "verify", "--state", str(tmp_path), directory=tmp_path),
            arb("audit", "report", "--json", directory=tmp_path),
            arb("audit", "verify", "--nats", "nats://127.0.0.1:1", directory=tmp_path),
            arb("audit", "verify", "--state", str(tmp_path / "bare"), directory=tmp_path),
        )

    assert (empty.code, unknown.code, unreachable.code, bare.code) == (2, 2, 3, 2)
    assert "holds no event store" in empty.complaint
    assert "run `arb demo` first" in unknown.complaint
    assert "NATS_URL=nats://127.0.0.1:1 cannot be used" in unreachable.complaint
    assert "holds no event" in bare.complaint


@pytest.mark.timeout(60)
async def test_money_that_no_event_tells_of_is_a_difference(bus: Bus, localnet: Callable[..., Localnet]) -> None:
    # Given an own account that is on the ledger, funded by nobody the record knows
    network = localnet(ledger_seconds=0.2)
    address = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"
    horizon = HorizonClient(network.url)
    await horizon.friendbot(f"{network.url}/friendbot", address)
    await horizon.close()
    passphrase = "Standalone Network ; February 2017"
    adopted = AccountAdopted(account=address, role="channel", index=0, network_passphrase=passphrase)
    await bus.store.append(subjects.account(address), adopted, expected=EMPTY, time=NOON)

    found = await record.report(bus.store)
    differences = ledger_balances.differences(found, await ledger_balances.on_ledger(found.balances, network.url))

    assert differences == [ledger_balances.Difference(address, "native", 0, 100_000_000_000)]


async def test_a_store_at_rest_is_looked_at_and_left_as_it_is(tmp_path: Path) -> None:
    async with running_nats(tmp_path) as server, connected_bus(server.url) as bus:
        await write(bus)
        await server.stop()
    before = {path: path.read_bytes() for path in (tmp_path / "nats" / "jetstream").rglob("*") if path.is_file()}

    by_run, by_bus, by_store, nothing = await asyncio.gather(
        arb("audit", "verify", "--store", str(tmp_path), "--json", directory=tmp_path),
        arb("audit", "verify", "--store", str(tmp_path / "nats"), "--json", directory=tmp_path),
        arb("audit", "verify", "--store", str(tmp_path / "nats" / "jetstream"), "--json", directory=tmp_path),
        arb("audit", "verify", "--store", str(tmp_path / "none"), "--json", directory=tmp_path),
    )

    assert [one.code for one in (by_run, by_bus, by_store, nothing)] == [0, 0, 0, 2], by_run.err + by_store.err
    assert by_run.json == by_bus.json == by_store.json
    assert by_run.json["events"] == 5
    assert "holds no JetStream store" in nothing.complaint
    after = {path: path.read_bytes() for path in (tmp_path / "nats" / "jetstream").rglob("*") if path.is_file()}
    assert after == before


async def written(bus: Bus, *events: tuple[subjects.Aggregate, Fact]) -> None:
    """These facts, each a second after the one before, from noon on."""
    heads: dict[subjects.Aggregate, Head] = {}
    for second, (aggregate, fact) in enumerate(events):
        expected, time = heads.get(aggregate, EMPTY), NOON + timedelta(seconds=second)
        heads[aggregate] = (await bus.store.append(aggregate, fact, expected=expected, time=time)).head


def a_trade() -> list[tuple[subjects.Aggregate, Fact]]:
    """An opportunity, its trade up to the end, and the engine stopped."""
    found, plan = opportunity(), planned()
    trade = subjects.trade(plan.trade_id)
    change = BalanceChange(account="G" + "A" * 55, asset="native", delta=4_000)
    confirmed = TradeConfirmed(
        ledger=12,
        fee_charged=100,
        changes=(change,),
        venues_moved=True,
        predicted_profit=plan.plan.profit,
        realised_profit=4_000,
    )
    return [
        (subjects.ENGINE, started("me")),
        (subjects.opportunity(found.id), found),
        (trade, plan),
        (trade, TradeApproved(judged_at_ledger=10)),
        (trade, confirmed),
        (subjects.ENGINE, EngineStopped(by="me", reason="enough")),
    ]


async def test_replay_shows_every_aggregate_as_it_was(tmp_path: Path) -> None:
    async with running_nats(tmp_path) as server, connected_bus(server.url) as bus:
        await written(bus, *a_trade())

        async def at(*moment: str) -> dict[str, Any]:
            outcome = await arb("audit", "replay", *moment, "--json", directory=tmp_path, NATS_URL=server.url)
            assert outcome.code == 0, outcome.err
            states: dict[str, Any] = outcome.json
            return states

        fourth, by_time, last = await at("--at", "4"), await at("--at", "2026-03-01T12:00:03Z"), await at()
        by_ledger = await at("--at", "ledger:11")
        told = await arb("audit", "replay", "--at", "seq:5", directory=tmp_path, NATS_URL=server.url)
        beyond = await arb("audit", "replay", "--at", "7", directory=tmp_path, NATS_URL=server.url)
        neither = await arb("audit", "replay", "--at", "noon", directory=tmp_path, NATS_URL=server.url)

    [trade] = last["trades"].values()
    assert fourth == by_time == by_ledger
    assert "confirmed, classic_basket on ledger 10, realised 0.0004000 XLM" in told.out
    assert (fourth["sequence"], fourth["engine"]["running"]) == (4, True)
    assert [one["state"] for one in fourth["trades"].values()] == ["approved"]
    assert (last["sequence"], last["engine"]["running"], last["engine"]["reason"]) == (6, False, "enough")
    assert (trade["state"], trade["realised"], trade["fee"]) == ("confirmed", 4_000, 100)
    assert len(last["opportunities"]) == 1
    assert (beyond.code, neither.code) == (2, 2)
    assert "the record ends at message 6" in beyond.complaint
    assert "--at 'noon' names no moment; accepted: seq:1234" in neither.complaint


async def test_report_and_export_between_two_moments(tmp_path: Path) -> None:
    async with running_nats(tmp_path) as server, connected_bus(server.url) as bus:
        await written(bus, *a_trade())

        async def on(*arguments: str) -> Any:
            outcome = await arb("audit", *arguments, "--json", directory=tmp_path, NATS_URL=server.url)
            assert outcome.code == 0, outcome.err
            return outcome.json

        out = tmp_path / "part.jsonl"
        part = await on("export", "--out", str(out), "--from", "seq:2", "--to", "ledger:11")
        planned_within = await on("report", "--from", "ledger:10", "--to", "ledger:11")
        planned_before = await on("report", "--from", "2026-03-01T12:00:04Z")
        beyond = await arb("audit", "report", "--from", "7", directory=tmp_path, NATS_URL=server.url)

    assert (part["events"], [json.loads(line)["sequence"] for line in out.read_text().splitlines()]) == (3, [2, 3, 4])
    assert (planned_within["events"], planned_within["trades"]) == (3, {"approved": 1})
    # The trade was planned before: it is in no figure, and what it moved is in the balances
    assert (planned_before["events"], planned_before["trades"], planned_before["profit_stroops"]) == (2, {}, {})
    assert planned_before["balances"] == {"G" + "A" * 55: {"native": 4_000}}
    assert (beyond.code, "the record ends at message 6" in beyond.complaint) == (2, True)


async def test_the_record_is_exported_and_opened_with_duckdb(tmp_path: Path) -> None:
    lines, columns = tmp_path / "events.jsonl", tmp_path / "events'1.parquet"
    async with running_nats(tmp_path) as server, connected_bus(server.url) as bus:
        await written(bus, *a_trade())
        as_lines = await arb("audit", "export", "--out", str(lines), "--json", directory=tmp_path, NATS_URL=server.url)
        as_columns = await arb(
            "audit", "export", "--format", "parquet", "--out", str(columns), "--json", directory=tmp_path,
            NATS_URL=server.url,
        )  # fmt: skip
        stored = [stored.raw.decode() async for stored in bus.store.replay_stored(subjects.EVERY_EVENT)]

    assert (as_lines.json["events"], as_columns.json["events"]) == (6, 6), as_columns.err
    assert [json.loads(line)["raw"] for line in lines.read_text().splitlines()] == stored
    quoted = str(columns).replace("'", "''")
    with duckdb.connect() as database:
        rows = database.execute(
            f"SELECT raw, time, data->>'realised_profit' FROM '{quoted}' ORDER BY sequence"
        ).fetchall()
    assert [row[0] for row in rows] == stored
    assert rows[4][1:] == (datetime(2026, 3, 1, 12, 0, 4), "4000")  # noqa: DTZ001  (Parquet's own, UTC)
    assert not (tmp_path / ".events'1.parquet.jsonl").exists()


async def test_the_report_is_one_file_that_loads_nothing(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    async with running_nats(tmp_path) as server, connected_bus(server.url) as bus:
        await written(bus, *a_trade())
        report = await arb(
            "audit", "report", "--html", str(page), "--json", directory=tmp_path, NATS_URL=server.url
        )  # fmt: skip

    text = page.read_text()
    ElementTree.fromstring(text.removeprefix("<!doctype html>").replace('<meta charset="utf-8">', "").replace(
        '<meta name="viewport" content="width=device-width, initial-scale=1">', ""
    ))  # fmt: skip
    assert report.code == 0
    assert report.json["slippage_stroops"] == {"native": -1_000}
    assert report.json["profit_by_kind"] == {"classic_basket": {"native": 4_000}}
    assert text.count("<svg") == 3
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in text


@pytest.mark.timeout(60)
async def test_reconcile_says_where_the_ledger_disagrees(tmp_path: Path, localnet: Callable[..., Localnet]) -> None:
    network = localnet(ledger_seconds=0.2)
    address = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"
    horizon = HorizonClient(network.url)
    await horizon.friendbot(f"{network.url}/friendbot", address)
    await horizon.close()
    adopted = AccountAdopted(account=address, role="channel", index=0, network_passphrase="Standalone")
    opening = BalanceChange(account=address, asset="native", delta=100_000_000_000)
    funded = AccountFunded(account=address, ledger=2, tx_hash=None, changes=(opening,))
    async with running_nats(tmp_path) as server, connected_bus(server.url) as bus:
        settings = {"NATS_URL": server.url, "STELLAR_HORIZON_URL": network.url}
        await written(bus, (subjects.account(address), adopted))
        short = await arb("audit", "reconcile", "--json", directory=tmp_path, **settings)
        head = (await bus.store.load(subjects.account(address)))[-1].head
        await bus.store.append(subjects.account(address), funded, expected=head, time=NOON)
        even = await arb("audit", "reconcile", "--json", directory=tmp_path, **settings)

    assert (short.code, even.code) == (1, 0)
    assert short.json == {
        "ok": False,
        "differences": [{"account": address, "asset": "native", "events": 0, "ledger": 100_000_000_000}],
    }
    assert even.json == {"ok": True, "differences": []}
