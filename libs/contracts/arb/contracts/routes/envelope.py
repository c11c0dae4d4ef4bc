"""The one transaction of a route: packed from a call and its simulated resources, and read back with distrust.

The authorisation is written here, not taken from a simulation: the trader allows this very call and, within it, one
transfer of the amount to the route executor. Whatever a node answers, nothing else can be signed.
"""

import struct
from typing import Final, NamedTuple

from stellar_sdk import xdr
from stellar_sdk.exceptions import SdkError

from arb.contracts.entry_extent import skip_ledger_key
from arb.contracts.errors import Malformed, TransactionShapeError
from arb.contracts.routes.call import RouteCall, packed_call, packed_transfer, read_call, read_packed_call
from arb.contracts.transactions import Transaction, build_transaction
from arb.contracts.xdr_cursor import Cursor, address_of, from_base64
from arb.markets.asset import account_key
from arb.markets.errors import MarketsError

_NOTHING: Final = xdr.Uint32(0)
UNDECLARED: Final = xdr.SorobanTransactionData(
    xdr.SorobanTransactionDataExt(0),
    xdr.SorobanResources(xdr.LedgerFootprint([], []), _NOTHING, _NOTHING, _NOTHING),
    xdr.Int64(0),
).to_xdr_bytes()
"""The resources of a transaction that is only to be simulated."""

_MOST_KEYS: Final = 400
"""Entries a transaction may declare on the public network."""

_OWN_SOURCE: Final = struct.pack(">i", 0)
_INVOKE: Final = struct.pack(">ii", 24, 0)  # OperationType, HostFunctionType invoke contract
_AUTHORISED: Final = struct.pack(">Iii", 1, 0, 0)  # one entry: credentials of the source account, contract function
_WITHIN: Final = struct.pack(">Ii", 1, 0)  # one invocation within: contract function
_NOTHING_WITHIN: Final = struct.pack(">I", 0)


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
    if max_time <= 0:
        raise TransactionShapeError("max_time", "a transaction without maxTime can never be proven dead")
    return build_transaction(
        [_operation(call, channel)],
        source=channel,
        sequence=sequence,
        fee=fee,
        max_time=max_time,
        passphrase=passphrase,
        resources=resources,
    )


def _operation(call: RouteCall, channel: str) -> bytes:
    """InvokeHostFunction with its authorisation, acting for the call's trader."""
    invoked = packed_call(call)
    own = _OWN_SOURCE if call.trader == channel else struct.pack(">ii32s", 1, 0, account_key(call.trader))
    return b"".join((own, _INVOKE, invoked, _AUTHORISED, invoked, _WITHIN, packed_transfer(call), _NOTHING_WITHIN))


def read_route(envelope_xdr: str, passphrase: str) -> Route:
    """Parses base64 XDR of an unsigned route transaction for the network of `passphrase`.

    What was read is packed again and must give the same bytes. TransactionShapeError with code: malformed,
    envelope_type, time_bounds, operation_count, operation_source, operation_type, resources, route, signatures_present
    or not_canonical.
    """
    try:
        raw = from_base64(envelope_xdr)
        quickly = _read_what_we_write(raw, passphrase)
        if quickly is not None:
            return quickly
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


def _read_what_we_write(raw: bytes, passphrase: str) -> Route | None:
    """The route, if these are to the byte what `build_route` writes; None says nothing: read them with care then.

    Ten times as quick as with the generated classes, between a ledger's close and its transaction.
    """
    cursor = Cursor(raw)
    try:
        cursor.skip(4)
        channel = cursor.muxed_account()
        fee, sequence = cursor.u32(), cursor.i64()
        cursor.skip(4 + 8)
        max_time = cursor.u64()
        cursor.skip(4 + 4)
        start = cursor.at
        cursor.skip((4 + 36 if cursor.u32() else 0) - 4 + 8)
        call = read_packed_call(cursor)
        at = start + len(_operation(call, channel)) + 4
        if not _is_resources(raw, at, len(raw) - 4):
            return None
        resources = raw[at:-4]
        again = build_route(
            call, resources, channel=channel, sequence=sequence, fee=fee, max_time=max_time, passphrase=passphrase
        )
    except (Malformed, TransactionShapeError, MarketsError, ValueError, struct.error):
        return None
    return Route(channel, sequence, fee, max_time, call, resources, again) if again.envelope == raw else None


def _is_resources(raw: bytes, start: int, end: int) -> bool:
    """Whether SorobanTransactionData, restoring nothing, takes up exactly these bytes."""
    cursor = Cursor(raw, start)
    if cursor.u32() != 0:
        return False
    for _ in range(2):
        for _ in range(min(cursor.u32(), _MOST_KEYS)):
            if not skip_ledger_key(cursor):
                return False
    return cursor.at + 3 * 4 + 8 == end


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


def _ed25519(account: xdr.MuxedAccount) -> str:
    if account.ed25519 is None:
        raise TransactionShapeError("operation_source", "a multiplexed account: a route has plain ones")
    return address_of(account.ed25519.uint256)
