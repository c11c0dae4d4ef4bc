"""A deployed contract, read by the interface it declares itself. Reading is simulating: nothing is ever submitted."""

import time
from collections.abc import Callable
from typing import Any, Final

from stellar_sdk import StrKey, xdr

from arb.contracts.contract_code import Executable, contract_key_bytes
from arb.contracts.contract_errors import CallFailedError, ContractCallError
from arb.contracts.errors import Malformed, NetworkError
from arb.contracts.interfaces import InterfaceCache
from arb.contracts.invocation.envelope import Draft, build_invocation
from arb.contracts.invocation.host_fault import HostFault, fault_of_text
from arb.contracts.invocation.operations import InvokeContract
from arb.contracts.rpc import RpcClient
from arb.contracts.simulation import Simulation
from arb.contracts.spec.errors import ErrorCase, ReturnedError, WrongResultError
from arb.contracts.spec.interface import Interface

_NOBODY: Final = StrKey.encode_ed25519_public_key(bytes(32))
"""Simulation asks for a source account and does not look whether it exists."""
_FRESH_SECONDS: Final = 60.0
_ANY_FEE: Final = 100


class Contract:
    """One contract id. Its interface is looked up on first use, and again when the contract seems to be upgraded."""

    def __init__(
        self,
        rpc: RpcClient,
        contract_id: str,
        interfaces: InterfaceCache,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """NotAContractError when `contract_id` is no contract id (C...). `clock` counts seconds."""
        contract_key_bytes(contract_id)
        self.id = contract_id
        self._rpc = rpc
        self._interfaces = interfaces
        self._clock = clock
        self._known: tuple[Executable, Interface] | None = None
        self._known_at = 0.0

    async def interface(self, *, refresh: bool = False) -> Interface:
        """What the contract declares; at most a minute old, read anew with `refresh`.

        NotAContractError when there is none, MalformedSpecError when its code declares nothing readable.
        """
        return (await self._current(refresh=refresh))[1]

    async def read(self, function: str, *arguments: object, **named: object) -> Any:
        """What the function would return now, by simulation only, as a Python value (see `Interface`).

        Arguments in order or by name. SpecError before anything is asked when they do not fit; ContractCallError when
        the contract refuses; CallFailedError when the call fails otherwise; NetworkError when nobody answers.
        """
        if arguments and named:
            raise TypeError(f"arguments of {function}: in order or by name, not both")
        given: Any = named or arguments
        before, interface = await self._current()
        try:
            return await self._read(interface, function, given)
        except ContractCallError:
            raise
        except (WrongResultError, CallFailedError):
            # Old knowledge may be why: a contract that was upgraded meanwhile has another interface.
            after, renewed = await self._current(refresh=True)
            if after == before:
                raise
            return await self._read(renewed, function, given)

    async def _read(self, interface: Interface, function: str, given: Any) -> Any:
        answer = await self._simulate(function, interface.encode_arguments(function, given))
        if answer.error is not None:
            raise await self._failure(interface, function, answer)
        if answer.result is None:
            raise Malformed(f"simulating {function} of {self.id} answered neither a result nor an error")
        try:
            return interface.decode_result(function, answer.result)
        except ReturnedError as returned:
            raise self._refused(function, returned.case, self.id) from None

    async def _simulate(self, function: str, arguments: list[xdr.SCVal]) -> Simulation:
        call = InvokeContract(self.id, function, tuple(arguments))
        draft = Draft(call, _NOBODY, _NOBODY, sequence=1, max_time=2**32, passphrase="")
        return await self._rpc.simulate_transaction(build_invocation(draft, data=None, fee=_ANY_FEE).envelope_xdr)

    async def _failure(self, interface: Interface, function: str, answer: Simulation) -> CallFailedError:
        assert answer.error is not None
        fault = fault_of_text(answer.error, answer.diagnostic_events)
        if fault is None:
            return CallFailedError(function, self.id, answer.error.splitlines()[0][:300])
        if fault.type is not xdr.SCErrorType.SCE_CONTRACT:
            return CallFailedError(function, self.id, str(fault))
        origin = fault.contract or self.id
        return self._refused(function, await self._case(interface, function, fault, origin), origin)

    async def _case(self, interface: Interface, function: str, fault: HostFault, origin: str) -> ErrorCase:
        """The error by the spec of the contract it arose in: its caller's has other meanings for the same code."""
        if origin == self.id:
            found = interface.error_case(fault.code, function)
        else:
            try:
                found = (await self._interfaces.of(self._rpc, origin))[1].error_case(fault.code)
            except NetworkError:  # the error's name is worth a request, not another error
                found = None
        return found or ErrorCase("", fault.code, fault.message)

    def _refused(self, function: str, case: ErrorCase, origin: str) -> ContractCallError:
        return ContractCallError(function, self.id, case.code, case.name, case.doc, origin)

    async def _current(self, *, refresh: bool = False) -> tuple[Executable, Interface]:
        now = self._clock()
        if self._known is None or refresh or now - self._known_at > _FRESH_SECONDS:
            self._known = await self._interfaces.of(self._rpc, self.id)
            self._known_at = now
        return self._known
