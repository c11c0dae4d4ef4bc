"""Contract transactions byte for byte as stellar_sdk builds them."""

from hashlib import sha256

import pytest
from stellar_sdk import Account, Address, Keypair, TransactionBuilder, scval, xdr

from arb.contracts.errors import TransactionShapeError
from arb.contracts.invocation.envelope import Draft, build_invocation
from arb.contracts.invocation.operations import (
    ContractOperation,
    CreateContract,
    ExtendTtl,
    InvokeContract,
    RestoreFootprint,
    UploadWasm,
    created_contract_id,
    declared_before_simulation,
)

PASSPHRASE = "Standalone Network ; February 2017"
CHANNEL = Keypair.from_raw_ed25519_seed(b"c" * 32).public_key
OPERATOR = Keypair.from_raw_ed25519_seed(b"o" * 32).public_key
CONTRACT = created_contract_id(OPERATOR, bytes(32), PASSPHRASE)
CODE_KEY = xdr.LedgerKey(
    xdr.LedgerEntryType.CONTRACT_CODE, contract_code=xdr.LedgerKeyContractCode(xdr.Hash(b"\x07" * 32))
)
ARGUMENTS = (scval.to_int128(-5), scval.to_address(CHANNEL))


def resources(*read_only: xdr.LedgerKey) -> xdr.SorobanTransactionData:
    footprint = xdr.LedgerFootprint(list(read_only), [])
    used = xdr.SorobanResources(footprint, xdr.Uint32(1), xdr.Uint32(2), xdr.Uint32(3))
    return xdr.SorobanTransactionData(xdr.SorobanTransactionDataExt(0), used, xdr.Int64(900))


def draft(operation: ContractOperation, *, operator: str = OPERATOR, max_time: int = 1_800_000_000) -> Draft:
    return Draft(operation, CHANNEL, operator, 42, max_time, PASSPHRASE)


def by_sdk(operation: ContractOperation, data: xdr.SorobanTransactionData, operator: str | None) -> TransactionBuilder:
    builder = TransactionBuilder(Account(CHANNEL, 41), PASSPHRASE, 1_000).add_time_bounds(0, 1_800_000_000)
    match operation:
        case InvokeContract():
            builder.append_invoke_contract_function_op(CONTRACT, "swap", list(ARGUMENTS), source=operator)
        case UploadWasm(wasm):
            builder.append_upload_contract_wasm_op(wasm, source=operator)
        case CreateContract(deployer, wasm_hash, salt, arguments):
            builder.append_create_contract_op(wasm_hash, deployer, list(arguments), salt, source=operator)
        case ExtendTtl(_, ledgers):
            builder.append_extend_footprint_ttl_op(ledgers, source=operator)
        case RestoreFootprint():
            builder.append_restore_footprint_op(source=operator)
    return builder.set_soroban_data(data)


@pytest.mark.parametrize(
    "operation",
    [
        InvokeContract(CONTRACT, "swap", ARGUMENTS),
        UploadWasm(b"\0asm wasm"),
        CreateContract(OPERATOR, b"\x01" * 32, b"\x02" * 32, ARGUMENTS),
        ExtendTtl((CODE_KEY,), 500),
        RestoreFootprint((CODE_KEY,)),
    ],
    ids=lambda operation: type(operation).__name__,
)
@pytest.mark.parametrize("operator", [OPERATOR, CHANNEL])
def test_packs_as_the_sdk_does(operation: ContractOperation, operator: str) -> None:
    # given one operation, with a source of its own or the transaction's
    data = resources(CODE_KEY)
    expected = by_sdk(operation, data, None if operator == CHANNEL else operator).build()
    # when it is built, then bytes and hash are the SDK's
    built = build_invocation(draft(operation, operator=operator), data=data, fee=expected.transaction.fee)
    assert built.envelope_xdr == expected.to_xdr()
    assert built.hash == expected.hash()


def test_the_contract_id_is_known_before_it_exists() -> None:
    # given deployer and salt, when compared with the id that CAP-46's preimage hashes to by hand
    preimage = (
        b"\0\0\0\x08"
        + sha256(PASSPHRASE.encode()).digest()
        + bytes(4)
        + Address(OPERATOR).to_xdr_sc_address().to_xdr_bytes()
        + b"\x09" * 32
    )
    by_hand = Address.from_raw_contract(sha256(preimage).digest()).address
    # then it is the same, and another salt gives another
    assert created_contract_id(OPERATOR, b"\x09" * 32, PASSPHRASE) == by_hand
    assert created_contract_id(OPERATOR, b"\x08" * 32, PASSPHRASE) != by_hand


def test_life_operations_declare_their_footprint_before_simulation() -> None:
    extend = declared_before_simulation(ExtendTtl((CODE_KEY,), 5))
    restore = declared_before_simulation(RestoreFootprint((CODE_KEY,)))
    assert extend is not None
    assert restore is not None
    assert extend.resources.footprint == xdr.LedgerFootprint([CODE_KEY], [])
    assert restore.resources.footprint == xdr.LedgerFootprint([], [CODE_KEY])
    assert declared_before_simulation(InvokeContract(CONTRACT, "swap")) is None


@pytest.mark.parametrize(("fee", "max_time", "code"), [(0, 5, "fee"), (2**32, 5, "fee"), (100, 0, "max_time")])
def test_what_cannot_be_sent_is_not_built(fee: int, max_time: int, code: str) -> None:
    with pytest.raises(TransactionShapeError) as refused:
        build_invocation(draft(UploadWasm(b"x"), max_time=max_time), data=resources(), fee=fee)
    assert refused.value.code == code


def test_only_calls_carry_authorisation() -> None:
    call = xdr.InvokeContractArgs(Address(CONTRACT).to_xdr_sc_address(), xdr.SCSymbol(b"f"), [])
    function = xdr.SorobanAuthorizedFunction(
        xdr.SorobanAuthorizedFunctionType.SOROBAN_AUTHORIZED_FUNCTION_TYPE_CONTRACT_FN, contract_fn=call
    )
    entry = xdr.SorobanAuthorizationEntry(
        xdr.SorobanCredentials(xdr.SorobanCredentialsType.SOROBAN_CREDENTIALS_SOURCE_ACCOUNT),
        xdr.SorobanAuthorizedInvocation(function, []),
    )
    with pytest.raises(TransactionShapeError):
        build_invocation(draft(RestoreFootprint(())), data=resources(), auth=[entry], fee=100)
