"""Reading an unsigned basket back: a parser that knows one shape only, so that a signer cannot be fooled by another.

It accepts exactly what `transactions.build_basket` can build. Anything else (another operation, a memo, further
preconditions, a fee-bump, a multiplexed account, trailing bytes) is refused with a stable code. As a last guard the
parsed values are packed again and must give the same bytes.
"""

from typing import Final, NamedTuple

from stellar_sdk.xdr import EnvelopeType, OperationType

from arb.contracts.errors import Malformed, TransactionShapeError
from arb.contracts.transactions import MAX_OPERATIONS, MAX_PATH, Cycle, Transaction, build_basket
from arb.contracts.xdr_cursor import Cursor, from_base64

_ENVELOPE_TX: Final = 2
_PATH_PAYMENT_STRICT_RECEIVE: Final = 2


class Basket(NamedTuple):
    """What an unsigned basket says: amounts and fee in stroops, `max_time` in unix seconds."""

    channel: str
    trading: str
    sequence: int
    fee: int
    max_time: int
    cycles: tuple[Cycle, ...]
    transaction: Transaction


def read_basket(envelope_xdr: str, passphrase: str) -> Basket:
    """Parses base64 XDR of an unsigned basket for the network of `passphrase`, whose id its hash includes.

    TransactionShapeError with code: malformed, envelope_type, time_bounds, memo, operation_count, operation_source,
    operation_type, destination, path, signatures_present or not_canonical.
    """
    try:
        envelope = from_base64(envelope_xdr)
        return _read(Cursor(envelope), envelope, passphrase)
    except Malformed as wrong:
        raise TransactionShapeError("malformed", f"not a basket: {wrong}") from None


def _read(cursor: Cursor, envelope: bytes, passphrase: str) -> Basket:
    kind = cursor.u32()
    if kind != _ENVELOPE_TX:
        raise TransactionShapeError(
            "envelope_type", f"the envelope is {_name(EnvelopeType, kind)}, not a v1 transaction"
        )
    channel = cursor.muxed_account()
    fee, sequence = cursor.u32(), cursor.i64()
    if cursor.u32() != 1:
        raise TransactionShapeError("time_bounds", "the transaction must have time bounds and no other precondition")
    min_time, max_time = cursor.u64(), cursor.u64()
    if min_time or not max_time:
        raise TransactionShapeError("time_bounds", f"time bounds {min_time}..{max_time}: expected 0..a set max time")
    if cursor.u32() != 0:
        raise TransactionShapeError("memo", "the transaction carries a memo: a basket has none")
    count = cursor.u32()
    if not 0 < count <= MAX_OPERATIONS:
        raise TransactionShapeError("operation_count", f"{count} operations: a basket has 1..{MAX_OPERATIONS}")
    trading = ""
    cycles = []
    for index in range(count):
        source, cycle = _read_cycle(cursor, index)
        if trading not in ("", source):
            raise TransactionShapeError("operation_source", f"operation {index} has a source of its own: {source}")
        trading = source
        cycles.append(cycle)
    if cursor.u32() != 0:
        raise TransactionShapeError("not_canonical", "the transaction has an extension")
    if cursor.u32() != 0:
        raise TransactionShapeError("signatures_present", "the envelope already carries signatures")
    again = build_basket(
        cycles,
        channel=channel,
        trading=trading,
        sequence=sequence,
        fee=fee,
        max_time=max_time,
        passphrase=passphrase,
    )
    if again.envelope != envelope:
        raise TransactionShapeError("not_canonical", "the envelope has bytes that its content does not explain")
    return Basket(channel, trading, sequence, fee, max_time, tuple(cycles), again)


def _read_cycle(cursor: Cursor, index: int) -> tuple[str, Cycle]:
    if cursor.u32() != 1:
        raise TransactionShapeError(
            "operation_source", f"operation {index} has no source: it would act for the channel"
        )
    source = cursor.muxed_account()
    kind = cursor.u32()
    if kind != _PATH_PAYMENT_STRICT_RECEIVE:
        raise TransactionShapeError(
            "operation_type", f"operation {index} is {_name(OperationType, kind)}: only strict-receive path payments"
        )
    send, send_max = cursor.asset(), cursor.i64()
    destination = cursor.muxed_account()
    if destination != source:
        raise TransactionShapeError("destination", f"operation {index} pays {destination}, not its own source {source}")
    dest, dest_amount = cursor.asset(), cursor.i64()
    length = cursor.u32()
    if length > MAX_PATH:
        raise TransactionShapeError("path", f"operation {index} has a path of {length} assets: at most {MAX_PATH}")
    path = [cursor.asset() for _ in range(length)]
    return source, Cycle((send, *path, dest), send_max, dest_amount)


def _name(kind: type[EnvelopeType] | type[OperationType], number: int) -> str:
    try:
        return kind(number).name
    except ValueError:
        return f"of unknown kind {number}"
