"""The one transaction of a route: packed from a call and its simulated resources, and read back with distrust.

The authorisation is written here, not taken from a simulation: the trader allows this very call and, within it, one
transfer of the amount to the route executor. Whatever a node answers, nothing else can be signed.
"""

from typing import Final, NamedTuple

from stellar_sdk import scval, xdr
from stellar_sdk.exceptions import SdkError

from arb.contracts.errors import Malformed, TransactionShapeError
from arb.contracts.invocation.envelope import Draft, build_invocation
from arb.contracts.invocation.operations import InvokeContract
from arb.contracts.routes.call import RouteCall, operation_of, read_call
from arb.contracts.transactions import Transaction
from arb.contracts.xdr_cursor import address_of, from_base64

_NOTHING: Final = xdr.Uint32(0)
UNDECLARED: Final = xdr.SorobanTransactionData(
    xdr.SorobanTransactionDataExt(0),
    xdr.SorobanResources(xdr.LedgerFootprint([], []), _NOTHING, _NOTHING, _NOTHING),
    xdr.Int64(0),
).to_xdr_bytes()
"""The resources of a transaction that is only to be simulated."""


class Route(NamedTuple):
    """What an unsigned route transaction says. Fees in stroops, `max_time` in unix seconds."""

    channel: str
    sequence: int
    fee: int
    """The bid for inclusion and the resource fee together: the most the channel can lose."""
    max_time: int
    call: RouteCall
    resources: bytes
    """SorobanTransactionData: footprint, limits and resource fee, as XDR."""
    transaction: Transaction

    @property
    def trading(self) -> str:
        """Source of the operation, whose authority the call uses."""
        return self.call.trader


def build_route(
    call: RouteCall, resources: bytes, *, channel: str, sequence: int, fee: int, max_time: int, passphrase: str
) -> Transaction:
    """The unsigned transaction: `channel` is its source and pays `fee`, the call's trader is the operation's source.

    `resources` is SorobanTransactionData as XDR. TransactionShapeError when the fee does not fit or the call does not.
    """
    draft = Draft(operation_of(call), channel, call.trader, sequence, max_time, passphrase)
    data = xdr.SorobanTransactionData.from_xdr_bytes(resources)
    return build_invocation(draft, data=data, auth=[_authorisation(call)], fee=fee)


def read_route(envelope_xdr: str, passphrase: str) -> Route:
    """Parses base64 XDR of an unsigned route transaction for the network of `passphrase`.

    What was read is packed again and must give the same bytes. TransactionShapeError with code: malformed,
    envelope_type, time_bounds, operation_count, operation_source, operation_type, resources, route, signatures_present
    or not_canonical.
    """
    try:
        raw = from_base64(envelope_xdr)
        parsed = xdr.TransactionEnvelope.from_xdr_bytes(raw)
    except (Malformed, SdkError, ValueError, EOFError, TypeError, IndexError) as wrong:
        raise TransactionShapeError("malformed", f"not a route transaction: {wrong}") from None
    if parsed.v1 is None:
        raise TransactionShapeError("envelope_type", f"the envelope is {parsed.type.name}, not a v1 transaction")
    if parsed.v1.signatures:
        raise TransactionShapeError("signatures_present", "the envelope already carries signatures")
    body = parsed.v1.tx
    bounds = body.cond.time_bounds
    if bounds is None or not bounds.max_time.time_point.uint64:
        raise TransactionShapeError("time_bounds", "the transaction must have a max time and no other precondition")
    channel = _ed25519(body.source_account)
    call = _read_operation(body.operations, channel)
    if body.ext.soroban_data is None:
        raise TransactionShapeError("resources", "the transaction declares no contract resources")
    resources = body.ext.soroban_data.to_xdr_bytes()
    fee, sequence, max_time = body.fee.uint32, body.seq_num.sequence_number.int64, bounds.max_time.time_point.uint64
    again = build_route(
        call, resources, channel=channel, sequence=sequence, fee=fee, max_time=max_time, passphrase=passphrase
    )
    if again.envelope != raw:
        raise TransactionShapeError("not_canonical", "the envelope has bytes that its content does not explain")
    return Route(channel, sequence, fee, max_time, call, resources, again)


def _read_operation(operations: list[xdr.Operation], channel: str) -> RouteCall:
    if len(operations) != 1:
        raise TransactionShapeError("operation_count", f"{len(operations)} operations: a route has one")
    invoked = operations[0].body.invoke_host_function_op
    if invoked is None or invoked.host_function.invoke_contract is None:
        raise TransactionShapeError(
            "operation_type", f"the operation is {operations[0].body.type.name}, not a contract call"
        )
    source = operations[0].source_account
    call = read_call(invoked.host_function.invoke_contract)
    if (channel if source is None else _ed25519(source)) != call.trader:
        raise TransactionShapeError("operation_source", f"the operation acts for another than its trader {call.trader}")
    return call


def _authorisation(call: RouteCall) -> xdr.SorobanAuthorizationEntry:
    amount = (scval.to_address(call.trader), scval.to_address(call.executor), scval.to_int128(call.amount))
    within = xdr.SorobanAuthorizedInvocation(_authorised(InvokeContract(call.base, "transfer", amount)), [])
    return xdr.SorobanAuthorizationEntry(
        credentials=xdr.SorobanCredentials(xdr.SorobanCredentialsType.SOROBAN_CREDENTIALS_SOURCE_ACCOUNT),
        root_invocation=xdr.SorobanAuthorizedInvocation(_authorised(operation_of(call)), [within]),
    )


def _authorised(operation: InvokeContract) -> xdr.SorobanAuthorizedFunction:
    kind = xdr.SorobanAuthorizedFunctionType.SOROBAN_AUTHORIZED_FUNCTION_TYPE_CONTRACT_FN
    return xdr.SorobanAuthorizedFunction(kind, contract_fn=operation.invocation())


def _ed25519(account: xdr.MuxedAccount) -> str:
    if account.ed25519 is None:
        raise TransactionShapeError("operation_source", "a multiplexed account: a route has plain ones")
    return address_of(account.ed25519.uint256)
