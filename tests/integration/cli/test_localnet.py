"""`arb localnet` on a real network: deploy, invoke, fund, status, up, and everything one can get wrong."""

import asyncio
import json
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from click.testing import CliRunner
from support.cli import Outcome, arb, launch
from support.localnet import Localnet, running_localnet

from arb.cli.commands.localnet import command
from arb.cli.localnet.keys import named_key

WASM = Path(__file__).parents[3] / "soroban" / "wasm"
TOKEN = str(WASM / "token.wasm")
METADATA = ("--arg", "admin=@alice", "--arg", "decimals=7", "--arg", "name=Test", "--arg", "symbol=TST")


@pytest.fixture(scope="module")
def network() -> Iterator[Localnet]:
    with running_localnet(ledger_seconds=0.25) as running:
        yield running


class Terminal:
    """`arb localnet …` against one network, without a process for each call."""

    def __init__(self, url: str) -> None:
        self._url = url

    def run(self, *arguments: str) -> Outcome:
        done = CliRunner().invoke(command, [*arguments, "--url", self._url])
        return Outcome(done.exit_code, done.stdout, done.stderr)

    def json(self, *arguments: str) -> Any:
        outcome = self.run(*arguments, "--json")
        assert outcome.code == 0, outcome.err
        return outcome.json


@pytest.fixture(scope="module")
def terminal(network: Localnet) -> Terminal:
    here = Terminal(network.url)
    assert [here.run("fund", name).code for name in ("alice", "bob")] == [0, 0]
    return here


def test_a_token_is_deployed_used_and_refuses_by_name(terminal: Terminal) -> None:
    # given a token whose constructor took arguments of three types
    deployed = terminal.json("deploy", TOKEN, *METADATA)
    token = deployed["contract"]
    # when it mints to bob
    minted = terminal.json("invoke", token, "mint", "--arg", "to=@bob", "--arg", "amount=500")
    bob = named_key("bob").address
    assert minted["result"] is None
    assert minted["fee_charged"] > 0
    assert minted["ledger"] > deployed["ledger"]
    [event] = minted["events"]
    assert event == {
        "contract": token,
        "topics": [{"symbol": "mint"}, {"address": bob}],
        "data": {"i128": "500"},
    }
    # then anybody reads it, bob's leave moves it, and without it or without money nothing moves
    move = ("invoke", token, "transfer", "--arg", "from=@bob", "--arg", "to=@alice", "--arg")
    unsigned = terminal.run(*move, "amount=1")
    poor = terminal.run(*move, "amount=501", "--signer", "bob", "--json")
    assert (unsigned.code, poor.code) == (1, 1)
    assert unsigned.complaint == f"arb: {bob} has to authorise this, and did not sign"
    refusal = poor.json
    assert (refusal["ok"], refusal["reason"], refusal["error"]) == (False, "contract_error", "InsufficientBalance")
    assert (refusal["code"], refusal["contract"]) == (10, token)
    terminal.json(*move, "amount=200", "--signer", "bob")
    left = terminal.run("invoke", token, "balance", "--arg", f"id={bob}")
    assert left.out.splitlines()[0].split() == ["result", "300"]


def test_a_salt_gives_the_same_contract_and_only_once(terminal: Terminal) -> None:
    # given a factory with a salt, which has no constructor
    factory = ("deploy", str(WASM / "factory.wasm"), "--salt", "one", "--source", "bob")
    first = terminal.json(*factory)
    # when it is deployed again, then the network refuses; a contract's own error has its name, a result its value
    again, bare = terminal.run(*factory), terminal.run("invoke", first["contract"], "all_pairs_length")
    assert (again.code, bare.code) == (1, 1)
    assert f"contract {first['contract']} already exists" in again.complaint
    assert "NotInitialized (error 201)" in bare.complaint
    setup = ("--arg", "setter=@alice", "--arg", f"pair_wasm_hash={first['wasm_hash']}")
    terminal.json("invoke", first["contract"], "initialize", *setup)
    assert terminal.json("invoke", first["contract"], "all_pairs_length")["result"] == 0


def test_wrong_arguments_are_refused_before_the_network_is_asked(terminal: Terminal, tmp_path: Path) -> None:
    # given a token and files that are no contracts
    token = terminal.json("deploy", TOKEN, *METADATA)["contract"]
    text, cut = tmp_path / "text.wasm", tmp_path / "cut.wasm"
    text.write_text("hello")
    cut.write_bytes(Path(TOKEN).read_bytes()[:500])
    nowhere = "CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD2KM"
    mint = ("invoke", token, "mint")
    wrong = {
        ("deploy", str(text)): (2, "the file is not wasm"),
        ("deploy", str(cut)): (1, "malformed wasm"),
        ("deploy", str(cut), "--arg", "a=1"): (2, ""),
        ("deploy", TOKEN): (2, "__constructor: argument 'admin': expected a value"),
        ("deploy", str(WASM / "factory.wasm"), "--arg", "a=1"): (2, "has no constructor"),
        (*mint, "--arg", "to=@bob", "--arg", "amount=much"): (2, "mint: argument 'amount': expected i128"),
        (*mint, "--arg", "to=bob", "--arg", "amount=1"): (2, "mint: argument 'to'"),
        (*mint, "--arg", "to=@bob"): (2, "mint: argument 'amount': expected a value, got none"),
        (*mint, "--arg", "to"): (2, "expected NAME=VALUE"),
        (*mint, "--arg", "to=@bob", "--arg", "to=@bob"): (2, "given twice"),
        ("invoke", token, "steal"): (2, "has no function 'steal'; it has burn, mint"),
        ("invoke", nowhere, "mint"): (2, "this network has no contract under the id"),
        ("invoke", "soroswap_router", "mint"): (2, "is neither a contract id"),
        ("invoke", token, "name", "--source", "no/such/file"): (2, "there is no such file"),
        ("invoke", token, "name", "--source", "carol"): (1, "does not exist: fund it first"),
        ("fund", "G" + "A" * 55): (2, "checksum"),
    }
    for call, (code, said) in wrong.items():
        outcome = terminal.run(*call)
        assert (outcome.code, said in outcome.complaint) == (code, True), (call, outcome)


def test_an_import_the_network_does_not_have_is_named(terminal: Terminal, tmp_path: Path) -> None:
    # given a contract that imports a host function of a curve
    wasm = tmp_path / "curve.wasm"
    meta = b"contractenvmetav0" + bytes(4) + (23).to_bytes(4, "big") + bytes(4)
    section = bytes([17]) + meta
    kind, imported = b"\x60\x00\x01\x7e", b"\x01c\x01\x34\x00\x00"
    body = bytes([1, len(kind) + 1, 1]) + kind + bytes([2, len(imported) + 1, 1]) + imported
    wasm.write_bytes(b"\0asm\1\0\0\0" + body + bytes([0, len(section)]) + section)
    refused = terminal.run("deploy", str(wasm))
    assert refused.code == 1
    assert "c.4" in refused.complaint


async def test_only_a_local_network_gets_signatures_of_public_keys() -> None:
    # given servers that speak for testnet, answer something else, or are not there
    async def testnet(request: web.Request) -> web.Response:
        asked = await request.json()
        result = {"passphrase": "Test SDF Network ; September 2015", "protocolVersion": 27, "friendbotUrl": ""}
        return web.json_response({"jsonrpc": "2.0", "id": asked["id"], "result": result})

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>hello</html>")

    async with AsyncExitStack() as stack:
        urls = []
        for handler in (testnet, page):
            app = web.Application()
            app.router.add_post("/rpc", handler)
            runner = web.AppRunner(app)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            urls.append("http://{}:{}".format(*runner.addresses[0][:2]))
        foreign, odd, absent = [
            await asyncio.to_thread(Terminal(url).run, "invoke", "C", "f") for url in (*urls, "http://127.0.0.1:1")
        ]
    assert (foreign.code, odd.code, absent.code) == (2, 3, 3)
    assert "serves the network 'Test SDF Network ; September 2015'" in foreign.complaint
    assert "the network cannot be asked" in odd.complaint


async def test_up_runs_a_market_with_contracts_until_it_is_interrupted(tmp_path: Path) -> None:
    # given `arb localnet up` with options of the server's own
    up = await launch("localnet", "up", "--port", "0", "--ledger-seconds", "0.5", "--json", directory=tmp_path)
    assert up.stdout is not None
    try:
        ready = json.loads(await asyncio.wait_for(up.stdout.readline(), 40))
        # when it is asked how it is and its own contracts are called by name
        here = Terminal(ready["url"])
        status = await asyncio.to_thread(here.json, "status")
        await asyncio.to_thread(here.json, "fund", "alice")
        pairs = await asyncio.to_thread(here.json, "invoke", "soroswap_factory", "all_pairs_length")
        table = await asyncio.to_thread(here.run, "status")
        # and a second one wants its port
        port = ready["url"].rsplit(":", 1)[1]
        second = await arb("localnet", "up", "--port", port, "--traffic", "off", directory=tmp_path)
    finally:
        if up.returncode is None:
            up.send_signal(signal.SIGINT)
        await asyncio.wait_for(up.communicate(), 10)
    # then all of it is there, in JSON and for people, and it ended in order
    assert status["contracts"] == ready["contracts"]
    assert status["memory_bytes"] > 10_000_000
    assert {"ledger", "close_time", "queue"} <= status.keys()
    assert pairs["result"] == len(ready["contracts"]["pairs"])
    assert ready["contracts"]["route_executor"] in table.out
    assert second.code == 4
    assert up.returncode == 0


async def test_up_passes_the_servers_words_on(tmp_path: Path) -> None:
    wrong, help_ = await asyncio.gather(
        arb("localnet", "up", "--ledger-seconds", "never", directory=tmp_path),
        arb("localnet", "up", "--help", directory=tmp_path),
    )
    assert wrong.code == 2
    assert "--ledger-seconds" in wrong.complaint
    assert help_.code == 0
    assert "--min-persistent-ttl" in help_.out
