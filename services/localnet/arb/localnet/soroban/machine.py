"""The engine's store of one invocation, and the budget's hold on it: fuel, and linear memory frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from wasmtime import Engine, Store

from arb.localnet.soroban.budget import CPU_PER_FUEL, Budget
from arb.localnet.soroban.frame import Frame

__all__ = ["Machine"]

_TABLE_ELEMENTS = 1_000
_INSTANCES = 10_000
_MEMORY_BYTES_A_CPU = 8
"""Linear memory costs one model instruction for so many bytes (the network's MemAlloc)."""
_INSTANTIATION_CPU = 50_000


class Machine:
    """All contracts of an invocation run in one store: one fuel tank and one native stack bound them together."""

    def __init__(self, engine: Engine, budget: Budget) -> None:
        self._engine = engine
        self._budget = budget
        self._store: Store | None = None
        self._fuel = 0

    def _opened(self) -> Store:
        if self._store is None:
            self._store = Store(self._engine)
            self._refuel(self._store)
        return self._store

    def _refuel(self, store: Store) -> None:
        self._fuel = max(0, self._budget.cpu_limit - self._budget.cpu_used) // CPU_PER_FUEL
        store.set_fuel(self._fuel)

    def settle(self) -> None:
        """Charge the wasm instructions run since the last time. Raises HostError(BUDGET, EXCEEDED_LIMIT)."""
        if self._store is not None:
            left = self._store.get_fuel()
            used, self._fuel = self._fuel - left, left
            self._budget.charge(used * CPU_PER_FUEL)

    def close(self) -> None:
        """Free the store; the budget keeps what was used."""
        if self._store is not None:
            left = self._store.get_fuel()
            self._budget.cpu_used += (self._fuel - left) * CPU_PER_FUEL
            self._store.close()
            self._store = None

    @contextmanager
    def running(self, frame: Frame, caller: Frame | None) -> Iterator[Store]:
        """The store, fuelled and limited to what the budget leaves, while the frame's guest is made and runs."""
        store = self._opened()
        if caller is not None:
            self._charge_memory(caller)
        self._budget.charge(_INSTANTIATION_CPU)
        self.settle()
        self._refuel(store)
        self._limit(store, frame)
        try:
            yield store
            self._charge_memory(frame)
            self.settle()
        except BaseException:
            # What a failed contract allocated is paid for too, or trying it again and again would be free.
            self._pay_for_growth(frame)
            raise
        finally:
            self._budget.release(frame.memory_charged)
            if caller is not None:
                self._refuel_after_failure(store)
                self._limit(store, caller)

    def _refuel_after_failure(self, store: Store) -> None:
        """What a failed callee burnt stays burnt, and host work done meanwhile leaves less for its caller."""
        left = store.get_fuel()
        self._budget.cpu_used += (self._fuel - left) * CPU_PER_FUEL
        self._refuel(store)

    def _limit(self, store: Store, frame: Frame) -> None:
        left = max(0, self._budget.memory_limit - self._budget.memory_used)
        store.set_limits(
            memory_size=frame.memory_charged + left,
            table_elements=_TABLE_ELEMENTS,
            instances=_INSTANCES,
            tables=_INSTANCES,
            memories=_INSTANCES,
        )

    def _charge_memory(self, frame: Frame) -> None:
        """Put what the frame's linear memory grew by on the budget. Raises HostError(BUDGET, EXCEEDED_LIMIT)."""
        if frame.guest is not None:
            grown = frame.guest.memory_bytes - frame.memory_charged
            frame.memory_charged += grown
            self._budget.charge(grown // _MEMORY_BYTES_A_CPU, grown)

    def _pay_for_growth(self, frame: Frame) -> None:
        """The work of a failed frame's growth; its error is already on its way, so nothing is raised here."""
        if frame.guest is not None:
            self._budget.cpu_used += (frame.guest.memory_bytes - frame.memory_charged) // _MEMORY_BYTES_A_CPU
