"""What the ledger asks of an entry of any kind, and the part all kinds share."""

from dataclasses import dataclass, field
from struct import Struct
from typing import ClassVar, Protocol, Self

from stellar_sdk import xdr

_HEAD = Struct(">II")
_NO_SPONSOR = b"\x00\x00\x00\x00"


class Entry(Protocol):
    """What the ledger asks of an entry, whatever kind it is. `last_modified` is the ledger that changed it last."""

    last_modified: int

    def key(self) -> bytes:
        """The packed LedgerKey; it never changes during the life of an entry."""

    def packed(self) -> bytes:
        """The packed LedgerEntry of this version, remembered until the next `touch`."""

    def touch(self, ledger_seq: int) -> None:
        """Announce a change in this ledger: sets `last_modified` and forgets the packed form."""

    def copy(self) -> Self:
        """An independent copy, ready to be changed."""

    def owner(self) -> str | None:
        """The account that lists this entry among its own (trustline, offer, data); None for all others."""


@dataclass(slots=True, kw_only=True)
class Versioned:
    """The part all entries share: when it was changed last, and the packed form of this version once asked for."""

    last_modified: int = 0
    _packed: bytes | None = field(default=None, init=False, repr=False, compare=False)

    entry_type: ClassVar[int]

    def _body(self) -> bytes:
        """The packed XDR of the entry's own struct."""
        raise NotImplementedError

    def packed(self) -> bytes:
        """The packed LedgerEntry of this version, remembered until the next `touch`."""
        if self._packed is None:
            self._packed = _HEAD.pack(self.last_modified, self.entry_type) + self._body() + _NO_SPONSOR
        return self._packed

    def touch(self, ledger_seq: int) -> None:
        """Announce a change in this ledger: sets `last_modified` and forgets the packed form."""
        self.last_modified = ledger_seq
        self._packed = None

    def to_xdr(self) -> xdr.LedgerEntry:
        """The entry as stellar_sdk's object."""
        return xdr.LedgerEntry.from_xdr_bytes(self.packed())

    def owner(self) -> str | None:
        """None: an entry that no account lists as its own."""
        return None
