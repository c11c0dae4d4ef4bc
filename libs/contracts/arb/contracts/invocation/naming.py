"""A contract's refusal by the name and words its own spec has for it."""

from dataclasses import replace

from arb.contracts.errors import NetworkError
from arb.contracts.interfaces import InterfaceCache
from arb.contracts.invocation.outcomes import GiveUp, GiveUpReason
from arb.contracts.rpc import RpcClient


async def named(refusal: GiveUp, rpc: RpcClient, interfaces: InterfaceCache, *, contract: str, function: str) -> GiveUp:
    """The refusal of a call of `contract`, with the name of its error; as it was where nobody gives it one.

    The contract the error arose in is asked: one that was called on the way lends its codes to its callers. Where the
    node does not say which that was, the called contract is taken for it.
    """
    fault = refusal.fault
    if refusal.reason is not GiveUpReason.CONTRACT_ERROR or fault is None:
        return refusal
    origin = fault.contract or contract
    try:
        _, interface = await interfaces.of(rpc, origin)
    except NetworkError:  # a name is a courtesy: the refusal stands without it
        return refusal
    case = interface.error_case(fault.code, function if origin == contract else None)
    if case is None:
        return refusal
    said = f": {case.doc}" if case.doc else ""
    return replace(refusal, name=case.name, detail=f"{case.name} (error {fault.code}) of {origin}{said}")
