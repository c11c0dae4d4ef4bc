"""`arb audit` on records that are whole, tampered with, missing, served or at rest."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from nacl.signing import SigningKey
from support.cli import arb
from support.facts import NOON, started
from support.localnet import Localnet
from support.nats import connected_bus, running_nats

from arb.cli import record
from arb.contracts.horizon import HorizonClient
from arb.eventlog import EMPTY
from arb.eventlog.audit import Checkpoint, CheckpointFile, checkpoint_path
from arb.messages import subjects
from arb.messages.events.account import AccountAdopted
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
    report = await arb("audit", "report", "--state", state, "--json", directory=tmp_path)
    # The server that was started to look is gone: it can be looked at again
    table = await arb("audit", "report", "--state", state, directory=tmp_path)

    assert [served.code, by_url.code, at_rest.code, report.code, table.code] == [0] * 5, served.err + at_rest.err
    assert served.json == by_url.json == at_rest.json
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

    differences = await record.reconcile(await record.report(bus.store), network.url)

    assert differences == [record.Difference(address, "native", 0, 100_000_000_000)]
