"""Errors of the JSON-RPC side, with the codes of the specification."""

from typing import Any, Final

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603


class RpcError(Exception):
    """An error answer to one call."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def body(self) -> dict[str, Any]:
        """The `error` member of the response."""
        error = {"code": self.code, "message": self.message}
        return error if self.data is None else {**error, "data": self.data}


def invalid_params(message: str) -> RpcError:
    """-32602: a parameter is missing or wrong."""
    return RpcError(INVALID_PARAMS, message)


def invalid_request(message: str) -> RpcError:
    """-32600; stellar-rpc also answers so to a page or range it does not have."""
    return RpcError(INVALID_REQUEST, message)
