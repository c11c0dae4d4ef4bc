"""Where a ledger entry ends: moves a cursor past entries that nobody wants the content of, by their lengths alone."""

from collections.abc import Callable
from typing import Final

from arb.contracts.xdr_cursor import Cursor

_ACCOUNT, _TRUSTLINE, _CONTRACT_DATA, _CONTRACT_CODE = 0, 1, 6, 7
"""LedgerEntryType."""
_ACCOUNT_BEFORE_INFLATION: Final = 36 + 8 + 8 + 4
_TRUSTLINE_AFTER_ASSET: Final = 8 + 8 + 4
_ASSET_LENGTHS: Final = {0: 0, 1: 4 + 36, 2: 12 + 36, 3: 32}
"""AssetType, or pool shares -> bytes that follow it."""


def skip_account(cursor: Cursor) -> None:
    """AccountEntry."""
    cursor.skip(_ACCOUNT_BEFORE_INFLATION)
    if cursor.u32():
        cursor.skip(36)
    cursor.skip(4)  # flags
    cursor.skip_opaque()  # home domain
    cursor.skip(4)  # thresholds
    for _ in range(cursor.u32()):
        skip_signer(cursor)
    if cursor.u32():
        cursor.skip(16)  # liabilities
        if cursor.u32():
            cursor.skip(8)  # numbers of sponsored and sponsoring
            for _ in range(cursor.u32()):
                if cursor.u32():
                    cursor.skip(36)
            if cursor.u32():
                cursor.skip(16)  # extension point, sequence ledger, sequence time


def skip_signer(cursor: Cursor) -> None:
    """Signer: key and weight."""
    kind = cursor.u32()
    cursor.skip(32)
    if kind == 3:  # signed payload
        cursor.skip_opaque()
    cursor.skip(4)


def skip_trustline(cursor: Cursor) -> None:
    """TrustLineEntry."""
    cursor.skip(36)
    cursor.skip(_ASSET_LENGTHS.get(cursor.u32(), 0) + _TRUSTLINE_AFTER_ASSET)
    if cursor.u32():
        cursor.skip(16)  # liabilities
        if cursor.u32():
            cursor.skip(8)


def skip_ledger_key(cursor: Cursor) -> bool:
    """LedgerKey of a kind that contract calls declare; False for any other."""
    kind = cursor.u32()
    if kind == _CONTRACT_DATA:
        cursor.skip_address()
        cursor.skip_scval()
        cursor.skip(4)  # durability
    elif kind == _CONTRACT_CODE:
        cursor.skip(32)
    elif kind in (_ACCOUNT, _TRUSTLINE):
        cursor.skip(36)
        if kind == _TRUSTLINE:
            cursor.skip(_ASSET_LENGTHS.get(cursor.u32(), 0))
    else:
        return False
    cursor.within()
    return True


def _skip_contract_data(cursor: Cursor) -> None:
    cursor.skip(4)
    cursor.skip_address()
    cursor.skip_scval()
    cursor.skip(4)  # durability
    cursor.skip_scval()


def _skip_ttl(cursor: Cursor) -> None:
    cursor.skip(32 + 4)


SKIPPED: Final[dict[int, Callable[[Cursor], None]]] = {6: _skip_contract_data, 9: _skip_ttl}
"""LedgerEntryType -> what moves past an entry of it, for the kinds that come by the hundred with contract calls."""
