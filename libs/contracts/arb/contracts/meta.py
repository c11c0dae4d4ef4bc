"""What a transaction did to ledger entries: TransactionMeta of versions 1 to 4, walked change by change."""

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from arb.contracts.entries import Entry, EntryKey, read_entry, read_key
from arb.contracts.errors import Malformed
from arb.contracts.xdr_cursor import Cursor, from_base64


class Phase(IntEnum):
    """Where in the transaction a change happened. AFTER holds refunds of contract fees and nothing else of value."""

    BEFORE = 0
    OPERATION = 1
    AFTER = 2


class ChangeKind(IntEnum):
    """LedgerEntryChangeType. STATE is what an entry was before the change that follows."""

    CREATED = 0
    UPDATED = 1
    REMOVED = 2
    STATE = 3
    RESTORED = 4


class EntryChange(NamedTuple):
    """One change. `entry` is set unless the kind is REMOVED, when `key` is."""

    phase: Phase
    kind: ChangeKind
    entry: Entry | None
    key: EntryKey | None


_KINDS = tuple(ChangeKind)


def entry_changes(meta: bytes | str, *, balances: bool = True) -> Iterator[EntryChange]:
    """Changes of offers and pools, and of accounts and trustlines unless no `balances` are wanted, in network order.

    `meta` is TransactionMeta, as XDR or base64. Entries of other kinds are passed over. Malformed when it is cut or
    of a version this platform does not know.
    """
    cursor = Cursor(from_base64(meta) if isinstance(meta, str) else meta)
    version = cursor.u32()
    if version == 0:
        yield from _operations(cursor, balances, events=False)
        return
    if version == 1:
        yield from _changes(cursor, Phase.BEFORE, balances)
        yield from _operations(cursor, balances, events=False)
        return
    if version not in (2, 3, 4):
        raise Malformed(f"transaction meta of version {version}: this platform reads versions 0 to 4")
    if version >= 3:
        cursor.skip(4)
    yield from _changes(cursor, Phase.BEFORE, balances)
    yield from _operations(cursor, balances, events=version == 4)
    yield from _changes(cursor, Phase.AFTER, balances)


def _operations(cursor: Cursor, balances: bool, *, events: bool) -> Iterator[EntryChange]:
    for _ in range(cursor.u32()):
        if events:
            cursor.skip(4)
        yield from _changes(cursor, Phase.OPERATION, balances)
        if events:
            for _ in range(cursor.u32()):
                cursor.skip_contract_event()


def _changes(cursor: Cursor, phase: Phase, balances: bool) -> Iterator[EntryChange]:
    for _ in range(cursor.u32()):
        number = cursor.u32()
        if number >= len(_KINDS):
            raise Malformed(f"unknown kind of ledger entry change {number} at byte {cursor.at - 4}")
        kind = _KINDS[number]
        if kind is ChangeKind.REMOVED:
            key = read_key(cursor)
            if key is not None:
                yield EntryChange(phase, kind, None, key)
        else:
            entry = read_entry(cursor, balances=balances)
            if entry is not None:
                cursor.within()
                yield EntryChange(phase, kind, entry, None)
    cursor.within()
