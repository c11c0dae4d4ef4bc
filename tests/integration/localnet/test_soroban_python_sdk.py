"""Contracts on localnet through the unmodified Python SDK: simulate, assemble, sign, send, read the meta."""

import time
from collections.abc import Iterator
from threading import Thread

import pytest
import requests
from stellar_sdk import Asset, Keypair, Network, SorobanServer, TransactionBuilder, TransactionEnvelope, scval, xdr
from stellar_sdk.auth import authorize_entry
from stellar_sdk.exceptions import PrepareTransactionException
from stellar_sdk.operation import InvokeHostFunction
from stellar_sdk.soroban_rpc import EventFilter, EventFilterType, GetTransactionResponse, SendTransactionStatus
from stellar_sdk.soroban_server import Durability
from support.counter_contract import counter_wasm
from support.localnet import Localnet, running_localnet

PASSPHRASE = Network.STANDALONE_NETWORK_PASSPHRASE
LIFE = 80
"""Ledgers that new contract entries live on this network."""


class World:
    """A network whose ledgers close when told to, seen through SorobanServer."""

    def __init__(self, network: Localnet) -> None:
        self.url = network.url
        self.server = SorobanServer(network.rpc_url)

    def close(self, ledgers: int = 1) -> None:
        for _ in range(ledgers):
            requests.post(f"{self.url}/localnet/close", timeout=10).raise_for_status()

    def account(self) -> Keypair:
        key = Keypair.random()
        asked = requests.Request("GET", f"{self.url}/friendbot", params={"addr": key.public_key}).prepare()
        waiting = Thread(target=lambda: requests.Session().send(asked, timeout=20))
        waiting.start()
        while waiting.is_alive():
            self.close()
            time.sleep(0.01)
        return key

    def builder(self, key: Keypair) -> TransactionBuilder:
        return TransactionBuilder(self.server.load_account(key.public_key), PASSPHRASE, 100).set_timeout(600)

    def send(self, envelope: TransactionEnvelope, key: Keypair) -> GetTransactionResponse:
        envelope.sign(key)
        sent = self.server.send_transaction(envelope)
        assert sent.status is SendTransactionStatus.PENDING, sent
        self.close()
        return self.server.get_transaction(sent.hash)

    def prepared(self, builder: TransactionBuilder) -> TransactionEnvelope:
        return self.server.prepare_transaction(builder.build())

    def run(self, builder: TransactionBuilder, key: Keypair) -> xdr.SCVal:
        """Simulate, assemble, sign, send; the return value out of the meta."""
        done = self.send(self.prepared(builder), key)
        assert done.status.value == "SUCCESS", (done.result_xdr, done.diagnostic_events_xdr)
        return returned(done)

    def deploy(self, key: Keypair) -> str:
        upload = self.run(self.builder(key).append_upload_contract_wasm_op(counter_wasm()), key)
        wasm_hash = scval.from_bytes(upload)
        created = self.run(self.builder(key).append_create_contract_op(wasm_hash, key.public_key), key)
        return scval.from_address(created).address


def returned(done: GetTransactionResponse) -> xdr.SCVal:
    assert done.result_meta_xdr is not None
    meta = xdr.TransactionMeta.from_xdr(done.result_meta_xdr)
    assert meta.v4 is not None
    assert meta.v4.soroban_meta is not None
    assert meta.v4.soroban_meta.return_value is not None
    return meta.v4.soroban_meta.return_value


def outcome(done: GetTransactionResponse) -> str:
    """The name of the operation's result code."""
    assert done.result_xdr is not None
    result = xdr.TransactionResult.from_xdr(done.result_xdr).result
    assert result.results is not None
    inner = result.results[0].tr
    assert inner is not None
    arm = inner.invoke_host_function_result or inner.restore_footprint_result or inner.extend_footprint_ttl_result
    assert arm is not None
    return str(arm.code.name)


def restoring(key: xdr.LedgerKey) -> xdr.SorobanTransactionData:
    """What a restore of one entry declares before its simulation."""
    resources = xdr.SorobanResources(xdr.LedgerFootprint([], [key]), xdr.Uint32(0), xdr.Uint32(0), xdr.Uint32(0))
    return xdr.SorobanTransactionData(xdr.SorobanTransactionDataExt(0), resources, xdr.Int64(0))


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running_localnet(manual="on", min_persistent_ttl=LIFE) as running:
        yield World(running)


@pytest.fixture(scope="module")
def alice(world: World) -> Keypair:
    return world.account()


@pytest.fixture(scope="module")
def bob(world: World) -> Keypair:
    return world.account()


@pytest.fixture
def counter(world: World, alice: Keypair) -> str:
    return world.deploy(alice)


def invoke(world: World, key: Keypair, contract: str, function: str, *args: xdr.SCVal) -> TransactionBuilder:
    return world.builder(key).append_invoke_contract_function_op(contract, function, list(args))


def test_a_counter_counts_and_says_so_in_events(world: World, alice: Keypair, counter: str) -> None:
    # given a contract uploaded and created, when it is called twice
    start = world.server.get_latest_ledger().sequence
    first = world.run(invoke(world, alice, counter, "increment"), alice)
    second = world.run(invoke(world, alice, counter, "increment"), alice)
    # then it remembers, its data can be read with its life time, and its events be found
    assert (scval.from_uint32(first), scval.from_uint32(second)) == (1, 2)
    entry = world.server.get_contract_data(counter, scval.to_symbol("COUNT"), Durability.PERSISTENT)
    assert entry is not None
    assert entry.live_until_ledger is not None
    assert start < entry.live_until_ledger <= start + LIFE + 2
    data = xdr.LedgerEntryData.from_xdr(entry.xdr).contract_data
    assert data is not None
    assert scval.from_uint32(data.val) == 2
    wanted = EventFilter(
        event_type=EventFilterType.CONTRACT, contract_ids=[counter], topics=[[scval.to_symbol("counted").to_xdr()]]
    )
    found = world.server.get_events(start, filters=[wanted])
    assert [scval.from_uint32(xdr.SCVal.from_xdr(event.value)) for event in found.events] == [1, 2]
    page = world.server.get_events(start, filters=[wanted], limit=1)
    rest = world.server.get_events(cursor=page.cursor, filters=[wanted])
    assert [event.id for event in page.events + rest.events] == [event.id for event in found.events]


def test_fees_are_what_the_result_says(world: World, alice: Keypair, counter: str) -> None:
    # given an account's balance before a call
    def balance() -> int:
        found = requests.get(f"{world.url}/accounts/{alice.public_key}", timeout=10).json()["balances"][0]
        return int(found["balance"].replace(".", ""))

    before = balance()
    envelope = world.prepared(invoke(world, alice, counter, "increment"))
    # when it has run
    done = world.send(envelope, alice)
    # then it paid what was used and not what was set aside
    charged = xdr.TransactionResult.from_xdr(done.result_xdr or "").fee_charged.int64
    assert before - balance() == charged
    assert 0 < charged < envelope.transaction.fee


@pytest.mark.parametrize("function", ["trap", "spin"])
def test_a_call_that_fails_changes_nothing(world: World, alice: Keypair, counter: str, function: str) -> None:
    # given a call prepared as if it were harmless
    world.run(invoke(world, alice, counter, "increment"), alice)
    envelope = world.prepared(invoke(world, alice, counter, "increment"))
    operation = envelope.transaction.operations[0]
    assert isinstance(operation, InvokeHostFunction)
    assert operation.host_function.invoke_contract is not None
    operation.host_function.invoke_contract.function_name = xdr.SCSymbol(function.encode())
    # when it traps or never ends
    done = world.send(envelope, alice)
    # then the network's codes say so, a fee was charged, and the counter stands where it stood
    expected = {"trap": "TRAPPED", "spin": "RESOURCE_LIMIT_EXCEEDED"}[function]
    assert outcome(done) == f"INVOKE_HOST_FUNCTION_{expected}"
    assert xdr.TransactionResult.from_xdr(done.result_xdr or "").fee_charged.int64 > 100
    assert scval.from_uint32(world.run(invoke(world, alice, counter, "increment"), alice)) == 2


def test_simulation_reports_a_trap(world: World, alice: Keypair, counter: str) -> None:
    with pytest.raises(PrepareTransactionException) as refused:
        world.prepared(invoke(world, alice, counter, "trap"))
    assert "Error(WasmVm, InvalidAction)" in (refused.value.simulate_transaction_response.error or "")


def test_a_footprint_too_small_traps(world: World, alice: Keypair, counter: str) -> None:
    # given a prepared call whose declared writes are taken away
    envelope = world.prepared(invoke(world, alice, counter, "increment"))
    data = envelope.transaction.soroban_data
    assert data is not None
    data.resources.footprint.read_write = []
    # when it runs, then it is refused by the host
    assert outcome(world.send(envelope, alice)) == "INVOKE_HOST_FUNCTION_TRAPPED"


@pytest.mark.parametrize("upgraded", [True, False])
def test_another_account_authorises(world: World, alice: Keypair, bob: Keypair, counter: str, upgraded: bool) -> None:
    # given a call that asks for bob's leave, sent by alice
    builder = invoke(world, alice, counter, "owned", scval.to_address(bob.public_key))
    envelope = world.server.prepare_transaction(builder.build(), use_upgraded_auth=upgraded)
    operation = envelope.transaction.operations[0]
    assert isinstance(operation, InvokeHostFunction)
    until = world.server.get_latest_ledger().sequence + 20
    unsigned = operation.auth[0]
    # when nobody signed for bob it traps; signed for another network too; signed by bob it runs, but only once
    assert outcome(world.send(envelope, alice)) == "INVOKE_HOST_FUNCTION_TRAPPED"

    def attempt(entry: xdr.SorobanAuthorizationEntry) -> GetTransactionResponse:
        again = invoke(world, alice, counter, "owned", scval.to_address(bob.public_key)).build()
        again.transaction.fee, again.transaction.soroban_data = (
            envelope.transaction.fee,
            envelope.transaction.soroban_data,
        )
        call = again.transaction.operations[0]
        assert isinstance(call, InvokeHostFunction)
        call.auth = [entry]
        return world.send(again, alice)

    foreign = authorize_entry(unsigned, bob, until, Network.TESTNET_NETWORK_PASSPHRASE)
    assert outcome(attempt(foreign)) == "INVOKE_HOST_FUNCTION_TRAPPED"
    expired = authorize_entry(unsigned, bob, world.server.get_latest_ledger().sequence, PASSPHRASE)
    assert outcome(attempt(expired)) == "INVOKE_HOST_FUNCTION_TRAPPED"
    by_alice = authorize_entry(unsigned, alice, until, PASSPHRASE)
    assert outcome(attempt(by_alice)) == "INVOKE_HOST_FUNCTION_TRAPPED"
    signed = authorize_entry(unsigned, bob, until, PASSPHRASE)
    assert scval.from_uint32(returned(attempt(signed))) == 1
    assert outcome(attempt(signed)) == "INVOKE_HOST_FUNCTION_TRAPPED"


def test_the_native_asset_contract_moves_accounts(world: World, alice: Keypair, bob: Keypair) -> None:
    # given the contract of XLM
    native = Asset.native()
    contract = native.contract_id(PASSPHRASE)
    world.run(world.builder(alice).append_create_stellar_asset_contract_from_asset_op(native), alice)

    def balance(key: Keypair) -> int:
        asked = invoke(world, alice, contract, "balance", scval.to_address(key.public_key))
        answer = world.server.simulate_transaction(asked.build())
        assert answer.results is not None
        return scval.from_int128(xdr.SCVal.from_xdr(answer.results[0].xdr))

    before = balance(bob)
    # when alice transfers by contract
    args = [scval.to_address(alice.public_key), scval.to_address(bob.public_key), scval.to_int128(123)]
    world.run(invoke(world, alice, contract, "transfer", *args), alice)
    # then bob's account has it, and the ledger says what the contract is
    assert balance(bob) - before == 123
    name = world.server.simulate_transaction(invoke(world, alice, contract, "name").build())
    assert name.results is not None
    assert scval.from_string(xdr.SCVal.from_xdr(name.results[0].xdr)) == b"native"
    instance = world.server.get_contract_data(
        contract, xdr.SCVal(xdr.SCValType.SCV_LEDGER_KEY_CONTRACT_INSTANCE), Durability.PERSISTENT
    )
    assert instance is not None
    entry = xdr.LedgerEntryData.from_xdr(instance.xdr).contract_data
    assert entry is not None
    assert entry.val.instance is not None
    assert entry.val.instance.executable.type is xdr.ContractExecutableType.CONTRACT_EXECUTABLE_STELLAR_ASSET


def test_archived_entries_come_back(world: World, alice: Keypair) -> None:
    # given a contract nobody used until it was archived, and a call prepared before that
    counter = world.deploy(alice)
    world.run(invoke(world, alice, counter, "increment"), alice)
    stale = world.prepared(invoke(world, alice, counter, "increment"))
    world.close(LIFE + 5)
    assert outcome(world.send(stale, alice)) == "INVOKE_HOST_FUNCTION_ENTRY_ARCHIVED"
    # (its data can be read still, with no life time left)
    entry = world.server.get_contract_data(counter, scval.to_symbol("COUNT"), Durability.PERSISTENT)
    assert entry is not None
    assert entry.live_until_ledger == 0
    # when its code is restored by hand and the rest by the next call itself, then it goes on counting
    assert stale.transaction.soroban_data is not None
    code = next(key for key in stale.transaction.soroban_data.resources.footprint.read_only if key.contract_code)
    restore = world.builder(alice).append_restore_footprint_op()
    restore.set_soroban_data(restoring(code))
    assert outcome(world.send(world.prepared(restore), alice)) == "RESTORE_FOOTPRINT_SUCCESS"
    assert scval.from_uint32(world.run(invoke(world, alice, counter, "increment"), alice)) == 2


def test_lives_are_prolonged_and_a_preamble_asks_for_restoring(world: World, alice: Keypair) -> None:
    # given the instance of a contract, as the footprint of an operation that prolongs its life
    contract = world.deploy(alice)
    key = xdr.LedgerKey(
        xdr.LedgerEntryType.CONTRACT_DATA,
        contract_data=xdr.LedgerKeyContractData(
            scval.to_address(contract).address,  # type: ignore[arg-type]
            xdr.SCVal(xdr.SCValType.SCV_LEDGER_KEY_CONTRACT_INSTANCE),
            xdr.ContractDataDurability.PERSISTENT,
        ),
    )

    def extending(ledgers: int) -> TransactionBuilder:
        data = restoring(key)
        data.resources.footprint = xdr.LedgerFootprint([key], [])
        return world.builder(alice).append_extend_footprint_ttl_op(ledgers).set_soroban_data(data)

    def live_until() -> int:
        found = world.server.get_ledger_entries([key]).entries
        assert found
        assert found[0].live_until_ledger is not None
        return found[0].live_until_ledger

    # when it is to live 300 ledgers from now, then it does
    done = world.send(world.prepared(extending(300)), alice)
    assert outcome(done) == "EXTEND_FOOTPRINT_TTL_SUCCESS"
    assert live_until() == (done.ledger or 0) + 300
    # and once it is archived, simulation says what has to be restored first
    world.close(305)
    found = world.server.simulate_transaction(extending(400).build())
    assert found.restore_preamble is not None
    assert found.restore_preamble.min_resource_fee > 0
    restored = xdr.SorobanTransactionData.from_xdr(found.restore_preamble.transaction_data)
    assert restored.resources.footprint.read_write == [key]
    restore = world.builder(alice).append_restore_footprint_op().set_soroban_data(restored).build()
    restore.transaction.fee += found.restore_preamble.min_resource_fee
    assert outcome(world.send(restore, alice)) == "RESTORE_FOOTPRINT_SUCCESS"
    assert outcome(world.send(world.prepared(extending(400)), alice)) == "EXTEND_FOOTPRINT_TTL_SUCCESS"
