"""Interfaces of deployed contracts, kept by the hash of their code: the same code has the same interface for ever."""

from collections import OrderedDict
from typing import Final

from arb.contracts.contract_code import Executable, read_executable, read_wasm
from arb.contracts.rpc import RpcClient
from arb.contracts.spec.asset_contract import ASSET_CONTRACT
from arb.contracts.spec.interface import Interface

_KEPT: Final = 128


class InterfaceCache:
    """At most `kept` interfaces, the least used dropped first. Share one among all contracts of a process."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._by_hash: OrderedDict[bytes, Interface] = OrderedDict()

    async def of(self, rpc: RpcClient, contract: str) -> tuple[Executable, Interface]:
        """What the contract runs now, and its interface: one request, two for code not seen before.

        NotAContractError, MalformedSpecError, or an error of the network.
        """
        executable = await read_executable(rpc, contract)
        if executable.wasm_hash is None:
            return executable, ASSET_CONTRACT
        known = self._by_hash.get(executable.wasm_hash)
        if known is None:
            known = Interface.from_wasm(await read_wasm(rpc, contract, executable.wasm_hash))
            self._by_hash[executable.wasm_hash] = known
            while len(self._by_hash) > self._kept:
                self._by_hash.popitem(last=False)
        self._by_hash.move_to_end(executable.wasm_hash)
        return executable, known
