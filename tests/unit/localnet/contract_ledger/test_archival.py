"""Entries whose life ends: evicted at that ledger's end, temporary ones for good, persistent ones until restored."""

from dataclasses import replace

import pytest
from stellar_sdk import StrKey, TransactionEnvelope, xdr
from support.contract_ledger import ContractLedger
from support.ledger_state import Snapshot, entries_of, state_hash_of
from support.soroban_guests import compiled

from arb.localnet.ledger import keys
from arb.localnet.ledger.close import Ledger
from arb.localnet.ledger.soroban_config import SorobanConfig
from arb.localnet.soroban.archive import archived_entry, live_until
from arb.localnet.soroban.codec import pack
from arb.localnet.soroban.values import HostValue, boolean, u32

LIFE, SHORT, LONGEST = 40, 16, 500
TEMPORARY, PERSISTENT = 0, 1
KEY = u32(5)


def keeper_wasm() -> bytes:
    """Temporary and persistent values: put_t and put_p(key, value), has_t, has_p, drop_p(key); put_trap fails."""
    void = "(i64.const 2)"
    return compiled(
        f"""
        (func (export "put_t") (param i64 i64) (result i64)
          (call $l__ (local.get 0) (local.get 1) (i64.const 0)))
        (func (export "put_p") (param i64 i64) (result i64)
          (call $l__ (local.get 0) (local.get 1) (i64.const 1)))
        (func (export "has_t") (param i64) (result i64) (call $l_0 (local.get 0) (i64.const 0)))
        (func (export "has_p") (param i64) (result i64) (call $l_0 (local.get 0) (i64.const 1)))
        (func (export "drop_p") (param i64) (result i64) (call $l_2 (local.get 0) (i64.const 1)))
        (func (export "put_trap") (param i64 i64) (result i64)
          (drop (call $l__ (local.get 0) (local.get 1) (i64.const 1))) unreachable)
        (func (export "extend") (param i64 i64 i64) (result i64)
          (drop (call $l_7 (local.get 0) (i64.const 1) (local.get 1) (local.get 2))) {void})
        """,
        "l._", "l.0", "l.2", "l.7",
    )  # fmt: skip


class Keeper:
    """A contract that keeps values on a network where nothing lives long."""

    def __init__(self) -> None:
        config = replace(SorobanConfig(), min_persistent_ttl=LIFE, min_temporary_ttl=SHORT, max_entry_ttl=LONGEST)
        self.world = ContractLedger("alice", config=config)
        self.contract = self.world.deploy("alice", keeper_wasm())

    @property
    def ledger(self) -> Ledger:
        return self.world.ledger

    def call(self, function: str, *args: HostValue) -> HostValue | None:
        done = self.world.call("alice", self.contract, function, *args)
        assert done.code == "SUCCESS", (done.code, done.errors)
        return done.value

    def key(self, durability: int) -> bytes:
        owner = b"\0\0\0\1" + StrKey.decode_contract(self.contract)
        return keys.contract_data_key(owner, pack(KEY), durability)

    def instance(self) -> bytes:
        owner = b"\0\0\0\1" + StrKey.decode_contract(self.contract)
        return keys.contract_data_key(
            owner, xdr.SCVal(xdr.SCValType.SCV_LEDGER_KEY_CONTRACT_INSTANCE).to_xdr_bytes(), 1
        )

    def pass_until(self, ledger: int) -> None:
        while self.ledger.last.seq < ledger:
            self.world.close()

    def run(self, envelope: TransactionEnvelope) -> str:
        """Apply an extension or a restore; its code."""
        envelope.sign(self.world.keys["alice"])
        (applied,) = self.world.close(envelope)
        result = xdr.TransactionResult.from_xdr_bytes(applied.result).result.results
        assert result
        assert result[0].tr is not None
        inner = result[0].tr.extend_footprint_ttl_result or result[0].tr.restore_footprint_result
        assert inner is not None
        return str(inner.code.name)


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


def test_a_temporary_entry_is_gone_when_its_life_is_over(keeper: Keeper) -> None:
    # given a temporary entry
    keeper.call("put_t", KEY, u32(1))
    key = keeper.key(TEMPORARY)
    until = live_until(keeper.ledger.root, key)
    assert until == keeper.ledger.last.seq + SHORT - 1
    # when its last ledger closes it is there still, and after the next it is not
    keeper.pass_until(until)
    assert keeper.ledger.root.get(key) is not None
    keeper.world.close()
    assert keeper.ledger.root.get(key) is keeper.ledger.root.get(keys.ttl_key(key)) is None
    assert archived_entry(keeper.ledger.root, key) is None
    # then the ledger says so, and the contract finds nothing
    assert keeper.ledger.last.evicted == (key, keys.ttl_key(key))
    assert keeper.call("has_t", KEY) == boolean(False)
    assert keeper.ledger.state_hash() == state_hash_of(entries_of(keeper.ledger), keeper.ledger)


def test_a_persistent_entry_is_archived_and_comes_back_with_the_call_that_needs_it(keeper: Keeper) -> None:
    # given a persistent entry that was evicted, with everything else of its contract
    keeper.call("put_p", KEY, u32(7))
    key = keeper.key(PERSISTENT)
    until = live_until(keeper.ledger.root, key)
    assert until is not None
    keeper.pass_until(until + 1)
    assert keeper.ledger.root.get(key) is None
    found = archived_entry(keeper.ledger.root, key)
    assert found is not None
    # when a call that needs it is simulated, then its resources name what is to be restored, and no preamble is needed
    envelope = keeper.world.prepared("alice", keeper.world.invocation("alice", keeper.contract, "has_p", KEY))
    data = envelope.transaction.soroban_data
    assert data is not None
    assert data.ext.resource_ext is not None
    written = [item.to_xdr_bytes() for item in data.resources.footprint.read_write]
    restored = [written[index.uint32] for index in data.ext.resource_ext.archived_soroban_entries]
    assert {key, keeper.instance()} < set(restored)
    assert len(restored) == 3, "the code as well"
    # and when it is applied, all of them live again, as the meta says
    done = keeper.world.apply("alice", envelope)
    assert (done.code, done.value) == ("SUCCESS", boolean(True))
    assert live_until(keeper.ledger.root, key) == keeper.ledger.last.seq + LIFE - 1
    assert keeper.ledger.root.archived(key) is None
    meta = xdr.TransactionMeta.from_xdr_bytes(done.applied.result_meta).v4
    assert meta is not None
    kinds = [change.type.name for change in meta.operations[0].changes.ledger_entry_changes]
    assert kinds.count("LEDGER_ENTRY_RESTORED") == 6, "three entries with their life times"


def test_a_call_that_does_not_restore_what_it_names_fails(keeper: Keeper) -> None:
    # given a call prepared while everything was alive
    keeper.call("put_p", KEY, u32(7))
    envelope = keeper.world.prepared("alice", keeper.world.invocation("alice", keeper.contract, "has_p", KEY))
    keeper.pass_until(keeper.ledger.last.seq + LIFE + 1)
    before = Snapshot.of(keeper.ledger)
    # when it comes after all was evicted, then it costs its fee
    done = keeper.world.apply("alice", envelope)
    assert done.code == "ENTRY_ARCHIVED"
    assert keeper.ledger.state_hash() == before.hash_after_paying(keeper.ledger, done.applied)


def test_a_failed_call_leaves_the_archive_as_it_was(keeper: Keeper) -> None:
    # given a call that restores and then traps
    keeper.call("put_p", KEY, u32(7))
    key = keeper.key(PERSISTENT)
    keeper.pass_until(keeper.ledger.last.seq + LIFE + 1)
    envelope = keeper.world.prepared("alice", keeper.world.invocation("alice", keeper.contract, "put_p", KEY, u32(8)))
    call = envelope.transaction.operations[0].host_function.invoke_contract  # type: ignore[attr-defined]
    call.function_name = xdr.SCSymbol(b"put_trap")
    before = Snapshot.of(keeper.ledger)
    done = keeper.world.apply("alice", envelope)
    # then what it would have restored is archived still
    assert done.code == "TRAPPED"
    assert keeper.ledger.state_hash() == before.hash_after_paying(keeper.ledger, done.applied)
    assert keeper.ledger.root.archived(key) is not None
    assert keeper.call("has_p", KEY) == boolean(True)


def test_what_was_restored_and_dropped_does_not_come_back(keeper: Keeper) -> None:
    keeper.call("put_p", KEY, u32(7))
    key = keeper.key(PERSISTENT)
    keeper.pass_until(keeper.ledger.last.seq + LIFE + 1)
    assert keeper.ledger.root.archived(key) is not None
    keeper.call("drop_p", KEY)
    assert keeper.ledger.root.get(key) is keeper.ledger.root.archived(key) is None
    assert keeper.call("has_p", KEY) == boolean(False)
    assert keeper.ledger.state_hash() == state_hash_of(entries_of(keeper.ledger), keeper.ledger)


def life_of(keeper: Keeper, *, read_only: list[bytes], read_write: list[bytes]) -> xdr.SorobanTransactionData:
    """What an extension or a restore of these keys declares."""
    footprint = xdr.LedgerFootprint(
        [xdr.LedgerKey.from_xdr_bytes(key) for key in read_only],
        [xdr.LedgerKey.from_xdr_bytes(key) for key in read_write],
    )
    size = xdr.Uint32(10_000 if read_write else 0)
    resources = xdr.SorobanResources(footprint, xdr.Uint32(0), size, size)
    return xdr.SorobanTransactionData(xdr.SorobanTransactionDataExt(0), resources, xdr.Int64(50_000_000))


def test_a_restore_brings_an_evicted_entry_back(keeper: Keeper) -> None:
    keeper.call("put_p", KEY, u32(7))
    key = keeper.key(PERSISTENT)
    keeper.pass_until(keeper.ledger.last.seq + LIFE + 1)
    builder = keeper.world.builder(keeper.world.keys["alice"]).append_restore_footprint_op()
    builder.set_soroban_data(life_of(keeper, read_only=[], read_write=[key]))
    envelope = builder.build()
    envelope.transaction.fee = 50_000_100
    assert keeper.run(envelope) == "RESTORE_FOOTPRINT_SUCCESS"
    assert live_until(keeper.ledger.root, key) == keeper.ledger.last.seq + LIFE - 1
    assert keeper.ledger.root.archived(key) is None


@pytest.mark.parametrize(("ledgers", "lives"), [(LONGEST - 1, LONGEST - 1), (10, None), (LIFE - 1, LIFE - 1)])
def test_an_extension_reaches_as_far_as_asked_and_never_shortens(
    keeper: Keeper, ledgers: int, lives: int | None
) -> None:
    keeper.call("put_p", KEY, u32(7))
    key = keeper.key(PERSISTENT)
    before = live_until(keeper.ledger.root, key)
    builder = keeper.world.builder(keeper.world.keys["alice"]).append_extend_footprint_ttl_op(ledgers)
    builder.set_soroban_data(life_of(keeper, read_only=[key], read_write=[]))
    envelope = builder.build()
    envelope.transaction.fee = 50_000_100
    assert keeper.run(envelope) == "EXTEND_FOOTPRINT_TTL_SUCCESS"
    expected = before if lives is None else keeper.ledger.last.seq + lives
    assert live_until(keeper.ledger.root, key) == expected


@pytest.mark.parametrize("fault", ["too long", "a write", "an account", "nothing there"])
def test_what_an_extension_may_not_name(keeper: Keeper, fault: str) -> None:
    # given an extension with something wrong about it
    keeper.call("put_p", KEY, u32(7))
    key, account = keeper.key(PERSISTENT), keys.account_key(keeper.world.address("alice"))
    read_only = {"an account": [account], "nothing there": [keeper.key(TEMPORARY)]}.get(fault, [key])
    builder = keeper.world.builder(keeper.world.keys["alice"])
    builder.append_extend_footprint_ttl_op(LONGEST if fault == "too long" else 100)
    data = life_of(
        keeper, read_only=[] if fault == "a write" else read_only, read_write=[key] if fault == "a write" else []
    )
    envelope = builder.set_soroban_data(data).build()
    envelope.transaction.fee = 50_000_100
    envelope.sign(keeper.world.keys["alice"])
    # then it is malformed at submission, but for keys that nobody has: those it skips
    frame = keeper.ledger.parse(envelope.to_xdr_object().to_xdr_bytes())
    result = keeper.ledger.check(frame, keeper.ledger.last.close_time + 5)
    assert result.ok == (fault == "nothing there")
    if not result.ok:
        inner = xdr.TransactionResult.from_xdr_bytes(result.packed()).result.results
        assert inner
        assert inner[0].tr is not None
        assert inner[0].tr.extend_footprint_ttl_result is not None
        assert inner[0].tr.extend_footprint_ttl_result.code.name == "EXTEND_FOOTPRINT_TTL_MALFORMED"


def test_a_contract_extends_no_further_than_the_network_lets(keeper: Keeper) -> None:
    keeper.call("put_p", KEY, u32(7))
    keeper.call("extend", KEY, u32(LONGEST), u32(10 * LONGEST))
    assert live_until(keeper.ledger.root, keeper.key(PERSISTENT)) == keeper.ledger.last.seq + LONGEST - 1
