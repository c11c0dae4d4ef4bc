"""A route through contract pools as a transaction, simulated before it is built, and who else touched its pools."""

import base64
from collections.abc import Callable
from typing import Final

from arb.contracts.errors import Malformed
from arb.contracts.invocation.envelope import Draft
from arb.contracts.invocation.fees import FeeAboveCap, FeePolicy
from arb.contracts.invocation.outcomes import GiveUp, RestoreFirst
from arb.contracts.invocation.prepare import after_simulation
from arb.contracts.routes.call import CallStep, RouteCall, Venue, operation_of
from arb.contracts.routes.envelope import UNDECLARED, build_route
from arb.contracts.rpc import RpcClient
from arb.contracts.transactions import Transaction
from arb.executor.adapters.frame import Frame
from arb.executor.ports import PlanRefusedError
from arb.markets.soroban.tokens import contract_key
from arb.messages.routes import ContractRoute

_VENUES: Final = {"soroswap": Venue.SOROSWAP, "aquarius": Venue.AQUARIUS, "phoenix": Venue.PHOENIX}
_LEAST_BID: Final = 100
"""Stroops for a place in the ledger, at least."""

_CONTRACT_DATA: Final = bytes((0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1))
"""LedgerEntryData of a contract begins so in XDR; the contract's 32 bytes follow."""


async def build(rpc: RpcClient, plan: ContractRoute, frame: Frame) -> tuple[Transaction, int, int]:
    """The transaction, with the footprint and resources that the network's newest state asks for, its fee and how much
    of that is for resources.

    PlanRefusedError when the call fails in simulation, needs a restore first or costs more than the frame allows;
    NetworkError when nobody can simulate it.
    """
    call = _call(plan, frame)
    answer = await rpc.simulate_transaction(_pack(call, UNDECLARED, frame, frame.max_fee).envelope_xdr)
    draft = Draft(
        operation_of(call), frame.source, frame.trading_account, frame.sequence, frame.max_time, frame.passphrase
    )
    prepared = after_simulation(draft, answer)
    if isinstance(prepared, GiveUp):
        raise PlanRefusedError(f"simulation:{prepared.reason}", prepared.detail)
    if isinstance(prepared, RestoreFirst):
        raise PlanRefusedError("simulation:entry_archived", "a ledger entry of the route is archived")
    fees = FeePolicy(total_cap=frame.max_fee)
    data = fees.with_margin(prepared.data, prepared.resource_fee)
    try:
        least = fees.total(data, inclusion_fee=_LEAST_BID)
    except FeeAboveCap as dear:
        raise PlanRefusedError("fee_above_cap", str(dear)) from None
    if plan.profit < least:
        raise PlanRefusedError("fee_above_profit", f"it earns {plan.profit} stroops, the network may ask {least}")
    resource_fee = data.resource_fee.int64
    fee = min(resource_fee + max(frame.inclusion_fee, _LEAST_BID), frame.max_fee)
    # The scanner only reckoned with a fee: what the call may now cost is the least it has to earn.
    dearer = call._replace(min_profit=max(call.min_profit, min(fee, plan.profit)))
    return _pack(dearer, data.to_xdr_bytes(), frame, fee), fee, resource_fee


def toucher(plan: ContractRoute) -> Callable[[str], bool]:
    """Tells of a transaction's meta (base64) whether it changed an entry of one of the plan's pools."""
    marks = [_CONTRACT_DATA + contract_key(step.pool) for step in plan.steps]

    def touched(meta: str) -> bool:
        try:
            changes = base64.b64decode(meta, validate=True)
        except ValueError as wrong:
            raise Malformed(f"transaction meta is not base64: {wrong}") from None
        return any(mark in changes for mark in marks)

    return touched


def _call(plan: ContractRoute, frame: Frame) -> RouteCall:
    """Steps have no minimum of their own: the least profit of the whole is what counts."""
    return RouteCall(
        executor=plan.executor,
        trader=frame.trading_account,
        base=plan.base_token,
        amount=plan.amount_in,
        min_profit=plan.min_profit,
        steps=tuple(CallStep(_VENUES[s.venue], s.pool, s.token_in, s.token_out, min_out=0) for s in plan.steps),
    )


def _pack(call: RouteCall, resources: bytes, frame: Frame, fee: int) -> Transaction:
    return build_route(
        call,
        resources,
        channel=frame.source,
        sequence=frame.sequence,
        fee=fee,
        max_time=frame.max_time,
        passphrase=frame.passphrase,
    )
