"""What a transaction changed, as packed XDR TransactionMeta version 4 (what core emits since protocol 23)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

_ZERO = b"\x00\x00\x00\x00"
_VERSION = b"\x00\x00\x00\x04"


def pack_changes(changes: Sequence[bytes]) -> bytes:
    """Packed LedgerEntryChange values as packed LedgerEntryChanges."""
    return len(changes).to_bytes(4, "big") + b"".join(changes)


@dataclass(slots=True)
class TxMeta:
    """Packed LedgerEntryChange values: before the operations (sequence number), of each operation, after them."""

    before: list[bytes] = field(default_factory=list)
    operations: list[list[bytes]] = field(default_factory=list)
    after: list[bytes] = field(default_factory=list)

    def packed(self) -> bytes:
        """The packed TransactionMeta; without events, which core by default emits for contracts only."""
        parts = [_VERSION, _ZERO, pack_changes(self.before), len(self.operations).to_bytes(4, "big")]
        for changes in self.operations:
            parts += (_ZERO, pack_changes(changes), _ZERO)
        parts += (pack_changes(self.after), _ZERO, _ZERO, _ZERO)
        return b"".join(parts)
