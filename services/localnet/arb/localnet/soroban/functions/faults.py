"""The refusals several host functions share."""

from __future__ import annotations

from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError

__all__ = ["checked_range", "fixed_bytes", "index_out_of_bounds", "overflow"]


def index_out_of_bounds(index: int, length: int) -> HostError:
    return HostError(ErrorType.OBJECT, ErrorCode.INDEX_BOUNDS, f"object index {index} out of bounds of {length}")


def overflow(what: str) -> HostError:
    return HostError(ErrorType.VALUE, ErrorCode.ARITH_DOMAIN, f"arithmetic overflow: {what}")


def checked_range(start: int, end: int, length: int) -> slice:
    """The half-open range, within an object of `length`. Raises as the network's host does."""
    for index in (start, end):
        if index > length:
            raise index_out_of_bounds(index, length)
    if start > end:
        raise HostError(ErrorType.OBJECT, ErrorCode.INVALID_INPUT, f"start {start} greater than end {end}")
    return slice(start, end)


def fixed_bytes(data: bytes, size: int, name: str) -> bytes:
    if len(data) != size:
        raise HostError(ErrorType.OBJECT, ErrorCode.UNEXPECTED_SIZE, f"{name} is {len(data)} bytes, not {size}")
    return data
