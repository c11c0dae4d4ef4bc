"""What contracts store, read off ledger entries without the contract and fast: a scan looks at hundreds a ledger.

Offsets into the entry's bytes stand for values; nothing is decoded but what is asked for. XDR: LedgerEntryData of
Stellar-ledger-entries.x, SCVal of Stellar-contract.x.
"""

import base64
import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from arb.contracts.errors import Malformed
from arb.contracts.xdr_cursor import Cursor, address_of
from arb.markets.soroban.tokens import contract_address, contract_key

_U32: Final = struct.Struct(">I")
_TWO_U32: Final = struct.Struct(">II")
_I64: Final = struct.Struct(">Iq")
_U64: Final = struct.Struct(">IQ")
_I128: Final = struct.Struct(">IqQ")
_U128: Final = struct.Struct(">IQQ")
_ADDRESS: Final = struct.Struct(">II32s")
_DATA_KEY: Final = struct.Struct(">ii32s")
_DATA_ENTRY: Final = struct.Struct(">iii32s")

_CONTRACT_DATA: Final = 6
_CONTRACT: Final = 1
_PERSISTENT: Final = struct.pack(">i", 1)
_INSTANCE_KEY: Final = struct.pack(">i", 20)

_BOOL, _U32_KIND, _U64_KIND, _I64_KIND, _U128_KIND, _I128_KIND, _SYMBOL, _VEC, _MAP, _ADDRESS_KIND, _INSTANCE = (
    0, 3, 5, 6, 9, 10, 15, 16, 17, 18, 19,
)  # fmt: skip
_BYTES_AND_TEXTS: Final = frozenset((13, 14, 15))
_FIXED: Final = {0: 8, 1: 4, 2: 12, 3: 8, 4: 8, 5: 12, 6: 12, 7: 12, 8: 12, 9: 20, 10: 20, 11: 36, 12: 36}
"""SCValType -> bytes of the whole value, for those of fixed length."""
_VOID: Final = _U32.pack(1)
_ONE_SYMBOL: Final = struct.pack(">IIII", _VEC, 1, 1, _SYMBOL)


def number_key(number: int) -> bytes:
    """SCVal of a u32: how contracts in Rust key by a bare enum."""
    return _TWO_U32.pack(_U32_KIND, number)


def symbol_key(name: str) -> bytes:
    """SCVal of a symbol."""
    raw = name.encode("ascii")
    return _TWO_U32.pack(_SYMBOL, len(raw)) + raw + bytes(-len(raw) % 4)


def variant_key(name: str, *fields: bytes) -> bytes:
    """SCVal of a vector of a symbol and fields: how contracts in Rust key by an enum with data."""
    head = struct.pack(">III", _VEC, 1, 1 + len(fields))
    return b"".join((head, symbol_key(name), *fields))


def contract_scval(contract: str) -> bytes:
    """SCVal of a contract's address. ContractAddressError when it is none."""
    return _ADDRESS.pack(_ADDRESS_KIND, _CONTRACT, contract_key(contract))


@lru_cache(maxsize=65536)
def data_key(contract: str, key: bytes) -> str:
    """LedgerKey (base64) of persistent data of a contract, `key` as SCVal. ContractAddressError for no contract."""
    head = _DATA_KEY.pack(_CONTRACT_DATA, _CONTRACT, contract_key(contract))
    return base64.b64encode(head + key + _PERSISTENT).decode()


def value_at(entry: bytes, contract: str, key: bytes) -> int:
    """Where the value of persistent data begins in its LedgerEntryData. Malformed for the data of another key."""
    expected = _DATA_ENTRY.pack(_CONTRACT_DATA, 0, _CONTRACT, contract_key(contract)) + key + _PERSISTENT
    if not entry.startswith(expected):
        raise Malformed(f"asked for data of {contract}, got another entry: {entry[:60].hex()}")
    return len(expected)


def instance_storage(entry: bytes, contract: str) -> dict[bytes, int]:
    """Instance storage: key (SCVal) -> where its value begins. Malformed for anything but this contract's instance."""
    at = value_at(entry, contract, _INSTANCE_KEY)
    try:
        kind, executable = _TWO_U32.unpack_from(entry, at)
        if kind != _INSTANCE or executable > 1:
            raise Malformed(f"the instance of {contract} is of an unknown kind ({kind}, {executable})")
        at += 8 if executable else 40
        if not _U32.unpack_from(entry, at)[0]:
            return {}
        return _map_at(entry, at + 4)
    except (struct.error, RecursionError):
        raise _cut(entry) from None


def struct_fields(entry: bytes, at: int) -> dict[bytes, int]:
    """A struct's fields: key (SCVal) -> where its value begins. Malformed when there is no map."""
    try:
        kind, present = _TWO_U32.unpack_from(entry, at)
        if kind != _MAP or not present:
            raise Malformed(f"expected a map at byte {at}, found kind {kind}")
        return _map_at(entry, at + 8)
    except (struct.error, RecursionError):
        raise _cut(entry) from None


def vector(entry: bytes, at: int) -> list[int]:
    """Where the items of a vector begin. Malformed when there is none."""
    try:
        kind, present = _TWO_U32.unpack_from(entry, at)
        if kind != _VEC or not present:
            raise Malformed(f"expected a vector at byte {at}, found kind {kind}")
        items, at = [], at + 12
        for _ in range(_counted(entry, at - 4)):
            items.append(at)
            at = _end(entry, at)
        return items
    except (struct.error, RecursionError):
        raise _cut(entry) from None


def u32(entry: bytes, at: int) -> int:
    """Malformed unless an SCV_U32 begins at `at`; the others alike."""
    return _scalar(entry, at, _TWO_U32, _U32_KIND)


def u64(entry: bytes, at: int) -> int:
    """An SCV_U64."""
    return _scalar(entry, at, _U64, _U64_KIND)


def i64(entry: bytes, at: int) -> int:
    """An SCV_I64."""
    return _scalar(entry, at, _I64, _I64_KIND)


def boolean(entry: bytes, at: int) -> bool:
    """An SCV_BOOL."""
    return bool(_scalar(entry, at, _TWO_U32, _BOOL))


def i128(entry: bytes, at: int) -> int:
    """An SCV_I128."""
    return _wide(entry, at, _I128, _I128_KIND)


def u128(entry: bytes, at: int) -> int:
    """An SCV_U128."""
    return _wide(entry, at, _U128, _U128_KIND)


def address(entry: bytes, at: int) -> str:
    """An SCV_ADDRESS of a contract (C...) or an account (G...)."""
    try:
        kind, whose, key = _ADDRESS.unpack_from(entry, at)
        if kind == _ADDRESS_KIND and whose == _CONTRACT:
            return _contract_address(key)
        if kind == _ADDRESS_KIND and whose == 0:
            return address_of(entry[at + 12 : at + 44])
    except struct.error:
        raise _cut(entry) from None
    raise Malformed(f"expected an address at byte {at}, found kind {kind}")


def required(storage: Mapping[bytes, int], key: bytes, name: str) -> int:
    """Where the value of a key begins. Malformed, by `name`, when it is not stored."""
    at = storage.get(key)
    if at is None:
        raise Malformed(f"{name} is not stored")
    return at


@lru_cache(maxsize=65536)
def _contract_address(key: bytes) -> str:
    return contract_address(key)


def _scalar(entry: bytes, at: int, shape: struct.Struct, expected: int) -> int:
    try:
        kind, value = shape.unpack_from(entry, at)
    except struct.error:
        raise _cut(entry) from None
    if kind != expected:
        raise Malformed(f"expected a value of kind {expected} at byte {at}, found kind {kind}")
    return int(value)


def _wide(entry: bytes, at: int, shape: struct.Struct, expected: int) -> int:
    try:
        kind, high, low = shape.unpack_from(entry, at)
    except struct.error:
        raise _cut(entry) from None
    if kind != expected:
        raise Malformed(f"expected a value of kind {expected} at byte {at}, found kind {kind}")
    return int(high << 64 | low)


def _map_at(entry: bytes, at: int) -> dict[bytes, int]:
    """The most travelled path: keys of one symbol and values of fixed length are passed without a call for each."""
    found: dict[bytes, int] = {}
    start = at + 4
    number_at, fixed, one_symbol = _U32.unpack_from, _FIXED.get, _ONE_SYMBOL
    for _ in range(_counted(entry, at)):
        if entry.startswith(one_symbol, start):
            value = start + 20 + (number_at(entry, start + 16)[0] + 3 & -4)
        else:
            value = _end(entry, start)
        found[entry[start:value]] = value
        length = fixed(number_at(entry, value)[0])
        start = _end(entry, value) if length is None else value + length
    if start > len(entry):
        raise _cut(entry)
    return found


def _counted(entry: bytes, at: int) -> int:
    count = int(_U32.unpack_from(entry, at)[0])
    if count * 4 > len(entry):  # no value is shorter: this count would only cost time
        raise _cut(entry)
    return count


def _end(entry: bytes, at: int) -> int:
    """Where the value that begins at `at` ends."""
    try:
        kind, size = _TWO_U32.unpack_from(entry, at)
    except struct.error:
        if entry[at:] == _VOID:
            return at + 4
        raise
    length = _FIXED.get(kind)
    if length is not None:
        return at + length
    if kind in _BYTES_AND_TEXTS:
        return int(at + 8 + size + -size % 4)
    if kind == _ADDRESS_KIND and size == _CONTRACT:
        return at + 40
    if kind == _VEC and entry.startswith(_ONE_SYMBOL, at):
        length = _U32.unpack_from(entry, at + 16)[0]
        return int(at + 20 + length + -length % 4)
    if kind in (_VEC, _MAP):
        end = at + 8
        if size:
            end += 4
            for _ in range(_counted(entry, at + 8) * (kind - 15)):
                end = _end(entry, end)
        return end
    cursor = Cursor(entry, at)
    cursor.skip_scval()
    return cursor.at


def _cut(entry: bytes) -> Malformed:
    return Malformed(f"the ledger entry of {len(entry)} bytes ends in the middle of a value, or nests them too deep")
