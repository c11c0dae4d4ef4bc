"""One contract's turn on the call stack: its objects, its instance storage, and where events stood when it began."""

from __future__ import annotations

from dataclasses import dataclass, field

from arb.localnet.soroban.chacha import ChaCha20
from arb.localnet.soroban.guest import Guest
from arb.localnet.soroban.ports import Instance
from arb.localnet.soroban.values import HostValue

__all__ = ["Frame"]


@dataclass(slots=True)
class Frame:
    """A call in progress. `storage` is the working copy of instance storage, made on first use."""

    contract: bytes
    function: str
    args: tuple[HostValue, ...]
    instance: Instance
    objects: list[HostValue] = field(default_factory=list)
    storage: dict[HostValue, HostValue] | None = None
    guest: Guest | None = None
    random: ChaCha20 | None = None
    """Its random numbers, from the first time it asks for one."""
    memory_charged: int = 0
    """Bytes of linear memory on the budget for this frame; given back when it ends."""

    def instance_storage(self) -> dict[HostValue, HostValue]:
        if self.storage is None:
            self.storage = dict(self.instance.storage)
        return self.storage

    @property
    def storage_changed(self) -> bool:
        return self.storage is not None and self.storage != self.instance.storage
