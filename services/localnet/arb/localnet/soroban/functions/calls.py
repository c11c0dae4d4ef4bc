"""Host functions of module d: calling another contract, with or without surviving its failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.functions.signature import Table
from arb.localnet.soroban.values import HostValue

if TYPE_CHECKING:
    from arb.localnet.soroban.host import Host

TABLE = Table("d")

_SWALLOWED: HostValue = (v.ERROR, (int(ErrorType.CONTEXT), int(ErrorCode.INVALID_ACTION)))
"""What a caller sees of a failure that is not the callee's own: host errors stay out of what contracts can observe."""


def _call(host: Host, what: str, contract: HostValue, function: str, args: tuple[HostValue, ...]) -> HostValue:
    host.touch((v.VEC, args))
    try:
        return host.call(host.contract_of(contract), function, args)
    except HostError as error:
        host.report(error, f"contract {what} failed", (v.SYMBOL, function), (v.VEC, args))
        raise


@TABLE.export("_", "Address", "Symbol", "Vec", gives="Val")
def call(host: Host, contract: HostValue, function: str, args: tuple[HostValue, ...]) -> HostValue:
    return _call(host, "call", contract, function, args)


@TABLE.export("0", "Address", "Symbol", "Vec", gives="Val")
def try_call(host: Host, contract: HostValue, function: str, args: tuple[HostValue, ...]) -> HostValue:
    try:
        return _call(host, "try_call", contract, function, args)
    except HostError as error:
        if not error.recoverable:
            raise
        return error.value if error.type is ErrorType.CONTRACT else _SWALLOWED
