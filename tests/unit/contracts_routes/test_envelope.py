"""A route's transaction says one thing only: what was packed is read back, and anything else is refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stellar_sdk import Account, Asset, Keypair, StrKey, TransactionBuilder, TransactionEnvelope, scval, xdr

from arb.contracts.errors import TransactionShapeError
from arb.contracts.invocation.envelope import Draft, build_invocation
from arb.contracts.invocation.operations import InvokeContract
from arb.contracts.routes.call import CallStep, RouteCall, Venue, operation_of
from arb.contracts.routes.envelope import build_route, read_route

PASSPHRASE = "Standalone Network ; February 2017"
TRADER, CHANNEL, STRANGER = (Keypair.from_raw_ed25519_seed(seed * 32).public_key for seed in (b"t", b"c", b"s"))
SOME_FEE = 1_000


def contract(number: int) -> str:
    return StrKey.encode_contract(bytes([number]) * 32)


EXECUTOR, BASE, OTHER = contract(1), contract(2), contract(3)
CALL = RouteCall(
    EXECUTOR,
    TRADER,
    BASE,
    10**9,
    500,
    (CallStep(Venue.SOROSWAP, contract(4), BASE, OTHER, 7), CallStep(Venue.PHOENIX, contract(5), OTHER, BASE, 0)),
)


def resources(fee: int = 123) -> bytes:
    return xdr.SorobanTransactionData(
        xdr.SorobanTransactionDataExt(0),
        xdr.SorobanResources(xdr.LedgerFootprint([], []), xdr.Uint32(9), xdr.Uint32(8), xdr.Uint32(7)),
        xdr.Int64(fee),
    ).to_xdr_bytes()


def envelope(call: RouteCall = CALL) -> str:
    return build_route(
        call, resources(), channel=CHANNEL, sequence=7, fee=SOME_FEE, max_time=1_700_000_000, passphrase=PASSPHRASE
    ).envelope_xdr


def by_the_generated_classes(call: RouteCall, channel: str) -> bytes:
    """The same envelope, object by object: the trader allows this call and, within it, one transfer."""

    def invocation(
        operation: InvokeContract, *within: xdr.SorobanAuthorizedInvocation
    ) -> xdr.SorobanAuthorizedInvocation:
        kind = xdr.SorobanAuthorizedFunctionType.SOROBAN_AUTHORIZED_FUNCTION_TYPE_CONTRACT_FN
        function = xdr.SorobanAuthorizedFunction(kind, contract_fn=operation.invocation())
        return xdr.SorobanAuthorizedInvocation(function, list(within))

    arguments = (scval.to_address(call.trader), scval.to_address(call.executor), scval.to_int128(call.amount))
    transfer = invocation(InvokeContract(call.base, "transfer", arguments))
    own_source = xdr.SorobanCredentials(xdr.SorobanCredentialsType.SOROBAN_CREDENTIALS_SOURCE_ACCOUNT)
    entry = xdr.SorobanAuthorizationEntry(own_source, invocation(operation_of(call), transfer))
    draft = Draft(operation_of(call), channel, call.trader, 7, 1_700_000_000, PASSPHRASE)
    data = xdr.SorobanTransactionData.from_xdr_bytes(resources())
    return build_invocation(draft, data=data, auth=[entry], fee=SOME_FEE).envelope


def changed(change: str) -> str:
    """The envelope with one thing in it that a route does not have."""
    parsed = xdr.TransactionEnvelope.from_xdr(envelope())
    assert parsed.v1 is not None
    body = parsed.v1.tx
    invoked = body.operations[0].body.invoke_host_function_op
    assert invoked is not None
    match change:
        case "another's authority":
            invoked.auth[0].root_invocation.sub_invocations.append(invoked.auth[0].root_invocation.sub_invocations[0])
        case "a second authorisation":
            invoked.auth.append(invoked.auth[0])
        case "no authorisation":
            invoked.auth.clear()
        case "another function":
            assert invoked.host_function.invoke_contract is not None
            invoked.host_function.invoke_contract.function_name = xdr.SCSymbol(b"stage")
        case "a larger transfer":
            transfer = invoked.auth[0].root_invocation.sub_invocations[0].function.contract_fn
            assert transfer is not None
            transfer.args[2] = scval.to_int128(10**12)
        case "another operation source":
            body.operations[0].source_account = xdr.MuxedAccount.from_xdr_bytes(
                Keypair.from_public_key(STRANGER).xdr_muxed_account().to_xdr_bytes()
            )
        case "no operation source":
            body.operations[0].source_account = None
        case "two operations":
            body.operations.append(body.operations[0])
        case "a memo":
            body.memo = xdr.Memo(xdr.MemoType.MEMO_TEXT, text=b"x")
        case "no time bounds":
            body.cond = xdr.Preconditions(xdr.PreconditionType.PRECOND_NONE)
        case "no resources":
            body.ext = xdr.TransactionExt(0)
        case "a signature":
            parsed.v1.signatures.append(xdr.DecoratedSignature(xdr.SignatureHint(b"abcd"), xdr.Signature(b"s" * 64)))
    return parsed.to_xdr()


def test_what_was_packed_is_read_back_under_the_hash_the_network_uses() -> None:
    route = read_route(envelope(), PASSPHRASE)
    assert route.call == CALL
    assert (route.channel, route.trading, route.sequence, route.fee) == (CHANNEL, TRADER, 7, SOME_FEE)
    assert (route.max_time, route.resources) == (1_700_000_000, resources())
    assert route.transaction.hash_hex == TransactionEnvelope.from_xdr(envelope(), PASSPHRASE).hash_hex()


@given(
    amount=st.integers(1, 2**127 - 1),
    least=st.integers(0, 2**127 - 1),
    steps=st.lists(
        st.builds(
            CallStep,
            st.sampled_from(Venue),
            st.sampled_from((EXECUTOR, BASE, OTHER)),
            st.sampled_from((BASE, OTHER)),
            st.sampled_from((BASE, OTHER)),
            st.integers(-(2**127), 2**127 - 1),
        ),
        max_size=5,
    ),
    channel=st.sampled_from((CHANNEL, TRADER)),
)
def test_every_byte_is_that_of_the_generated_classes(
    amount: int, least: int, steps: list[CallStep], channel: str
) -> None:
    call = RouteCall(EXECUTOR, TRADER, BASE, amount, least, tuple(steps))
    packed = build_route(
        call, resources(), channel=channel, sequence=7, fee=SOME_FEE, max_time=1_700_000_000, passphrase=PASSPHRASE
    )
    assert packed.envelope == by_the_generated_classes(call, channel)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("another's authority", "not_canonical"),
        ("a second authorisation", "not_canonical"),
        ("no authorisation", "not_canonical"),
        ("a larger transfer", "not_canonical"),
        ("a memo", "not_canonical"),
        ("another function", "route"),
        ("another operation source", "operation_source"),
        ("no operation source", "operation_source"),
        ("two operations", "operation_count"),
        ("no time bounds", "time_bounds"),
        ("no resources", "resources"),
        ("a signature", "signatures_present"),
    ],
)
def test_anything_more_or_less_is_refused(change: str, code: str) -> None:
    with pytest.raises(TransactionShapeError) as refused:
        read_route(changed(change), PASSPHRASE)
    assert refused.value.code == code


def test_a_payment_is_not_a_route() -> None:
    builder = TransactionBuilder(Account(CHANNEL, 1), PASSPHRASE).set_timeout(60)
    payment = builder.append_payment_op(STRANGER, Asset.native(), "1").build().to_xdr()
    with pytest.raises(TransactionShapeError) as refused:
        read_route(payment, PASSPHRASE)
    assert refused.value.code in ("resources", "operation_type")


@given(st.integers(0, len(base64.b64decode(envelope())) - 1), st.integers(1, 255))
def test_no_changed_byte_passes_unseen(at: int, flip: int) -> None:
    raw = bytearray(base64.b64decode(envelope()))
    raw[at] ^= flip
    try:
        route = read_route(base64.b64encode(bytes(raw)).decode(), PASSPHRASE)
    except TransactionShapeError:
        return
    # then what was read explains every byte, so the policy judges exactly what would be signed
    assert route.transaction.envelope == bytes(raw)
