"""A contract's interface: what it declares, and its calls' values encoded and decoded by that."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from stellar_sdk import xdr

from arb.contracts.spec.declarations import Declarations
from arb.contracts.spec.decode import Decoder, Decoders
from arb.contracts.spec.encode import Encoder, Encoders
from arb.contracts.spec.errors import (
    ErrorCase,
    Mismatch,
    MissingFunctionError,
    UnusableFunctionError,
    WrongArgumentError,
    WrongResultError,
    shown,
)
from arb.contracts.spec.parse import parse_spec
from arb.contracts.spec.section import spec_section
from arb.contracts.spec.types import (
    Entry,
    Enum,
    ErrorEnum,
    Event,
    Function,
    Result,
    Scalar,
    Struct,
    Type,
    Udt,
    Union,
    UserType,
)
from arb.contracts.spec.values import is_symbol, pack_value

_NAMES_SHOWN: Final = 12


class _Codec(NamedTuple):
    """A function ready to be called."""

    names: tuple[str, ...]
    encoders: tuple[Encoder, ...]
    decode: Decoder


class Interface:
    """What one contract declares.

    Python values by declared type: integers, timepoints (unix seconds) and durations (seconds) are int; bool, bytes
    and None (for `()`) are themselves; Symbol, String and addresses are str, addresses as G..., C... or M...; Option is
    None or the value; Vec is a list; Map a dict, or a list of (key, value) when its keys cannot be those of a dict;
    Tuple and tuple structs are tuples; other structs are dicts by field name; a union is a tuple (case, *values), where
    encoding also takes the bare name of a case without values; an enum is its case's name, where encoding also takes
    its number; Error is a HostError; Val is an SCVal of stellar_sdk, as its type is known to nobody else. Result is
    its ok value; its error raises ReturnedError when decoded and is given as an ErrorCase. Where BytesN<32> is
    declared, encoding also takes a contract id (C...): older contracts take ids so.
    """

    def __init__(self, entries: Iterable[Entry], notes: Sequence[str] = ()) -> None:
        """`notes` say, for people, which parts of the interface could not be read."""
        self._declarations = Declarations(entries)
        self._encoders = Encoders(self._declarations)
        self._decoders = Decoders(self._declarations)
        self._codecs: dict[str, _Codec] = {}
        self.notes = tuple(notes)

    @classmethod
    def from_wasm(cls, wasm: bytes) -> "Interface":
        """The interface inside a contract's wasm. MalformedSpecError when there is none."""
        return cls(*parse_spec(spec_section(wasm)))

    @property
    def functions(self) -> Mapping[str, Function]:
        """Functions by name whose declarations could be read, in the order of the contract."""
        return self._declarations.functions

    @property
    def structs(self) -> Mapping[str, Struct]:
        return {name: each for name, each in self._declarations.types.items() if isinstance(each, Struct)}

    @property
    def unions(self) -> Mapping[str, Union]:
        return {name: each for name, each in self._declarations.types.items() if isinstance(each, Union)}

    @property
    def enums(self) -> Mapping[str, Enum]:
        return {name: each for name, each in self._declarations.types.items() if isinstance(each, Enum)}

    @property
    def errors(self) -> Mapping[str, ErrorEnum]:
        return {name: each for name, each in self._declarations.types.items() if isinstance(each, ErrorEnum)}

    @property
    def events(self) -> tuple[Event, ...]:
        return self._declarations.events

    @property
    def unusable(self) -> Mapping[str, str]:
        """Names of functions and types whose declarations could not be read, and why."""
        return self._declarations.unusable()

    def function(self, name: str) -> Function:
        """The declaration of a function. MissingFunctionError or UnusableFunctionError."""
        if not self._declarations.declares_function(name):
            raise self._missing(name)
        return self._declarations.function(name)

    def user_type(self, name: str) -> UserType:
        """The declaration of a type. UnusableFunctionError when it is missing or could not be read."""
        return self._declarations.user_type(name)

    def hashable(self, type_: Type) -> bool:
        """Whether values of the type can be keys of a dict: a Map by others is a list of pairs."""
        return self._declarations.hashable(type_)

    def problem(self, function: str) -> str | None:
        """Why a function cannot be called, None when it can."""
        try:
            self._codec(function)
        except (MissingFunctionError, UnusableFunctionError) as wrong:
            return str(wrong)
        return None

    def require(self, functions: Iterable[str]) -> None:
        """MissingFunctionError unless every one of the functions is declared."""
        for function in functions:
            if not self._declarations.declares_function(function):
                raise self._missing(function)

    def encode_arguments(
        self, function: str, arguments: Mapping[str, object] | Sequence[object] = ()
    ) -> list[xdr.SCVal]:
        """The arguments of a call, by name or in order.

        MissingFunctionError, UnusableFunctionError, or WrongArgumentError naming the argument, the place within it, the
        declared type and the value.
        """
        codec = self._codec(function)
        values = _in_order(function, codec.names, arguments)
        done: list[xdr.SCVal] = []
        try:
            for encode, value in zip(codec.encoders, values, strict=True):
                done.append(encode(value))
        except Mismatch as wrong:
            name = codec.names[len(done)]
            raise WrongArgumentError(function, name, wrong.path, wrong.expected, shown(wrong.value)) from None
        except RecursionError:
            name = codec.names[len(done)]
            raise WrongArgumentError(function, name, "", "a value of finite depth", "one that holds itself") from None
        return done

    def decode_result(self, function: str, value: xdr.SCVal) -> Any:
        """What the function answered, as a Python value. WrongResultError when it is not what is declared.

        ReturnedError when it is the error side of a Result; otherwise as `encode_arguments`.
        """
        try:
            return self._codec(function).decode(value)
        except Mismatch as wrong:
            got = wrong.value
            text = pack_value(got)[:80] if isinstance(got, xdr.SCVal) else shown(got)
            raise WrongResultError(function, wrong.path, wrong.expected, text) from None
        except RecursionError:
            raise WrongResultError(function, "", "a value of finite depth", "one nested too deep") from None

    def error_case(self, code: int, function: str | None = None) -> ErrorCase | None:
        """The declared error with this code, None when there is none or when it could be one of several.

        Of several enums with the code, the one that `function` returns is meant.
        """
        enums = list(self.errors.values())
        declared = self.functions.get(function) if function is not None else None
        if declared is not None and isinstance(declared.output, Result):
            own = [enum for enum in enums if declared.output.error == Udt(enum.name)]
            enums = own if any(case.value == code for enum in own for case in enum.cases) else enums
        found = {
            ErrorCase(case.name, case.value, case.doc) for enum in enums for case in enum.cases if case.value == code
        }
        return found.pop() if len(found) == 1 else None

    def _codec(self, function: str) -> _Codec:
        known = self._codecs.get(function)
        if known is not None:
            return known
        declared = self.function(function)
        if not is_symbol(function):
            raise UnusableFunctionError(f"{function!r} cannot be called: its name is no symbol")
        names = tuple(field.name for field in declared.inputs)
        if len(set(names)) != len(names):
            raise UnusableFunctionError(f"{function} cannot be called: two of its arguments have one name: {names}")
        try:
            encoders = tuple(self._encoders.of(field.type) for field in declared.inputs)
            decode = self._decoders.of(Scalar.VOID if declared.output is None else declared.output)
        except UnusableFunctionError as wrong:
            raise UnusableFunctionError(f"{function} cannot be called: {wrong}") from None
        except RecursionError:
            raise UnusableFunctionError(f"{function} cannot be called: its types are nested too deep") from None
        codec = self._codecs[function] = _Codec(names, encoders, decode)
        return codec

    def _missing(self, function: str) -> MissingFunctionError:
        names = list(self.functions)
        listed = ", ".join(names[:_NAMES_SHOWN]) + (", …" if len(names) > _NAMES_SHOWN else "")
        unread = f" ({'; '.join(self.notes)})" if self.notes else ""
        return MissingFunctionError(f"the contract has no function {function!r}; it has {listed or 'none'}{unread}")


def _in_order(
    function: str, names: tuple[str, ...], arguments: Mapping[str, object] | Sequence[object]
) -> Sequence[object]:
    if isinstance(arguments, Mapping):
        for name in arguments:
            if name not in names:
                known = f"one of {', '.join(names)}" if names else "no arguments"
                raise WrongArgumentError(function, str(name), "", known, shown(arguments[name]))
        for name in names:
            if name not in arguments:
                raise WrongArgumentError(function, name, "", "a value", "none")
        return [arguments[name] for name in names]
    if isinstance(arguments, str | bytes) or not isinstance(arguments, Sequence):
        raise TypeError(f"arguments of {function}: a mapping by name or a sequence in order, not {shown(arguments)}")
    if len(arguments) < len(names):
        raise WrongArgumentError(function, names[len(arguments)], "", "a value", "none")
    if len(arguments) > len(names):
        raise WrongArgumentError(function, f"#{len(names) + 1}", "", f"{len(names)} arguments", f"{len(arguments)}")
    return arguments
