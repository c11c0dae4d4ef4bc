"""A contract taken for something: every answer is held against what such a contract answers."""

from collections.abc import Sequence
from typing import Any, ClassVar

from arb.contracts.contract import Contract
from arb.contracts.interfaces import InterfaceCache
from arb.contracts.invocation.operations import InvokeContract
from arb.contracts.rpc import RpcClient
from arb.contracts.spec.errors import MissingFunctionError, UnusableFunctionError, WrongResultError
from arb.contracts.venues.errors import NotThatContractError


class TypedContract:
    """Calls by simulation only. Every call raises NotThatContractError when the contract is none of its `kind`,

    ContractCallError when it refuses, CallFailedError when it fails, SpecError for arguments that do not fit, and the
    errors of the network.
    """

    kind: ClassVar[str]
    functions: ClassVar[tuple[str, ...]]
    """What a contract of this kind has at least."""

    def __init__(self, rpc: RpcClient, contract: str, interfaces: InterfaceCache) -> None:
        """NotAContractError when `contract` is no contract id (C...)."""
        self._contract = Contract(rpc, contract, interfaces)
        self.id = contract

    async def check(self) -> None:
        """NotThatContractError unless the contract has every function of its kind."""
        interface = await self._contract.interface()
        for function in self.functions:
            try:
                interface.require((function,))
            except MissingFunctionError as missing:
                raise self._not_that(function, str(missing)) from None

    async def _declares(self, function: str) -> bool:
        return function in (await self._contract.interface()).functions

    async def _call(self, function: str, *arguments: object) -> InvokeContract:
        """The call encoded, for a transaction."""
        interface = await self._contract.interface()
        try:
            self._takes(len(interface.function(function).inputs), function, arguments)
            return InvokeContract(self.id, function, tuple(interface.encode_arguments(function, arguments)))
        except (MissingFunctionError, UnusableFunctionError) as other:
            raise self._not_that(function, str(other)) from None

    async def _read(self, function: str, *arguments: object) -> Any:
        try:
            declared = (await self._contract.interface()).function(function)
            self._takes(len(declared.inputs), function, arguments)
            return await self._contract.read(function, *arguments)
        except (MissingFunctionError, UnusableFunctionError, WrongResultError) as other:
            raise self._not_that(function, str(other)) from None

    async def _integer(self, function: str, *arguments: object) -> int:
        value = await self._read(function, *arguments)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._not_that(function, f"answered {value!r:.60}, expected an integer")
        return value

    async def _text(self, function: str, *arguments: object) -> str:
        value = await self._read(function, *arguments)
        if not isinstance(value, str):
            raise self._not_that(function, f"answered {value!r:.60}, expected text or an address")
        return value

    async def _integers(self, function: str, *arguments: object) -> tuple[int, ...]:
        value = await self._read(function, *arguments)
        if not isinstance(value, list | tuple) or not all(isinstance(each, int) for each in value):
            raise self._not_that(function, f"answered {value!r:.60}, expected integers")
        return tuple(value)

    async def _texts(self, function: str, *arguments: object) -> tuple[str, ...]:
        value = await self._read(function, *arguments)
        if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
            raise self._not_that(function, f"answered {value!r:.60}, expected texts or addresses")
        return tuple(value)

    def _fields(self, function: str, value: object, **kinds: type) -> dict[str, Any]:
        """A struct's fields, each of the type given. NotThatContractError when it is something else."""
        if not isinstance(value, dict) or any(type(value.get(name)) is not kind for name, kind in kinds.items()):
            wanted = ", ".join(f"{name}: {kind.__name__}" for name, kind in kinds.items())
            raise self._not_that(function, f"answered {value!r:.80}, expected a struct of {wanted}")
        return {name: value[name] for name in kinds}

    def _not_that(self, function: str, why: str) -> NotThatContractError:
        return NotThatContractError(self.kind, self.id, function, why)

    def _takes(self, declared: int, function: str, arguments: Sequence[object]) -> None:
        if declared != len(arguments):
            raise self._not_that(function, f"takes {declared} arguments, expected {len(arguments)}")
