"""Uploading, creating and changing contracts: what the network takes, and what it refuses by which error."""

from __future__ import annotations

import hashlib

import pytest
from stellar_sdk import Keypair, scval, xdr
from support.soroban_guests import LEDGER, Bench, compiled, passing_on, stamped, word
from wasmtime import wat2wasm

from arb.localnet.soroban import values as v
from arb.localnet.soroban.codec import pack_address
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.events import EventType
from arb.localnet.soroban.identity import asset_contract_id, contract_id, wasm_hash
from arb.localnet.soroban.ports import CreateContract
from arb.localnet.soroban.values import HostValue

DEPLOYER = v.account(b"\5" * 32)
SALT = b"\6" * 32
PLAIN = compiled('(func (export "run") (result i64) (i64.const 2))')
WITH_CONSTRUCTOR = compiled(
    f"""(func (export "__constructor") (param i64) (result i64)
      (call $l__ {word(v.u32(0))} (local.get 0) (i64.const 2)))
    (func (export "get") (result i64) (call $l_1 {word(v.u32(0))} (i64.const 2)))""",
    "l._", "l.1",
)  # fmt: skip


def refused(error_type: ErrorType, code: int, match: str | None = None) -> pytest.RaisesExc[HostError]:
    return pytest.raises(HostError, match=match, check=lambda error: (error.type, error.code) == (error_type, code))


def create(bench: Bench, wasm: bytes, *args: HostValue) -> bytes:
    code = bench.host().upload(wasm)
    address = bench.host().create_contract(DEPLOYER, SALT, code, args, with_constructor=True)
    return bytes(address[1][1])


def test_upload_stores_code_by_its_hash() -> None:
    bench = Bench()
    assert bench.host().upload(PLAIN) == hashlib.sha256(PLAIN).digest() == wasm_hash(PLAIN)
    assert bench.storage.codes == {wasm_hash(PLAIN): PLAIN}


@pytest.mark.parametrize(
    ("wasm", "code", "names"),
    [
        (b"", ErrorCode.INVALID_ACTION, "malformed"),
        (b"not wasm at all", ErrorCode.INVALID_ACTION, "malformed"),
        (PLAIN[:20], ErrorCode.INVALID_ACTION, "malformed"),
        (PLAIN[:8] + b"\xff" * 40, ErrorCode.INVALID_ACTION, "malformed"),
        (stamped(wat2wasm('(module (import "z" "9" (func (result i64))))')), ErrorCode.INVALID_ACTION, r"z\.9"),
        (stamped(wat2wasm('(module (import "env" "memory" (memory 1)))')), ErrorCode.INVALID_ACTION, r"env\.memory"),
        (stamped(wat2wasm('(module (import "v" "_" (func (param i64))))')), ErrorCode.INVALID_ACTION, r"v\._"),
        (stamped(wat2wasm("(module (func $f) (start $f))")), ErrorCode.INVALID_ACTION, "start"),
        (stamped(wat2wasm("(module (func (result i64 i64) unreachable))")), ErrorCode.INVALID_ACTION, "malformed"),
        (wat2wasm("(module)"), ErrorCode.INVALID_INPUT, "metadata"),
        (stamped(wat2wasm("(module)"), protocol=28), ErrorCode.INVALID_INPUT, "newer"),
        (stamped(wat2wasm("(module)"), pre_release=1), ErrorCode.INVALID_INPUT, "pre-release"),
        (compiled(f'(func (export "f") (param {"i64 " * 33}))'), ErrorCode.INVALID_INPUT, "33"),
    ],
)  # fmt: skip
def test_code_the_network_would_not_take(wasm: bytes, code: ErrorCode, names: str) -> None:
    bench = Bench()
    with refused(ErrorType.WASM_VM, code, names):
        bench.host().upload(wasm)
    assert bench.storage.codes == {}


def test_ids_are_the_networks() -> None:
    account = Keypair.random().public_key
    deployer = xdr.SCAddress.from_xdr_bytes(pack_address(v.account(account)))
    assert deployer.to_xdr_bytes() == scval.to_address(account).to_xdr_bytes()[4:]
    preimage = xdr.HashIDPreimage(
        xdr.EnvelopeType.ENVELOPE_TYPE_CONTRACT_ID,
        contract_id=xdr.HashIDPreimageContractID(
            xdr.Hash(LEDGER.network_id),
            xdr.ContractIDPreimage(
                xdr.ContractIDPreimageType.CONTRACT_ID_PREIMAGE_FROM_ADDRESS,
                from_address=xdr.ContractIDPreimageFromAddress(deployer, xdr.Uint256(SALT)),
            ),
        ),
    )
    expected = hashlib.sha256(preimage.to_xdr_bytes()).digest()
    assert contract_id(LEDGER.network_id, v.account(account), SALT) == expected


def test_the_native_assets_contract_on_mainnet() -> None:
    network = hashlib.sha256(b"Public Global Stellar Network ; September 2015").digest()
    native = asset_contract_id(network, bytes(4))
    assert v.strkey(v.contract(native)) == "CAS3J7GYLGXMF6TDJBBYYSE3HQ6BBSMLNUQ34T6TZMYMW2EVH34XOWMA"


def test_a_contract_is_created_once_with_its_deployers_consent() -> None:
    bench = Bench()
    contract = create(bench, PLAIN)
    assert contract == contract_id(LEDGER.network_id, DEPLOYER, SALT)
    [(address, _, invocation)] = bench.auth.asked
    assert address == DEPLOYER
    assert invocation == CreateContract(DEPLOYER, SALT, wasm_hash(PLAIN), (), with_constructor=True)
    assert bench.call(contract, "run") == v.VOID
    with refused(ErrorType.STORAGE, ErrorCode.EXISTING_VALUE):
        create(bench, PLAIN)


def test_a_contract_needs_its_code() -> None:
    with refused(ErrorType.STORAGE, ErrorCode.MISSING_VALUE):
        Bench().host().create_contract(DEPLOYER, SALT, bytes(32), with_constructor=False)


def test_the_constructor_runs_with_its_arguments() -> None:
    bench = Bench()
    assert bench.call(create(bench, WITH_CONSTRUCTOR, v.i128(1 << 99)), "get") == v.i128(1 << 99)


@pytest.mark.parametrize(
    ("wasm", "args", "error"),
    [
        (WITH_CONSTRUCTOR, (), (ErrorType.CONTEXT, ErrorCode.INVALID_ACTION)),
        (PLAIN, (v.VOID,), (ErrorType.CONTEXT, ErrorCode.INVALID_ACTION)),
        (
            compiled('(func (export "__constructor") (result i64) (i64.const 1))'),
            (),
            (ErrorType.VALUE, ErrorCode.UNEXPECTED_TYPE),
        ),
        (
            compiled(f'(func (export "__constructor") (result i64) (i64.const {9 << 32 | 3}))'),
            (),
            (ErrorType.CONTEXT, ErrorCode.INVALID_ACTION),
        ),
    ],
)
def test_a_failed_constructor_leaves_no_contract(
    wasm: bytes, args: tuple[HostValue, ...], error: tuple[ErrorType, ErrorCode]
) -> None:
    bench = Bench()
    with refused(*error):
        create(bench, wasm, *args)
    assert bench.storage.instances == {}
    assert bench.auth.stack == []


def test_contracts_of_before_constructors_have_none() -> None:
    old = stamped(wat2wasm('(module (func (export "__constructor") (result i64) (unreachable)))'), protocol=21)
    create(Bench(), old)
    with refused(ErrorType.CONTEXT, ErrorCode.INVALID_ACTION):
        create(Bench(), old, v.VOID)


def test_a_contract_deploys_another() -> None:
    bench = Bench()
    code = bench.host().upload(WITH_CONSTRUCTOR)
    me = v.contract(bytes([1]) * 32)
    made = passing_on(bench, "l.e")(me, v.bytes_(code), v.bytes_(SALT), v.vec([v.u32(8)]))
    assert made == v.contract(contract_id(LEDGER.network_id, me, SALT))
    assert bench.call(made[1][1], "get") == v.u32(8)
    assert passing_on(bench, "l.a")(me, v.bytes_(SALT)) == made
    with refused(ErrorType.OBJECT, ErrorCode.UNEXPECTED_SIZE):
        passing_on(bench, "l.3")(me, v.bytes_(code), v.bytes_(bytes(31)))


def test_a_contract_changes_its_code_and_keeps_its_storage() -> None:
    # Given a contract that stores and then updates itself, when called again, then the new code reads the old storage.
    body = f"""(func (export "update") (param i64) (result i64)
      (drop (call $l__ {word(v.u32(0))} {word(v.u32(5))} (i64.const 2))) (call $l_6 (local.get 0)))"""
    bench = Bench()
    contract = bench.install(compiled(body, "l._", "l.6"))
    code = bench.host().upload(WITH_CONSTRUCTOR)
    bench.call(contract, "update", v.bytes_(code))
    assert bench.last is not None
    [event] = bench.last.events
    assert (event.type, event.topics[0]) == (EventType.SYSTEM, v.symbol("executable_update"))
    assert bench.call(contract, "get") == v.u32(5)


STORE = compiled(
    "".join(
        f"""(func (export "put{n}") (param i64 i64) (result i64)
          (call $l__ (local.get 0) (local.get 1) (i64.const {n})))
        (func (export "has{n}") (param i64) (result i64) (call $l_0 (local.get 0) (i64.const {n})))
        (func (export "get{n}") (param i64) (result i64) (call $l_1 (local.get 0) (i64.const {n})))
        (func (export "del{n}") (param i64) (result i64) (call $l_2 (local.get 0) (i64.const {n})))
        (func (export "extend{n}") (param i64 i64 i64) (result i64)
          (call $l_7 (local.get 0) (i64.const {n}) (local.get 1) (local.get 2)))"""
        for n in (0, 1, 2)
    )
    + '(func (export "extend") (param i64 i64) (result i64) (call $l_8 (local.get 0) (local.get 1)))',
    "l._", "l.0", "l.1", "l.2", "l.7", "l.8",
)  # fmt: skip


@pytest.mark.parametrize("durability", [0, 1, 2])
def test_the_durabilities_are_worlds_apart(durability: int) -> None:
    bench = Bench()
    contract = bench.install(STORE)
    key = v.vec([v.symbol("Balance"), DEPLOYER])
    bench.call(contract, f"put{durability}", key, v.i128(5))
    for other in (0, 1, 2):
        assert bench.call(contract, f"has{other}", key) == v.boolean(other == durability)
    assert bench.call(contract, f"get{durability}", key) == v.i128(5)
    bench.call(contract, f"del{durability}", key)
    bench.call(contract, f"del{durability}", key)
    with refused(ErrorType.STORAGE, ErrorCode.MISSING_VALUE):
        bench.call(contract, f"get{durability}", key)


def test_time_to_live_is_extended_through_the_port() -> None:
    bench = Bench()
    contract = bench.install(STORE)
    bench.call(contract, "put1", v.u32(1), v.VOID)
    bench.call(contract, "extend1", v.u32(1), v.u32(10), v.u32(20))
    bench.call(contract, "extend", v.u32(10), v.u32(30))
    assert sorted(bench.storage.extended.values()) == [20, 30, 30]
    with refused(ErrorType.STORAGE, ErrorCode.INVALID_ACTION):
        bench.call(contract, "extend2", v.u32(1), v.u32(10), v.u32(20))
    with refused(ErrorType.STORAGE, ErrorCode.INVALID_INPUT):
        bench.call(contract, "extend1", v.u32(1), v.u32(21), v.u32(20))
    with refused(ErrorType.STORAGE, ErrorCode.MISSING_VALUE):
        bench.call(contract, "extend0", v.u32(1), v.u32(10), v.u32(20))
