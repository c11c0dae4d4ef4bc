"""What the network's answers ask for: never a second transaction while the first may live."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stellar_sdk import Keypair, StrKey, scval, xdr

from arb.contracts.errors import Malformed, RateLimited, Unreachable
from arb.contracts.invocation.auth import signed_by_account, to_sign
from arb.contracts.invocation.classify import Sent, after_lookup, after_send, refusal_of, refused_at_once, refused_call
from arb.contracts.invocation.envelope import Draft, build_invocation
from arb.contracts.invocation.host_fault import HostFault
from arb.contracts.invocation.operations import InvokeContract, created_contract_id
from arb.contracts.invocation.outcomes import (
    GiveUp,
    GiveUpReason,
    Poll,
    Rebuild,
    RebuildReason,
    ResendSameBytes,
    Succeeded,
)
from arb.contracts.rpc_answers import SendAnswer, SendStatus, TransactionAnswer, TransactionStatus
from arb.contracts.transactions import Signer

PASSPHRASE = "Standalone Network ; February 2017"
SEED = b"b" * 32
BOB = Keypair.from_raw_ed25519_seed(SEED).public_key
CONTRACT = created_contract_id(BOB, bytes(32), PASSPHRASE)
SENT = Sent("ab" * 32, built_at=100, max_time=5_000)
Type, Code = xdr.SCErrorType, xdr.SCErrorCode
Invoked, TxCode = xdr.InvokeHostFunctionResultCode, xdr.TransactionResultCode


def result_xdr(code: xdr.TransactionResultCode, operation: xdr.InvokeHostFunctionResultCode | None = None) -> str:
    """A TransactionResult of one contract call."""
    results = None
    if operation is not None:
        success = xdr.Hash(bytes(32)) if operation is Invoked.INVOKE_HOST_FUNCTION_SUCCESS else None
        inner = xdr.InvokeHostFunctionResult(operation, success)
        tr = xdr.OperationResultTr(xdr.OperationType.INVOKE_HOST_FUNCTION, invoke_host_function_result=inner)
        results = [xdr.OperationResult(xdr.OperationResultCode.opINNER, tr)]
    body = xdr.TransactionResultResult(code, results=results)
    return xdr.TransactionResult(xdr.Int64(777), body, xdr.TransactionResultExt(0)).to_xdr()


def meta_xdr(fault: tuple[xdr.SCErrorType, int] | None = None) -> str:
    """A TransactionMeta whose diagnostics report `fault`, and which returns 5 where there is none."""
    diagnostics = []
    if fault is not None:
        kind, code = fault
        if kind is Type.SCE_CONTRACT:
            error = xdr.SCError(kind, contract_code=xdr.Uint32(code))
        else:
            error = xdr.SCError(kind, code=Code(code))
        topics = [scval.to_symbol("error"), xdr.SCVal(xdr.SCValType.SCV_ERROR, error=error)]
        body = xdr.ContractEventBody(0, v0=xdr.ContractEventV0(topics, scval.to_string("said")))
        own = xdr.ContractID(xdr.Hash(StrKey.decode_contract(CONTRACT)))
        event = xdr.ContractEvent(xdr.ExtensionPoint(0), own, xdr.ContractEventType.DIAGNOSTIC, body)
        diagnostics.append(xdr.DiagnosticEvent(False, event))
    nothing = xdr.LedgerEntryChanges([])
    soroban = xdr.SorobanTransactionMetaV2(xdr.SorobanTransactionMetaExt(0), scval.to_uint32(5))
    meta = xdr.TransactionMetaV4(xdr.ExtensionPoint(0), nothing, [], nothing, soroban, [], diagnostics)
    return xdr.TransactionMeta(4, v4=meta).to_xdr()


def envelope_xdr(expiration: int | None = None) -> str:
    """A call's envelope, with one signed authorisation where an expiration is given."""
    draft = Draft(InvokeContract(CONTRACT, "owned"), BOB, BOB, 1, SENT.max_time, PASSPHRASE)
    if expiration is None:
        return build_invocation(draft, data=None, fee=100).envelope_xdr
    body = draft.operation.body().invoke_host_function_op
    assert body is not None
    call = body.host_function.invoke_contract
    function = xdr.SorobanAuthorizedFunction(
        xdr.SorobanAuthorizedFunctionType.SOROBAN_AUTHORIZED_FUNCTION_TYPE_CONTRACT_FN, contract_fn=call
    )
    own = xdr.SorobanAddressCredentials(scval.to_address(BOB).address, xdr.Int64(1), xdr.Uint32(0), scval.to_void())  # type: ignore[arg-type]
    credentials = xdr.SorobanCredentials(xdr.SorobanCredentialsType.SOROBAN_CREDENTIALS_ADDRESS_V2, address_v2=own)
    entry = xdr.SorobanAuthorizationEntry(credentials, xdr.SorobanAuthorizedInvocation(function, []))
    [wanted] = to_sign((entry,), expiration_ledger=expiration, passphrase=PASSPHRASE)
    signed = signed_by_account(wanted, {BOB: Signer(SEED).signature(wanted.payload)})
    return build_invocation(draft, data=None, auth=[signed], fee=100).envelope_xdr


def answer(
    status: TransactionStatus,
    *,
    result: str | None = None,
    fault: tuple[xdr.SCErrorType, int] | None = None,
    expiration: int | None = None,
    close_time: int = 4_000,
    oldest: int = 1,
) -> TransactionAnswer:
    there = status != "NOT_FOUND"
    return TransactionAnswer(
        status,
        SENT.tx_hash,
        latest_ledger=120,
        latest_close_time=close_time,
        oldest_ledger=oldest,
        oldest_close_time=1,
        ledger=110 if there else None,
        close_time=4_000 if there else None,
        application_order=1 if there else None,
        envelope_xdr=envelope_xdr(expiration) if there else None,
        result_xdr=result,
        meta_xdr=meta_xdr(fault) if there else None,
    )


def failed(code: xdr.InvokeHostFunctionResultCode, **more: object) -> TransactionAnswer:
    return answer("FAILED", result=result_xdr(TxCode.txFAILED, code), **more)  # type: ignore[arg-type]


def sent_answer(status: SendStatus, code: xdr.TransactionResultCode | None = None) -> SendAnswer:
    return SendAnswer(status, SENT.tx_hash, 100, 4_000, None if code is None else result_xdr(code))


def test_sending_is_answered_by_polling_or_by_the_same_bytes() -> None:
    assert isinstance(after_send(sent_answer("PENDING")), Poll)
    assert isinstance(after_send(sent_answer("DUPLICATE")), Poll)
    assert isinstance(after_send(sent_answer("TRY_AGAIN_LATER")), ResendSameBytes)
    assert isinstance(after_send(Unreachable("time-out")), ResendSameBytes)
    limited = after_send(RateLimited("slow down", 7.5))
    assert limited == ResendSameBytes("no answer that says whether it arrived: slow down", 7.5)


def test_a_refusal_is_looked_into_before_anything_is_built() -> None:
    refused = sent_answer("ERROR", TxCode.txBAD_SEQ)
    assert refusal_of(refused) == ("tx_bad_seq",)
    assert isinstance(after_send(refused), Poll)
    assert refusal_of(sent_answer("PENDING")) == ()


def test_success_brings_value_fee_and_ledger() -> None:
    found = answer("SUCCESS", result=result_xdr(TxCode.txSUCCESS, Invoked.INVOKE_HOST_FUNCTION_SUCCESS))
    done = after_lookup(found, SENT)
    assert isinstance(done, Succeeded)
    assert (done.ledger, done.fee_charged) == (110, 777)
    assert done.value == scval.to_uint32(5)


@given(
    close_time=st.integers(0, 10_000),
    oldest=st.integers(1, 200),
    refusal=st.sampled_from([(), ("tx_bad_seq",), ("tx_insufficient_balance",)]),
)
def test_an_absent_transaction_is_dead_only_past_its_time_by_a_whole_history(
    close_time: int, oldest: int, refusal: tuple[str, ...]
) -> None:
    # given any node that does not know the transaction
    sent = Sent(SENT.tx_hash, SENT.built_at, SENT.max_time, refusal)
    outcome = after_lookup(answer("NOT_FOUND", close_time=close_time, oldest=oldest), sent)
    # then it is given up or rebuilt exactly when its time is over and every ledger it could be in was looked at
    proven = close_time > sent.max_time and oldest <= sent.built_at + 1
    assert isinstance(outcome, Rebuild | GiveUp) is proven


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        ((), RebuildReason.NEVER_INCLUDED),
        (("tx_bad_seq",), RebuildReason.BAD_SEQUENCE),
        (("tx_soroban_invalid",), RebuildReason.RESOURCE_LIMIT),
        (("tx_insufficient_fee",), RebuildReason.FEE_TOO_LOW),
        (("tx_insufficient_balance",), GiveUpReason.INSUFFICIENT_BALANCE),
        (("tx_bad_auth",), GiveUpReason.BAD_SIGNATURES),
        (("tx_failed", "op_malformed"), GiveUpReason.MALFORMED),
        (("tx_no_source_account",), GiveUpReason.MISSING),
    ],
)
def test_a_dead_transactions_last_refusal_says_what_to_do(
    refusal: tuple[str, ...], expected: RebuildReason | GiveUpReason
) -> None:
    sent = Sent(SENT.tx_hash, SENT.built_at, SENT.max_time, refusal)
    outcome = after_lookup(answer("NOT_FOUND", close_time=5_001), sent)
    assert isinstance(outcome, Rebuild | GiveUp)
    assert outcome.reason is expected
    if refusal:
        assert refused_at_once(refusal).reason is expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (failed(Invoked.INVOKE_HOST_FUNCTION_RESOURCE_LIMIT_EXCEEDED), RebuildReason.RESOURCE_LIMIT),
        (failed(Invoked.INVOKE_HOST_FUNCTION_ENTRY_ARCHIVED), RebuildReason.ENTRY_ARCHIVED),
        (failed(Invoked.INVOKE_HOST_FUNCTION_INSUFFICIENT_REFUNDABLE_FEE), RebuildReason.REFUNDABLE_FEE),
        (failed(Invoked.INVOKE_HOST_FUNCTION_MALFORMED), GiveUpReason.MALFORMED),
        (failed(Invoked.INVOKE_HOST_FUNCTION_TRAPPED), RebuildReason.UNEXPLAINED),
        (failed(Invoked.INVOKE_HOST_FUNCTION_TRAPPED, expiration=109), RebuildReason.EXPIRED_AUTH),
        (failed(Invoked.INVOKE_HOST_FUNCTION_TRAPPED, expiration=110), RebuildReason.UNEXPLAINED),
        (
            failed(Invoked.INVOKE_HOST_FUNCTION_TRAPPED, fault=(Type.SCE_AUTH, 2), expiration=109),
            RebuildReason.EXPIRED_AUTH,
        ),
        (
            failed(Invoked.INVOKE_HOST_FUNCTION_TRAPPED, fault=(Type.SCE_CONTRACT, 3), expiration=109),
            GiveUpReason.CONTRACT_ERROR,
        ),
        (failed(Invoked.INVOKE_HOST_FUNCTION_TRAPPED, fault=(Type.SCE_AUTH, 6)), GiveUpReason.AUTH_REFUSED),
        (failed(Invoked.INVOKE_HOST_FUNCTION_TRAPPED, fault=(Type.SCE_AUTH, 4)), GiveUpReason.AUTH_USED),
        (failed(Invoked.INVOKE_HOST_FUNCTION_TRAPPED, fault=(Type.SCE_STORAGE, 5)), RebuildReason.FOOTPRINT_CHANGED),
        (failed(Invoked.INVOKE_HOST_FUNCTION_TRAPPED, fault=(Type.SCE_STORAGE, 3)), GiveUpReason.MISSING),
        (failed(Invoked.INVOKE_HOST_FUNCTION_TRAPPED, fault=(Type.SCE_WASM_VM, 6)), GiveUpReason.TRAPPED),
        (answer("FAILED", result=result_xdr(TxCode.txBAD_AUTH)), GiveUpReason.BAD_SIGNATURES),
        (answer("FAILED", result=result_xdr(TxCode.txINSUFFICIENT_BALANCE)), GiveUpReason.INSUFFICIENT_BALANCE),
    ],
)
def test_a_failure_in_a_ledger_says_what_to_do(found: TransactionAnswer, expected: object) -> None:
    outcome = after_lookup(found, SENT)
    assert isinstance(outcome, Rebuild | GiveUp)
    assert outcome.reason is expected
    if isinstance(outcome, Rebuild):
        assert outcome.proof == "failed in ledger 110"


def test_a_contracts_error_says_where_it_arose() -> None:
    outcome = after_lookup(failed(Invoked.INVOKE_HOST_FUNCTION_TRAPPED, fault=(Type.SCE_CONTRACT, 3)), SENT)
    assert isinstance(outcome, GiveUp)
    assert outcome.detail == f"error 3 of {CONTRACT}: said"
    assert refused_call(HostFault(Type.SCE_CONTRACT, 9)).detail == "error 9"


def test_an_answer_that_contradicts_itself_is_no_answer() -> None:
    torn = answer("SUCCESS")._replace(result_xdr=None)
    with pytest.raises(Malformed):
        after_lookup(torn, SENT)
    with pytest.raises(ValueError, match="maxTime"):
        after_lookup(answer("NOT_FOUND"), Sent(SENT.tx_hash, 1, 0))
