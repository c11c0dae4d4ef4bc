"""The declarations of one contract by name, and what among them cannot be used."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from arb.contracts.spec.errors import UnusableFunctionError
from arb.contracts.spec.types import (
    BytesN,
    Entry,
    Enum,
    EnumCase,
    ErrorEnum,
    Event,
    Field,
    Function,
    Map,
    Option,
    Result,
    Scalar,
    Struct,
    Tuple,
    Type,
    Udt,
    Union,
    UnionCase,
    UnknownType,
    Unreadable,
    UserType,
    Vec,
)


class Declarations:
    """Functions, types and events by name. A name that is declared twice, differently, is unusable."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        functions: dict[str, Function] = {}
        types: dict[str, UserType] = {}
        self._no_functions: dict[str, str] = {}
        self._no_types: dict[str, str] = {}
        events: list[Event] = []
        for entry in entries:
            if isinstance(entry, Event):
                events.append(entry)
            elif isinstance(entry, Unreadable):
                (self._no_functions if entry.is_function else self._no_types)[entry.name] = entry.reason
            elif isinstance(entry, Function):
                if functions.setdefault(entry.name, entry) != entry:
                    self._no_functions[entry.name] = "it is declared twice, differently"
            elif types.setdefault(entry.name, entry) != entry:
                self._no_types[entry.name] = "it is declared twice, differently"
            elif len({part.name for part in _parts(entry)}) < len(_parts(entry)):
                self._no_types[entry.name] = "two of its parts have one name"
        self.functions: Mapping[str, Function] = MappingProxyType(functions)
        self.types: Mapping[str, UserType] = MappingProxyType(types)
        self.events = tuple(events)

    def declares_function(self, name: str) -> bool:
        """Whether there is a function of this name, usable or not."""
        return name in self.functions or name in self._no_functions

    def function(self, name: str) -> Function:
        """The function. UnusableFunctionError when its declaration could not be read; KeyError when there is none."""
        if name in self._no_functions:
            raise UnusableFunctionError(f"{name} cannot be called: {self._no_functions[name]}")
        return self.functions[name]

    def user_type(self, name: str) -> UserType:
        """The type declared under this name. UnusableFunctionError when it is missing or cannot be read."""
        if name in self._no_types:
            raise UnusableFunctionError(f"the type {name} cannot be read: {self._no_types[name]}")
        found = self.types.get(name)
        if found is None:
            raise UnusableFunctionError(f"the type {name} is used but not declared")
        return found

    def unusable(self) -> Mapping[str, str]:
        """Names of functions and types that could not be read, and why."""
        return {**self._no_types, **self._no_functions}

    def hashable(self, type_: Type, seen: frozenset[str] = frozenset()) -> bool:
        """Whether values of the type can be keys of a Python dict."""
        match type_:
            case Scalar() | BytesN():
                return type_ is not Scalar.VAL  # that may be a vec or a map
            case Option(value):
                return self.hashable(value, seen)
            case Tuple(elements):
                return all(self.hashable(element, seen) for element in elements)
            case Udt(name):
                return name in seen or self._hashable_user_type(self.user_type(name), seen | {name})
            case Vec() | Map() | Result() | UnknownType():
                return False

    def _hashable_user_type(self, declared: UserType, seen: frozenset[str]) -> bool:
        match declared:
            case Enum() | ErrorEnum():
                return True
            case Struct(_, fields):
                return declared.is_tuple and all(self.hashable(field.type, seen) for field in fields)
            case Union(_, cases):
                return all(self.hashable(part, seen) for case in cases for part in case.types)


def _parts(declared: UserType) -> Sequence[Field | UnionCase | EnumCase]:
    return declared.fields if isinstance(declared, Struct) else declared.cases
