"""One call of the route executor: `execute(trader, base, amount, min_profit, steps)`, to XDR and back.

The interface is that of `soroban/contracts/route_executor`; tests hold it against the contract's own spec.
"""

from enum import IntEnum
from typing import Final, NamedTuple

from stellar_sdk import Address, scval, xdr
from stellar_sdk.exceptions import SdkError

from arb.contracts.errors import TransactionShapeError
from arb.contracts.invocation.operations import InvokeContract

FUNCTION: Final = "execute"
_I128_MAX: Final = 2**127 - 1


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
    if not 0 < call.amount <= _I128_MAX or not 0 <= call.min_profit <= _I128_MAX:
        raise TransactionShapeError("route", f"amount {call.amount} and least profit {call.min_profit}: not a trade")
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


def read_call(invoked: xdr.InvokeContractArgs) -> RouteCall:
    """The call that these arguments make. TransactionShapeError when they are not `execute` of a route executor.

    What was read is written again and must give the same bytes, so nothing is left that this reading did not see.
    """
    try:
        call = _read(invoked)
    except (SdkError, ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise TransactionShapeError("route", f"the arguments are not those of a route: {wrong}") from None
    if operation_of(call).invocation().to_xdr_bytes() != invoked.to_xdr_bytes():
        raise TransactionShapeError("not_canonical", "the call has bytes that its content does not explain")
    return call


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
