"""The host's one error: a type and a code, as every Soroban failure on the network is reported (SCError)."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ErrorCode", "ErrorType", "HostError", "SorobanError", "as_host_error"]


class ErrorType(IntEnum):
    """SCErrorType of the network's XDR: the part of the host that refused."""

    CONTRACT = 0
    WASM_VM = 1
    CONTEXT = 2
    STORAGE = 3
    OBJECT = 4
    CRYPTO = 5
    EVENTS = 6
    BUDGET = 7
    VALUE = 8
    AUTH = 9


class ErrorCode(IntEnum):
    """SCErrorCode of the network's XDR: why it refused."""

    ARITH_DOMAIN = 0
    INDEX_BOUNDS = 1
    INVALID_INPUT = 2
    MISSING_VALUE = 3
    EXISTING_VALUE = 4
    EXCEEDED_LIMIT = 5
    INVALID_ACTION = 6
    INTERNAL_ERROR = 7
    UNEXPECTED_TYPE = 8
    UNEXPECTED_SIZE = 9


class SorobanError(Exception):
    """Root of what goes wrong in localnet's Soroban rooms."""


class HostError(SorobanError):
    """A contract call failed with `type` and `code`.

    For type CONTRACT the code is the contract's own u32; for every other type it is an `ErrorCode`.
    """

    def __init__(self, error_type: ErrorType, code: int, message: str = "") -> None:
        self.type = ErrorType(error_type)
        self.code = code if self.type is ErrorType.CONTRACT else ErrorCode(code)
        self.message = message
        super().__init__(self._text())

    def _text(self) -> str:
        code = f"#{self.code}" if self.type is ErrorType.CONTRACT else ErrorCode(self.code).name
        return f"Error({self.type.name}, {code})" + (f": {self.message}" if self.message else "")

    @property
    def value(self) -> tuple[int, tuple[int, int]]:
        """The error as a host value: (SCV_ERROR, (type, code))."""
        return 2, (int(self.type), int(self.code))

    @property
    def internal(self) -> bool:
        """Whether the host itself is at fault: the network ends such a transaction with txINTERNAL_ERROR."""
        return self.type is not ErrorType.CONTRACT and self.code == ErrorCode.INTERNAL_ERROR

    @property
    def recoverable(self) -> bool:
        """Whether try_call may swallow it: not internal errors, nor an exceeded budget or footprint."""
        if self.type is ErrorType.CONTRACT:
            return True
        if self.internal:
            return False
        return not (self.code == ErrorCode.EXCEEDED_LIMIT and self.type in (ErrorType.STORAGE, ErrorType.BUDGET))


def as_host_error(failure: BaseException) -> HostError | None:
    """Whatever a contract provokes is an error of its call; None for what is meant for the process."""
    if isinstance(failure, HostError):
        return failure
    if isinstance(failure, RecursionError):
        return HostError(ErrorType.CONTEXT, ErrorCode.EXCEEDED_LIMIT, "calls nest too deep")
    if isinstance(failure, Exception):
        return HostError(ErrorType.CONTEXT, ErrorCode.INTERNAL_ERROR, f"{type(failure).__name__}: {failure}")
    return None
