"""The budget of an invocation: work and memory are charged as they are used, so that every call ends."""

from __future__ import annotations

from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError

__all__ = ["CPU_PER_FUEL", "Budget"]

CPU_PER_FUEL = 4
"""Model instructions of a wasm instruction (the network's WasmInsnExec); the engine's fuel counts wasm instructions."""


class Budget:
    """Limits in the network's units: model instructions and bytes. The defaults are mainnet's limits a transaction."""

    def __init__(self, cpu_instructions: int = 100_000_000, memory_bytes: int = 41_943_040) -> None:
        self.cpu_limit = cpu_instructions
        self.memory_limit = memory_bytes
        self.cpu_used = 0
        self.memory_used = self.memory_peak = 0

    def charge(self, cpu: int, memory: int = 0) -> None:
        """Use `cpu` instructions and `memory` bytes. Raises HostError(BUDGET, EXCEEDED_LIMIT) past either limit."""
        self.cpu_used += cpu
        if memory:
            self.memory_used += memory
            self.memory_peak = max(self.memory_peak, self.memory_used)
        if self.cpu_used > self.cpu_limit or self.memory_used > self.memory_limit:
            raise exceeded("instructions" if self.cpu_used > self.cpu_limit else "memory")

    @property
    def overrun(self) -> bool:
        """Whether more was asked for than there was; fuel of less than a wasm instruction cannot be used."""
        return self.cpu_used + CPU_PER_FUEL > self.cpu_limit or self.memory_peak > self.memory_limit

    def release(self, memory: int) -> None:
        """Give back the linear memory of a contract whose frame ended."""
        self.memory_used -= memory


def exceeded(what: str) -> HostError:
    """The network's end of a call that used more than its budget of `what`."""
    return HostError(ErrorType.BUDGET, ErrorCode.EXCEEDED_LIMIT, f"the budget of {what} is used up")
