"""One call of the route executor: `execute(trader, base, amount, min_profit, steps)`, to XDR and back.

The interface is that of `soroban/contracts/route_executor`; tests hold it against the contract's own spec.
"""

import struct
from enum import IntEnum
from functools import lru_cache
from typing import Final, NamedTuple

from stellar_sdk import Address, scval, xdr
from stellar_sdk.exceptions import SdkError

from arb.contracts.errors import TransactionShapeError
from arb.contracts.invocation.operations import InvokeContract
from arb.contracts.xdr_cursor import Cursor, address_of
from arb.markets.asset import account_key
from arb.markets.errors import MarketsError
from arb.markets.soroban.tokens import contract_address, contract_key

FUNCTION: Final = "execute"
_I128_MAX: Final = 2**127 - 1
_MOST_STEPS: Final = 16

_U32, _I128, _SYMBOL, _VEC, _MAP, _ADDRESS = 3, 10, 15, 16, 17, 18
"""SCValType."""


class Venue(IntEnum):
    """What a step trades on, by the contract's numbers."""

    SOROSWAP = 0
    AQUARIUS = 1
    PHOENIX = 2


class CallStep(NamedTuple):
    """All that is held of `token_in` becomes at least `min_out` of `token_out`. Addresses are `C…`."""

    venue: Venue
    pool: str
    token_in: str
    token_out: str
    min_out: int


class RouteCall(NamedTuple):
    """A cycle of `amount` of token `base`, undone unless `trader` ends with at least `min_profit` more of it."""

    executor: str
    trader: str
    base: str
    amount: int
    min_profit: int
    steps: tuple[CallStep, ...]


def operation_of(call: RouteCall) -> InvokeContract:
    """The call as an operation. TransactionShapeError names what cannot be sent."""
    _must_be_a_trade(call)
    try:
        return InvokeContract(
            call.executor,
            FUNCTION,
            (
                scval.to_address(call.trader),
                scval.to_address(call.base),
                scval.to_int128(call.amount),
                scval.to_int128(call.min_profit),
                scval.to_vec([_step(step) for step in call.steps]),
            ),
        )
    except (SdkError, ValueError) as wrong:
        raise TransactionShapeError("route", f"not a route that can be sent: {wrong}") from None


def packed_call(call: RouteCall) -> bytes:
    """InvokeContractArgs of `operation_of(call)`, byte for byte, without the generated classes.

    A route is packed and read on the way from a ledger's close to its transaction, by whom builds and by whom signs it.
    TransactionShapeError names what cannot be sent.
    """
    _must_be_a_trade(call)
    try:
        return b"".join(
            (
                struct.pack(">i32s", 1, contract_key(call.executor)),
                _symbol(FUNCTION),
                struct.pack(">I", 5),
                _account(call.trader),
                _contract(call.base),
                _i128(call.amount),
                _i128(call.min_profit),
                struct.pack(">iII", _VEC, 1, len(call.steps)),
                *map(_packed_step, call.steps),
            )
        )
    except (MarketsError, struct.error, OverflowError) as wrong:
        raise TransactionShapeError("route", f"not a route that can be sent: {wrong}") from None


def packed_transfer(call: RouteCall) -> bytes:
    """InvokeContractArgs of the one transfer within the call: the amount, from the trader to the route executor."""
    return b"".join(
        (
            struct.pack(">i32s", 1, contract_key(call.base)),
            _symbol("transfer"),
            struct.pack(">I", 3),
            _account(call.trader),
            _contract(call.executor),
            _i128(call.amount),
        )
    )


def read_call(invoked: xdr.InvokeContractArgs) -> RouteCall:
    """The call that these arguments make. TransactionShapeError when they are not `execute` of a route executor.

    What was read is written again and must give the same bytes, so nothing is left that this reading did not see.
    """
    try:
        call = _read(invoked)
    except (SdkError, ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise TransactionShapeError("route", f"the arguments are not those of a route: {wrong}") from None
    if packed_call(call) != invoked.to_xdr_bytes():
        raise TransactionShapeError("not_canonical", "the call has bytes that its content does not explain")
    return call


def read_packed_call(cursor: Cursor) -> RouteCall:
    """What `packed_call` wrote at this place. It believes the bytes: compare `packed_call` of the result with them.

    Malformed, TransactionShapeError, ValueError or struct.error when they are nothing of the kind.
    """
    cursor.skip(4)
    executor = contract_address(cursor.fixed(32))
    cursor.skip(len(_symbol(FUNCTION)) + 4 + 12)
    trader = address_of(cursor.fixed(32))
    base = _read_contract(cursor)
    amount, min_profit = _read_i128(cursor), _read_i128(cursor)
    cursor.skip(8)
    steps = tuple(_read_packed_step(cursor) for _ in range(min(cursor.u32(), _MOST_STEPS)))
    return RouteCall(executor, trader, base, amount, min_profit, steps)


def _read_packed_step(cursor: Cursor) -> CallStep:
    cursor.skip(12 + len(_field("min_out")))
    min_out = _read_i128(cursor)
    cursor.skip(len(_field("pool")))
    pool = _read_contract(cursor)
    cursor.skip(len(_field("token_in")))
    token_in = _read_contract(cursor)
    cursor.skip(len(_field("token_out")))
    token_out = _read_contract(cursor)
    cursor.skip(len(_field("venue")) + 4)
    return CallStep(Venue(cursor.u32()), pool, token_in, token_out, min_out)


def _read_contract(cursor: Cursor) -> str:
    cursor.skip(8)
    return contract_address(cursor.fixed(32))


def _read_i128(cursor: Cursor) -> int:
    cursor.skip(4)
    return int.from_bytes(cursor.fixed(16), "big", signed=True)


def _must_be_a_trade(call: RouteCall) -> None:
    if not 0 < call.amount <= _I128_MAX or not 0 <= call.min_profit <= _I128_MAX:
        raise TransactionShapeError("route", f"amount {call.amount} and least profit {call.min_profit}: not a trade")


def _read(invoked: xdr.InvokeContractArgs) -> RouteCall:
    function = invoked.function_name.sc_symbol.decode()
    if function != FUNCTION:
        raise ValueError(f"function {function!r} instead of {FUNCTION!r}")
    if len(invoked.args) != 5:
        raise ValueError(f"{len(invoked.args)} arguments instead of 5")
    trader, base, amount, min_profit, steps = invoked.args
    return RouteCall(
        executor=Address.from_xdr_sc_address(invoked.contract_address).address,
        trader=scval.from_address(trader).address,
        base=scval.from_address(base).address,
        amount=scval.from_int128(amount),
        min_profit=scval.from_int128(min_profit),
        steps=tuple(_read_step(step) for step in scval.from_vec(steps)),
    )


def _step(step: CallStep) -> xdr.SCVal:
    return scval.to_struct(
        {
            "min_out": scval.to_int128(step.min_out),
            "pool": scval.to_address(step.pool),
            "token_in": scval.to_address(step.token_in),
            "token_out": scval.to_address(step.token_out),
            "venue": scval.to_uint32(step.venue),
        }
    )


def _read_step(value: xdr.SCVal) -> CallStep:
    fields = scval.from_struct(value)
    return CallStep(
        venue=Venue(scval.from_uint32(fields["venue"])),
        pool=scval.from_address(fields["pool"]).address,
        token_in=scval.from_address(fields["token_in"]).address,
        token_out=scval.from_address(fields["token_out"]).address,
        min_out=scval.from_int128(fields["min_out"]),
    )


def _packed_step(step: CallStep) -> bytes:
    """The struct's fields in the order of their names."""
    return b"".join(
        (
            struct.pack(">iII", _MAP, 1, 5),
            _field("min_out"),
            _i128(step.min_out),
            _field("pool"),
            _contract(step.pool),
            _field("token_in"),
            _contract(step.token_in),
            _field("token_out"),
            _contract(step.token_out),
            _field("venue"),
            struct.pack(">iI", _U32, step.venue),
        )
    )


@lru_cache(maxsize=16)
def _field(name: str) -> bytes:
    return struct.pack(">i", _SYMBOL) + _symbol(name)


def _symbol(name: str) -> bytes:
    text = name.encode()
    return struct.pack(">I", len(text)) + text + bytes(-len(text) % 4)


def _account(address: str) -> bytes:
    return struct.pack(">iii32s", _ADDRESS, 0, 0, account_key(address))


def _contract(address: str) -> bytes:
    return struct.pack(">ii32s", _ADDRESS, 1, contract_key(address))


def _i128(value: int) -> bytes:
    return struct.pack(">i", _I128) + value.to_bytes(16, "big", signed=True)
