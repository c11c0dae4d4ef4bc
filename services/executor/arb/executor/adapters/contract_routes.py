"""A route through contract pools as a transaction, and who else touched its pools."""

import base64
from collections.abc import Callable
from typing import Final, NamedTuple

from arb.contracts.errors import Malformed
from arb.contracts.invocation.envelope import Draft
from arb.contracts.invocation.fees import FeePolicy
from arb.contracts.invocation.outcomes import GiveUp, RestoreFirst
from arb.contracts.invocation.prepare import after_simulation
from arb.contracts.routes.call import CallStep, RouteCall, Venue, operation_of
from arb.contracts.routes.envelope import UNDECLARED, build_route
from arb.contracts.routes.known_resources import Declared, KnownResources
from arb.contracts.rpc import RpcClient
from arb.contracts.transactions import Transaction
from arb.executor.adapters.frame import Frame
from arb.executor.ports import PlanRefusedError
from arb.markets.soroban.tokens import contract_key
from arb.messages.routes import ContractRoute

_VENUES: Final = {"soroswap": Venue.SOROSWAP, "aquarius": Venue.AQUARIUS, "phoenix": Venue.PHOENIX}
_LEAST_BID: Final = 100
"""Stroops for a place in the ledger, at least."""

_REMEMBERED: Final = 256
"""Transactions whose failure is waited for: far more than are under way at a time."""

_CONTRACT_DATA: Final = bytes((0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1))
"""LedgerEntryData of a contract begins so in XDR; the contract's 32 bytes follow."""


class Built(NamedTuple):
    """A transaction, its fee and how much of that is for resources, in stroops."""

    transaction: Transaction
    fee: int
    resource_fee: int


class RouteBuilder:
    """Builds routes, from a simulation of each or from what simulations of others showed of the same pools."""

    def __init__(self, rpc: RpcClient) -> None:
        self._rpc = rpc
        self._known = KnownResources()
        self._unsimulated: dict[str, RouteCall] = {}
        """By transaction hash, what was built without a simulation of its own."""

    async def build(self, plan: ContractRoute, frame: Frame, *, scanned: int, newest: int) -> Built:
        """The transaction of a plan that was made on ledger `scanned`; `newest` is the newest ledger that is known.

        Where that is another, only a simulation says what the plan still earns. PlanRefusedError when the call fails
        in simulation, needs a restore first or costs more than the frame allows; NetworkError when nobody can simulate.
        """
        call = _call(plan, frame)
        declared = self._known.of(call, newest) if newest == scanned else None
        if declared is None or declared.resource_fee + _LEAST_BID > min(frame.max_fee, plan.profit):
            return _bid(plan, call, await self._simulated(call, frame), frame)
        built = _bid(plan, call, declared, frame)
        self._remember(built.transaction.hash_hex, call)
        return built

    def failed(self, tx_hash: str) -> None:
        """The network refused this transaction, or applied it and it failed: what it declared may have been wrong."""
        call = self._unsimulated.pop(tx_hash, None)
        if call is not None:
            self._known.forget(call)

    def _remember(self, tx_hash: str, call: RouteCall) -> None:
        self._unsimulated[tx_hash] = call
        if len(self._unsimulated) > _REMEMBERED:
            del self._unsimulated[next(iter(self._unsimulated))]

    async def _simulated(self, call: RouteCall, frame: Frame) -> Declared:
        answer = await self._rpc.simulate_transaction(_pack(call, UNDECLARED, frame, frame.max_fee).envelope_xdr)
        draft = Draft(
            operation_of(call), frame.source, frame.trading_account, frame.sequence, frame.max_time, frame.passphrase
        )
        prepared = after_simulation(draft, answer)
        if isinstance(prepared, GiveUp):
            raise PlanRefusedError(f"simulation:{prepared.reason}", prepared.detail)
        if isinstance(prepared, RestoreFirst):
            raise PlanRefusedError("simulation:entry_archived", "a ledger entry of the route is archived")
        self._known.learn(call, prepared.data, prepared.resource_fee, prepared.ledger)
        data = FeePolicy().with_margin(prepared.data, prepared.resource_fee)
        return Declared(data.to_xdr_bytes(), data.resource_fee.int64)


def _bid(plan: ContractRoute, call: RouteCall, declared: Declared, frame: Frame) -> Built:
    least = declared.resource_fee + _LEAST_BID
    if least > frame.max_fee:
        told = f"the call needs {declared.resource_fee} stroops of resources, the cap with inclusion is {frame.max_fee}"
        raise PlanRefusedError("fee_above_cap", told)
    if plan.profit < least:
        raise PlanRefusedError("fee_above_profit", f"it earns {plan.profit} stroops, the network may ask {least}")
    fee = min(declared.resource_fee + max(frame.inclusion_fee, _LEAST_BID), frame.max_fee)
    # The scanner only reckoned with a fee: what the call may now cost is the least it has to earn.
    dearer = call._replace(min_profit=max(call.min_profit, min(fee, plan.profit)))
    return Built(_pack(dearer, declared.resources, frame, fee), fee, declared.resource_fee)


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
