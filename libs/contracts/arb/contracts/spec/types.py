"""The types and declarations of a contract's interface (SC_SPEC of the XDR files, SEP-48), as values."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Scalar(IntEnum):
    """Types without parameters, by their number in the interface."""

    VAL = 0
    BOOL = 1
    VOID = 2
    ERROR = 3
    U32 = 4
    I32 = 5
    U64 = 6
    I64 = 7
    TIMEPOINT = 8
    DURATION = 9
    U128 = 10
    I128 = 11
    U256 = 12
    I256 = 13
    BYTES = 14
    STRING = 16
    SYMBOL = 17
    ADDRESS = 19
    MUXED_ADDRESS = 20

    def __str__(self) -> str:
        return _RUST_NAMES[self]


_RUST_NAMES: Final = {
    Scalar.VAL: "Val",
    Scalar.BOOL: "bool",
    Scalar.VOID: "()",
    Scalar.ERROR: "Error",
    Scalar.U32: "u32",
    Scalar.I32: "i32",
    Scalar.U64: "u64",
    Scalar.I64: "i64",
    Scalar.TIMEPOINT: "Timepoint",
    Scalar.DURATION: "Duration",
    Scalar.U128: "u128",
    Scalar.I128: "i128",
    Scalar.U256: "U256",
    Scalar.I256: "I256",
    Scalar.BYTES: "Bytes",
    Scalar.STRING: "String",
    Scalar.SYMBOL: "Symbol",
    Scalar.ADDRESS: "Address",
    Scalar.MUXED_ADDRESS: "MuxedAddress",
}


@dataclass(frozen=True, slots=True)
class BytesN:
    length: int

    def __str__(self) -> str:
        return f"BytesN<{self.length}>"


@dataclass(frozen=True, slots=True)
class Option:
    value: "Type"

    def __str__(self) -> str:
        return f"Option<{self.value}>"


@dataclass(frozen=True, slots=True)
class Result:
    ok: "Type"
    error: "Type"

    def __str__(self) -> str:
        return f"Result<{self.ok}, {self.error}>"


@dataclass(frozen=True, slots=True)
class Vec:
    element: "Type"

    def __str__(self) -> str:
        return f"Vec<{self.element}>"


@dataclass(frozen=True, slots=True)
class Map:
    key: "Type"
    value: "Type"

    def __str__(self) -> str:
        return f"Map<{self.key}, {self.value}>"


@dataclass(frozen=True, slots=True)
class Tuple:
    elements: "tuple[Type, ...]"

    def __str__(self) -> str:
        inner = ", ".join(map(str, self.elements))
        return f"({inner},)" if len(self.elements) == 1 else f"({inner})"


@dataclass(frozen=True, slots=True)
class Udt:
    """A type the contract declares under this name."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class UnknownType:
    """A type without parameters that came to the network after this was written."""

    number: int

    def __str__(self) -> str:
        return f"<unknown type {self.number}>"


Type = Scalar | BytesN | Option | Result | Vec | Map | Tuple | Udt | UnknownType


@dataclass(frozen=True, slots=True)
class Field:
    """A named and typed part: of a function's arguments, of a struct, of an event."""

    name: str
    type: Type
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """`output` is None for a function that answers nothing."""

    name: str
    inputs: tuple[Field, ...]
    output: Type | None
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Struct:
    """Stored as a map by field name, or, when the fields are named 0, 1, …, as a vec."""

    name: str
    fields: tuple[Field, ...]
    doc: str = ""

    @property
    def is_tuple(self) -> bool:
        return bool(self.fields) and all(field.name == str(at) for at, field in enumerate(self.fields))


@dataclass(frozen=True, slots=True)
class UnionCase:
    """A case and the types of what it carries, none for most."""

    name: str
    types: tuple[Type, ...]
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Union:
    name: str
    cases: tuple[UnionCase, ...]
    doc: str = ""


@dataclass(frozen=True, slots=True)
class EnumCase:
    name: str
    value: int
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Enum:
    name: str
    cases: tuple[EnumCase, ...]
    doc: str = ""


@dataclass(frozen=True, slots=True)
class ErrorEnum:
    name: str
    cases: tuple[EnumCase, ...]
    doc: str = ""


@dataclass(frozen=True, slots=True)
class EventParameter:
    """`in_topics` says whether it is a topic or part of the data."""

    name: str
    type: Type
    in_topics: bool
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    prefix_topics: tuple[str, ...]
    parameters: tuple[EventParameter, ...]
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A declaration whose name could be read and whose rest could not."""

    name: str
    is_function: bool
    reason: str


UserType = Struct | Union | Enum | ErrorEnum
Entry = Function | UserType | Event | Unreadable
