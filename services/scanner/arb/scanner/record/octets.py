"""Bytes of the market record: whole numbers of any size as varints, names once and then by number."""

from collections.abc import Callable
from typing import Final

from arb.contracts.xdr_cursor import address_of
from arb.markets.asset import NATIVE, Asset, account_key
from arb.markets.errors import MarketsError
from arb.markets.soroban.tokens import contract_address, contract_key
from arb.scanner.record.errors import RecordDamagedError

_MOST_BITS: Final = 512
"""Longer numbers than any the record holds."""


class Names:
    """Texts by number in the order they came up. Writer and reader of one scan each keep one and grow it in step."""

    def __init__(self) -> None:
        self._number: dict[Asset | str, int] = {}
        self._name: list[Asset | str] = []

    def number(self, name: Asset | str) -> int | None:
        """The number of a name that came up before."""
        return self._number.get(name)

    def add(self, name: Asset | str) -> None:
        """A name that comes up."""
        self._number[name] = len(self._name)
        self._name.append(name)

    def at(self, number: int) -> Asset | str:
        """Raises RecordDamagedError when so many have not come up."""
        if number >= len(self._name):
            raise RecordDamagedError(f"name {number} was never given, {len(self._name)} were")
        return self._name[number]


class OctetWriter:
    """Writes a record's body. A new name is written in full after the number that is due next."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._out = bytearray()

    def number(self, value: int) -> None:
        """A whole number from 0: seven bits a byte, lowest first, the top bit set while more follow."""
        if value < 0:
            raise ValueError(f"{value} is negative: the record holds numbers from 0")
        while value > 0x7F:
            self._out.append(value & 0x7F | 0x80)
            value >>= 7
        self._out.append(value)

    def signed(self, value: int) -> None:
        """Any whole number, zigzag: 0, -1, 1, -2, …"""
        self.number(2 * value if value >= 0 else -2 * value - 1)

    def raw(self, value: bytes) -> None:
        """Bytes whose count the reader knows."""
        self._out += value

    def text(self, value: bytes) -> None:
        """Bytes after their count."""
        self.number(len(value))
        self._out += value

    def asset(self, asset: Asset) -> None:
        """A code (empty: native) and the issuer's key."""

        def write() -> None:
            self.text(b"" if asset.issuer is None else asset.code.encode())
            if asset.issuer is not None:
                self.raw(account_key(asset.issuer))

        self._named(asset, write)

    def account(self, address: str) -> None:
        """A G… address."""
        self._named(address, lambda: self.raw(account_key(address)))

    def contract(self, address: str) -> None:
        """A C… address."""
        self._named(address, lambda: self.raw(contract_key(address)))

    def taken(self) -> bytes:
        """Everything written."""
        return bytes(self._out)

    def _named(self, name: Asset | str, write: Callable[[], None]) -> None:
        known = self._names.number(name)
        if known is not None:
            self.number(known + 1)
            return
        self.number(0)
        write()
        self._names.add(name)


class OctetReader:
    """Reads what an OctetWriter wrote. Every method raises RecordDamagedError at bytes that cannot be."""

    def __init__(self, body: bytes, names: Names) -> None:
        self._body = body
        self._at = 0
        self._names = names

    def number(self) -> int:
        """See OctetWriter.number."""
        value = shift = 0
        while True:
            if self._at >= len(self._body):
                raise RecordDamagedError(f"ends within a number, at byte {self._at}")
            octet = self._body[self._at]
            self._at += 1
            value |= (octet & 0x7F) << shift
            if octet < 0x80:
                return value
            shift += 7
            if shift > _MOST_BITS:
                raise RecordDamagedError(f"a number of more than {_MOST_BITS} bits before byte {self._at}")

    def signed(self) -> int:
        """See OctetWriter.signed."""
        value = self.number()
        return value >> 1 if value & 1 == 0 else -(value >> 1) - 1

    def raw(self, count: int) -> bytes:
        """So many bytes."""
        if count > len(self._body) - self._at:
            raise RecordDamagedError(f"ends at byte {len(self._body)}, {count} more were due at {self._at}")
        self._at += count
        return self._body[self._at - count : self._at]

    def text(self) -> bytes:
        """See OctetWriter.text."""
        return self.raw(self.number())

    def count(self) -> int:
        """How many items follow; each takes a byte at least."""
        count = self.number()
        if count > len(self._body) - self._at:
            raise RecordDamagedError(f"{count} items announced with {len(self._body) - self._at} bytes left")
        return count

    def asset(self) -> Asset:
        """See OctetWriter.asset."""
        found = self._named(self._new_asset)
        if not isinstance(found, Asset):
            raise RecordDamagedError(f"{found} is named where an asset is due")
        return found

    def account(self) -> str:
        """See OctetWriter.account."""
        return self._address("G", lambda: address_of(self.raw(32)))

    def contract(self) -> str:
        """See OctetWriter.contract."""
        return self._address("C", lambda: contract_address(self.raw(32)))

    def ended(self) -> None:
        """Nothing may be left."""
        if self._at != len(self._body):
            raise RecordDamagedError(f"{len(self._body) - self._at} bytes too many after byte {self._at}")

    def _new_asset(self) -> Asset:
        code = self.text()
        if not code:
            return NATIVE
        try:
            return Asset(code.decode("ascii"), address_of(self.raw(32)))
        except (UnicodeDecodeError, MarketsError) as wrong:
            raise RecordDamagedError(f"an asset that cannot be: {wrong}") from None

    def _address(self, letter: str, read: Callable[[], str]) -> str:
        found = self._named(read)
        if not isinstance(found, str) or found[0] != letter:
            raise RecordDamagedError(f"{found} is named where an address {letter}… is due")
        return found

    def _named(self, read: Callable[[], Asset | str]) -> Asset | str:
        number = self.number()
        if number:
            return self._names.at(number - 1)
        name = read()
        self._names.add(name)
        return name
