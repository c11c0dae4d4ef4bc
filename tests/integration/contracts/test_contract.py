"""Contracts of a running network, read by what they declare; and servers that do not answer as one does."""

import base64
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from aiohttp import web
from stellar_sdk import StrKey, scval, xdr
from support.localnet import Localnet, running_localnet

from arb.contracts.contract import Contract
from arb.contracts.contract_code import code_key, instance_key
from arb.contracts.contract_errors import ContractCallError, NotAContractError
from arb.contracts.errors import Malformed
from arb.contracts.event_answers import EventFilter
from arb.contracts.interfaces import InterfaceCache
from arb.contracts.rpc import RpcClient
from arb.contracts.spec.errors import MissingFunctionError, WrongArgumentError, WrongResultError
from arb.contracts.spec.values import read_value

WASM = Path(__file__).parents[3] / "soroban" / "wasm"
SOMEONE = StrKey.encode_contract(bytes(range(32)))


@pytest.fixture(scope="module")
def network() -> Iterator[Localnet]:
    with running_localnet(traffic="on", ledger_seconds=0.5) as running:
        yield running


@pytest.fixture(scope="module")
def deployed(network: Localnet) -> dict[str, Any]:
    """Where the market's contracts are."""
    found: dict[str, Any] = requests.get(f"{network.url}/localnet/contracts", timeout=10).json()
    return found


@pytest.fixture
async def rpc(network: Localnet) -> AsyncIterator[RpcClient]:
    client = RpcClient([network.rpc_url])
    yield client
    await client.close()


async def test_structs_come_back_by_field_name(rpc: RpcClient, deployed: dict[str, Any]) -> None:
    detector = Contract(rpc, deployed["detector"], InterfaceCache())
    assets = await detector.read("get_supported_assets")
    assert assets
    assert all(asset.keys() == {"code", "issuer"} for asset in assets)
    assert await detector.read("is_asset_supported", assets[0]["code"]) is True
    assert await detector.read("is_asset_supported", asset_code="NONE") is False


async def test_a_declared_error_has_its_name(rpc: RpcClient, deployed: dict[str, Any]) -> None:
    detector = Contract(rpc, deployed["detector"], InterfaceCache())
    with pytest.raises(ContractCallError) as error:
        await detector.read("scan_opportunities", ["NONE"], 1)
    assert (error.value.name, error.value.code, error.value.function) == ("InvalidAsset", 2, "scan_opportunities")
    assert error.value.contract == error.value.origin == deployed["detector"]


async def test_an_oracle_is_set_by_its_id_where_the_contract_wants_32_bytes(
    rpc: RpcClient, deployed: dict[str, Any]
) -> None:
    detector = Contract(rpc, deployed["detector"], InterfaceCache())
    declared = (await detector.interface()).functions["set_reflector_contract_id"]
    assert str(declared.inputs[0].type) == "BytesN<32>"
    assert await detector.read("set_reflector_contract_id", deployed["oracle"]) is None


async def test_an_error_of_a_contract_called_on_the_way_has_that_contracts_name(
    rpc: RpcClient, deployed: dict[str, Any]
) -> None:
    # given a router that moves tokens, and a sender who holds none
    router, pair = Contract(rpc, deployed["soroswap_router"], InterfaceCache()), deployed["pairs"][0]
    with pytest.raises(ContractCallError) as error:
        await router.read("swap_exact_tokens_for_tokens", 10**7, 0, pair["tokens"], SOMEONE, 2**40)
    # then code 10 is the token's, not one of the router's
    assert error.value.contract == deployed["soroswap_router"]
    assert error.value.origin == pair["tokens"][0]
    assert (error.value.code, error.value.name) == (10, "BalanceError")


async def test_the_asset_contract_is_known_without_code(rpc: RpcClient, deployed: dict[str, Any]) -> None:
    token = Contract(rpc, deployed["assets"][1]["contract"], InterfaceCache())
    code, issuer = deployed["assets"][1]["asset"].split(":")
    assert await token.read("symbol") == code
    assert await token.read("name") == f"{code}:{issuer}"
    assert await token.read("decimals") == 7
    assert await token.read("admin") == issuer
    assert await token.read("balance", issuer) > 0
    assert await token.read("authorized", id=issuer) is True
    assert await token.read("allowance", issuer, SOMEONE) == 0
    with pytest.raises(ContractCallError, match="NegativeAmountError"):
        await token.read("transfer", SOMEONE, issuer, -1)


async def test_every_function_of_the_asset_contract_is_called_as_the_network_has_it(
    rpc: RpcClient, deployed: dict[str, Any]
) -> None:
    token = Contract(rpc, deployed["assets"][1]["contract"], InterfaceCache())
    issuer = deployed["assets"][1]["asset"].split(":")[1]
    values: dict[str, Any] = {"Address": issuer, "MuxedAddress": issuer, "i128": 0, "u32": 0, "bool": True}
    functions = (await token.interface()).functions
    for function in (functions[name] for name in functions if name != "trust"):  # localnet has not that one
        with suppress(ContractCallError):  # by the token's own rules, not for a wrong name, number or type
            await token.read(function.name, *(values[str(field.type)] for field in function.inputs))


async def test_what_is_not_there_is_no_contract(rpc: RpcClient) -> None:
    with pytest.raises(NotAContractError, match="is not there"):
        await Contract(rpc, SOMEONE, InterfaceCache()).read("balance", SOMEONE)
    with pytest.raises(NotAContractError, match="not a contract id"):
        Contract(rpc, "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7", InterfaceCache())


async def test_the_same_code_is_read_once(rpc: RpcClient, deployed: dict[str, Any]) -> None:
    interfaces = InterfaceCache(kept=1)
    first, second = (Contract(rpc, pair["contract"], interfaces) for pair in deployed["pairs"][:2])
    assert await first.interface() is await second.interface()
    detector = await Contract(rpc, deployed["detector"], interfaces).interface()
    assert await first.interface(refresh=True) is not await second.interface()  # the detector's took its place
    assert "scan_opportunities" in detector.functions


async def test_events_of_a_contract_come_in_pages(rpc: RpcClient, deployed: dict[str, Any]) -> None:
    health = await rpc.get_health()
    pairs = EventFilter(tuple(pair["contract"] for pair in deployed["pairs"][:5]))
    first = await rpc.get_events(start_ledger=health.oldest_ledger, filters=[pairs], limit=2)
    second = await rpc.get_events(cursor=first.cursor, filters=[pairs], limit=2)

    assert len(first.events) == len(second.events) == 2
    ids = [event.id for event in (*first.events, *second.events)]
    assert ids == sorted(set(ids))
    assert all(event.contract in pairs.contracts for event in first.events)
    assert all(read_value(topic) for event in first.events for topic in event.topics)
    with pytest.raises(ValueError, match="either"):
        await rpc.get_events()


# What follows is played by a server of our own: no network answers so.

Answers = Callable[[str, dict[str, Any]], Any]


@asynccontextmanager
async def answering(answers: Answers) -> AsyncIterator[RpcClient]:
    """A client of a server that answers by method and parameters."""

    async def handle(request: web.Request) -> web.Response:
        asked = json.loads(await request.read())
        result = answers(asked["method"], asked.get("params", {}))
        return web.json_response({"jsonrpc": "2.0", "id": asked["id"], "result": result})

    app = web.Application()
    app.router.add_post("/", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    client = RpcClient([f"http://127.0.0.1:{runner.addresses[0][1]}/"])
    try:
        yield client
    finally:
        await client.close()
        await runner.cleanup()


def entry_of(key: str, wasm: bytes, hash_: bytes) -> dict[str, str]:
    """The instance or code entry that runs this wasm."""
    if key == code_key(hash_):
        code = xdr.ContractCodeEntry(xdr.ContractCodeEntryExt(0), xdr.Hash(hash_), wasm)
        data = xdr.LedgerEntryData(xdr.LedgerEntryType.CONTRACT_CODE, contract_code=code)
    else:
        assert key == instance_key(SOMEONE)
        kind = xdr.ContractExecutableType.CONTRACT_EXECUTABLE_WASM
        instance = xdr.SCContractInstance(xdr.ContractExecutable(kind, wasm_hash=xdr.Hash(hash_)), None)
        address = scval.to_address(SOMEONE).address
        assert address is not None
        stored = xdr.ContractDataEntry(
            xdr.ExtensionPoint(0),
            address,
            xdr.SCVal(xdr.SCValType.SCV_LEDGER_KEY_CONTRACT_INSTANCE),
            xdr.ContractDataDurability.PERSISTENT,
            xdr.SCVal(xdr.SCValType.SCV_CONTRACT_INSTANCE, instance=instance),
        )
        data = xdr.LedgerEntryData(xdr.LedgerEntryType.CONTRACT_DATA, contract_data=stored)
    return {"key": key, "xdr": data.to_xdr()}


def simulated(value: xdr.SCVal) -> dict[str, Any]:
    footprint = xdr.LedgerFootprint([], [])
    resources = xdr.SorobanResources(footprint, xdr.Uint32(0), xdr.Uint32(0), xdr.Uint32(0))
    data = xdr.SorobanTransactionData(xdr.SorobanTransactionDataExt(0), resources, xdr.Int64(0))
    return {
        "latestLedger": 9,
        "transactionData": data.to_xdr(),
        "minResourceFee": "100",
        "results": [{"auth": [], "xdr": value.to_xdr()}],
    }


async def test_an_upgraded_contract_is_read_by_its_new_interface() -> None:
    # given a contract that becomes a token while its old interface is known: there `decimals` was a u32, as it stays,
    # and `scan_opportunities` is no more
    running = ["detector"]

    def answers(method: str, params: dict[str, Any]) -> Any:
        if method == "getLedgerEntries":
            wasm = (WASM / f"{running[0]}.wasm").read_bytes()
            hash_ = running[0].encode().ljust(32, b"\0")
            return {"latestLedger": 9, "entries": [entry_of(key, wasm, hash_) for key in params["keys"]]}
        if running[0] == "detector":
            return simulated(scval.to_vec([]))
        return {"latestLedger": 9, "error": "HostError: Error(WasmVm, MissingValue)"}

    async with answering(answers) as rpc:
        contract = Contract(rpc, SOMEONE, InterfaceCache())
        assert await contract.read("get_supported_assets") == []
        running[0] = "token"
        with pytest.raises(MissingFunctionError, match="no function 'get_supported_assets'"):
            await contract.read("get_supported_assets")
        assert "balance" in (await contract.interface()).functions


async def test_wrong_values_are_refused_without_asking() -> None:
    wasm, asked = (WASM / "detector.wasm").read_bytes(), []

    def answers(method: str, params: dict[str, Any]) -> Any:
        asked.append(method)
        return {"latestLedger": 9, "entries": [entry_of(key, wasm, bytes(32)) for key in params["keys"]]}

    async with answering(answers) as rpc:
        detector = Contract(rpc, SOMEONE, InterfaceCache())
        with pytest.raises(
            WrongArgumentError, match=r"scan_opportunities: argument 'assets' at \[0\]: expected String"
        ):
            await detector.read("scan_opportunities", [1], 5)
        with pytest.raises(MissingFunctionError):
            await detector.read("swap")
    assert asked == ["getLedgerEntries", "getLedgerEntries"]  # instance and code, once


async def test_an_answer_of_another_type_is_no_value() -> None:
    wasm = (WASM / "detector.wasm").read_bytes()

    def answers(method: str, params: dict[str, Any]) -> Any:
        if method == "getLedgerEntries":
            return {"latestLedger": 9, "entries": [entry_of(key, wasm, bytes(32)) for key in params["keys"]]}
        return simulated(scval.to_vec([scval.to_string("USDC")]))

    async with answering(answers) as rpc:
        with pytest.raises(WrongResultError, match=r"get_supported_assets: result at \[0\]: .* RealAsset"):
            await Contract(rpc, SOMEONE, InterfaceCache()).read("get_supported_assets")


NO_DATA = {name: value for name, value in simulated(scval.to_void()).items() if name != "transactionData"}


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"latestLedger": 9},
        NO_DATA,
        {"latestLedger": 9, "error": {"code": 1}},
        {**simulated(scval.to_void()), "transactionData": "AAAA"},
        {**simulated(scval.to_void()), "transactionData": "<html>"},
        {**simulated(scval.to_void()), "results": [{"xdr": "AAAA"}]},
        {**simulated(scval.to_void()), "results": [{"xdr": base64.b64encode(bytes(8)).decode(), "auth": ["AAAA"]}]},
        {**simulated(scval.to_void()), "results": [None]},
        {**simulated(scval.to_void()), "results": {"xdr": ""}},
        {**simulated(scval.to_void()), "minResourceFee": "many"},
        {**simulated(scval.to_void()), "restorePreamble": "yes"},
        {**simulated(scval.to_void()), "restorePreamble": {"transactionData": "AAAA", "minResourceFee": "1"}},
        {**simulated(scval.to_void()), "events": [1]},
    ],
)
async def test_what_is_no_simulation_is_malformed(answer: Any) -> None:
    async with answering(lambda method, params: answer) as rpc:
        with pytest.raises(Malformed):
            await rpc.simulate_transaction("AAAA")


@pytest.mark.parametrize("answer", [{}, {"events": [{}], "cursor": "", "latestLedger": 1, "oldestLedger": 1}, None])
async def test_what_is_no_page_of_events_is_malformed(answer: Any) -> None:
    async with answering(lambda method, params: answer) as rpc:
        with pytest.raises(Malformed):
            await rpc.get_events(start_ledger=1)


@pytest.mark.parametrize("packed", ["AAAA", "", "<html>"])
async def test_an_instance_that_is_none_is_malformed(packed: str) -> None:
    def answers(method: str, params: dict[str, Any]) -> Any:
        return {"latestLedger": 9, "entries": [{"key": key, "xdr": packed} for key in params["keys"]]}

    async with answering(answers) as rpc:
        with pytest.raises(Malformed):
            await Contract(rpc, SOMEONE, InterfaceCache()).interface()
