"""Reading the parameters of a call: an object whose members have the types stellar-rpc decodes them to."""

import base64
from typing import Any, Final, NamedTuple

from arb.localnet.node.history import History
from arb.localnet.rpc.errors import RpcError, invalid_params, invalid_request

Params = dict[str, Any]
_UINT32_MAX: Final = 2**32 - 1


class Window(NamedTuple):
    """What part of history a call asks for: from a ledger, or after a cursor."""

    start_ledger: int
    cursor: str
    limit: int


def text(params: Params, name: str) -> str:
    """A string; "" when absent."""
    value = params.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise invalid_params(f"invalid parameters: {name} must be a string")
    return value


def number(params: Params, name: str) -> int:
    """An unsigned 32 bit number; 0 when absent."""
    value = params.get(name)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _UINT32_MAX:
        raise invalid_params(f"invalid parameters: {name} must be a number from 0 to {_UINT32_MAX}")
    return value


def member(params: Params, name: str) -> Params:
    """An object; empty when absent."""
    value = params.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid_params(f"invalid parameters: {name} must be an object")
    return value


def texts(params: Params, name: str) -> list[str]:
    """A list of strings; empty when absent."""
    value = params.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise invalid_params(f"invalid parameters: {name} must be a list of strings")
    return value


def packed(value: str, message: str) -> bytes:
    """Base64; `message` is the error's."""
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:  # not ASCII, or not base64
        raise invalid_params(message) from None


def check_format(params: Params) -> None:
    """Only base64 is spoken here: stellar-rpc's other format, json, needs a schema that localnet does not have."""
    wanted = text(params, "xdrFormat")
    if wanted in ("", "base64"):
        return
    if wanted == "json":
        raise invalid_params("localnet answers xdrFormat base64 only, not json")
    raise invalid_params(f"got '{wanted}': expected base64, json for optional 'xdrFormat'")


def window(params: Params, history: History, *, most: int, default: int) -> Window:
    """startLedger and pagination of getTransactions and getLedgers, judged as stellar-rpc does."""
    start, pagination = number(params, "startLedger"), member(params, "pagination")
    cursor, limit = text(pagination, "cursor"), number(pagination, "limit")
    fault: str | None = None
    if cursor:
        if start:
            fault = f"startLedger ({start}) and cursor ({cursor}) cannot both be set"
    elif not history.oldest <= start <= history.latest:
        fault = (
            f"start ledger ({start}) must be between the oldest ledger: {history.oldest} and the latest ledger: "
            f"{history.latest} for this rpc instance"
        )
    if fault is None and limit > most:
        fault = f"limit must not exceed {most}"
    if fault is not None:
        raise invalid_request(fault)
    check_window_format(params)
    return Window(start, cursor, limit or default)


def check_window_format(params: Params) -> None:
    """As check_format, with the code these two methods answer a wrong format with."""
    try:
        check_format(params)
    except RpcError as error:
        raise invalid_request(error.message) from None


def whole(value: str, message: str) -> int:
    """A decimal number of up to 63 bits; `message` is the error's."""
    if not (value.isascii() and value.isdigit()) or len(value) > 19 or int(value) >= 2**63:
        raise invalid_params(message)
    return int(value)
