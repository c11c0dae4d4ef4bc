"""A contract call tried out on the network's newest state, and what has to be signed and declared so that it holds."""

from dataclasses import dataclass, replace
from typing import Final

from stellar_sdk import xdr

from arb.contracts.errors import Malformed
from arb.contracts.invocation.auth import AuthToSign, completed, to_sign
from arb.contracts.invocation.classify import refused_call
from arb.contracts.invocation.envelope import Draft, build_invocation
from arb.contracts.invocation.fees import FeePolicy
from arb.contracts.invocation.host_fault import fault_of_text
from arb.contracts.invocation.operations import declared_before_simulation
from arb.contracts.invocation.outcomes import GiveUp, GiveUpReason, RestoreFirst
from arb.contracts.rpc import RpcClient
from arb.contracts.simulation import Simulation
from arb.contracts.transactions import Transaction

_ANY_FEE: Final = 100


@dataclass(frozen=True, slots=True)
class Prepared:
    """A simulated call. `value` is what it would return, `ledger` the newest ledger it was simulated on."""

    draft: Draft
    data: xdr.SorobanTransactionData
    resource_fee: int
    auth: tuple[xdr.SorobanAuthorizationEntry, ...]
    value: xdr.SCVal | None
    ledger: int

    def to_sign(self, *, expiration_ledger: int) -> tuple[AuthToSign, ...]:
        """What others than the operation's source have to sign (see `auth.to_sign`)."""
        return to_sign(self.auth, expiration_ledger=expiration_ledger, passphrase=self.draft.passphrase)

    def build(
        self, fees: FeePolicy, *, inclusion_fee: int, signed: tuple[xdr.SorobanAuthorizationEntry, ...] = ()
    ) -> Transaction:
        """The unsigned envelope; channel and operator still have to sign it.

        FeeAboveCap, or AuthorisationError while an entry of `to_sign` is not among `signed`.
        """
        data = fees.with_margin(self.data, self.resource_fee)
        auth = completed(self.auth, signed)
        return build_invocation(self.draft, data=data, auth=auth, fee=fees.total(data, inclusion_fee))


def before_simulation(draft: Draft, auth: tuple[xdr.SorobanAuthorizationEntry, ...] = ()) -> str:
    """The envelope (base64) to simulate. With signed `auth` the simulation checks signatures and measures them."""
    data = declared_before_simulation(draft.operation)
    return build_invocation(draft, data=data, auth=auth, fee=_ANY_FEE).envelope_xdr


def after_simulation(draft: Draft, answer: Simulation) -> Prepared | RestoreFirst | GiveUp:
    """What a simulation asks for. Nothing has been sent, so a refusal costs nothing and needs no proof."""
    if answer.error is not None:
        fault = fault_of_text(answer.error, answer.diagnostic_events)
        if fault is None:
            return GiveUp(GiveUpReason.MALFORMED, answer.error)
        return refused_call(fault)
    if answer.restore is not None:
        return RestoreFirst(answer.restore.transaction_data, answer.restore.min_resource_fee)
    if answer.transaction_data is None or answer.min_resource_fee is None:
        raise Malformed("simulateTransaction answered neither an error nor transaction data")
    return Prepared(
        draft, answer.transaction_data, answer.min_resource_fee, answer.auth, answer.result, answer.latest_ledger
    )


async def prepare(rpc: RpcClient, draft: Draft) -> Prepared | RestoreFirst | GiveUp:
    """Simulate a draft. NetworkError when nobody answers usefully: simulating again is always safe."""
    return after_simulation(draft, await rpc.simulate_transaction(before_simulation(draft)))


async def prepare_signed(
    rpc: RpcClient, call: Prepared, signed: tuple[xdr.SorobanAuthorizationEntry, ...]
) -> Prepared | RestoreFirst | GiveUp:
    """Simulate once more with the authorisations signed, which checks them before a fee is at stake.

    Needed where a contract account authorises: only then is declared what its `__check_auth` touches. The answer is
    built with the same `signed`. AuthorisationError while one is missing.
    """
    answer = await rpc.simulate_transaction(before_simulation(call.draft, completed(call.auth, signed)))
    found = after_simulation(call.draft, answer)
    return replace(found, auth=call.auth) if isinstance(found, Prepared) else found


def restoring(draft: Draft, first: RestoreFirst, fees: FeePolicy, *, inclusion_fee: int) -> Transaction:
    """The unsigned RestoreFootprint that `first` asks for, on the draft's sequence number. FeeAboveCap."""
    data = fees.with_margin(first.data, first.fee)
    operation = draft.restoring(first.data.resources.footprint.read_write)
    return build_invocation(operation, data=data, fee=fees.total(data, inclusion_fee))
