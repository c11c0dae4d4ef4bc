"""What can be wrong between a contract's declared interface and the values somebody wants to pass or read."""

import reprlib
from typing import Final, NamedTuple

from arb.contracts.errors import NetworkError

_SHOWN: Final = reprlib.Repr()
_SHOWN.maxstring = _SHOWN.maxother = _SHOWN.maxlong = 60
_SHOWN.maxdict = _SHOWN.maxlist = _SHOWN.maxtuple = 3
_SHOWN.maxlevel = 2


class ErrorCase(NamedTuple):
    """One error a contract declares. `doc` is empty when its author wrote none."""

    name: str
    code: int
    doc: str


class SpecError(NetworkError):
    """The interface and the values do not fit. Nothing was sent; repeating it unchanged cannot help."""


class MalformedSpecError(SpecError):
    """The wasm, or the interface inside it, cannot be read."""


class MissingFunctionError(SpecError):
    """The contract declares no such function: it is not the contract it was taken for."""


class UnusableFunctionError(SpecError):
    """The function is declared with a type that is unknown here, missing or ambiguous."""


class WrongArgumentError(SpecError):
    """An argument is missing, unknown or not of its declared type."""

    def __init__(self, function: str, argument: str, path: str, expected: str, value: str) -> None:
        self.function, self.argument, self.path, self.expected, self.value = function, argument, path, expected, value
        where = f"argument {argument!r}" + (f" at {path}" if path else "")
        super().__init__(f"{function}: {where}: expected {expected}, got {value}")


class WrongResultError(SpecError):
    """The contract answered something else than it declares."""

    def __init__(self, function: str, path: str, expected: str, value: str) -> None:
        self.function, self.path, self.expected, self.value = function, path, expected, value
        where = f" at {path}" if path else ""
        super().__init__(f"{function}: result{where}: the contract declares {expected} and answered {value}")


class ReturnedError(SpecError):
    """The value is the error side of a Result."""

    def __init__(self, case: ErrorCase) -> None:
        self.case = case
        super().__init__(f"error {case.name} ({case.code})" + (f": {case.doc}" if case.doc else ""))


class Mismatch(SpecError):
    """A value that does not fit its type, on its way up to where function and argument are known."""

    def __init__(self, expected: str, value: object) -> None:
        self.expected, self.value = expected, value
        self._path: list[str] = []
        super().__init__(expected)

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{where}expected {self.expected}, got {shown(self.value)}"

    def inside(self, step: str) -> None:
        """Note that this happened within `step` (".field" or "[index]") of a larger value."""
        self._path.append(step)

    @property
    def path(self) -> str:
        """Where in the argument, such as `[0].pool`; empty for the argument itself."""
        return "".join(reversed(self._path))


def shown(value: object) -> str:
    """A value as a message shows it: short, on one line, whatever it is."""
    try:
        return " ".join(_SHOWN.repr(value).split())[:200]
    except (ValueError, RecursionError):  # an int too long to print, a value that holds itself
        return f"a {type(value).__name__} that cannot be printed"
