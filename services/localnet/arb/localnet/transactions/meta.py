"""What a transaction changed, as packed XDR TransactionMeta version 4 (what core emits since protocol 23)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from struct import Struct

_ZERO = b"\x00\x00\x00\x00"
_ONE = b"\x00\x00\x00\x01"
_VERSION = b"\x00\x00\x00\x04"
_FEES = Struct(">IIqqq")


def pack_changes(changes: Sequence[bytes]) -> bytes:
    """Packed LedgerEntryChange values as packed LedgerEntryChanges."""
    return len(changes).to_bytes(4, "big") + b"".join(changes)


@dataclass(slots=True)
class TxMeta:
    """Packed LedgerEntryChange values: before the operations (sequence number), of each operation, after them."""

    before: list[bytes] = field(default_factory=list)
    operations: list[list[bytes]] = field(default_factory=list)
    after: list[bytes] = field(default_factory=list)
    soroban: "SorobanMeta | None" = None

    def packed(self) -> bytes:
        """The packed TransactionMeta; with events of contracts only, as core emits by default."""
        contract = self.soroban
        events = _ZERO if contract is None else pack_changes(contract.events)
        parts = [_VERSION, _ZERO, pack_changes(self.before), len(self.operations).to_bytes(4, "big")]
        for changes in self.operations:
            parts += (_ZERO, pack_changes(changes), events)
        parts.append(pack_changes(self.after))
        parts.append(_ZERO if contract is None else _ONE + contract.packed())
        parts += (_ZERO, _ZERO if contract is None else pack_changes(contract.diagnostics))
        return b"".join(parts)


@dataclass(slots=True)
class SorobanMeta:
    """What a contract transaction adds to the meta: packed events and return value, fees charged in stroops.

    `refund` is what is given back once all transactions of the ledger are applied.
    """

    non_refundable_fee: int
    refundable_fee: int
    rent_fee: int
    refund: int
    return_value: bytes | None
    events: list[bytes]
    diagnostics: list[bytes]

    def packed(self) -> bytes:
        """The packed SorobanTransactionMetaV2 with the extension that itemises the fees."""
        head = _FEES.pack(1, 0, self.non_refundable_fee, self.refundable_fee, self.rent_fee)
        return head + (_ZERO if self.return_value is None else _ONE + self.return_value)
