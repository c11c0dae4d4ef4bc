"""Host functions of module x: comparison, events, ledger facts, failing on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.functions.signature import Table
from arb.localnet.soroban.values import HostValue

if TYPE_CHECKING:
    from arb.localnet.soroban.host import Host

TABLE = Table("x")


@TABLE.export("0", "Val", "Val", gives="raw")
def obj_cmp(host: Host, a: HostValue, b: HostValue) -> int:
    host.touch(a, b)
    return (a > b) - (a < b)


@TABLE.export("1", "Vec", "Val", gives="Void")
def contract_event(host: Host, topics: tuple[HostValue, ...], data: HostValue) -> None:
    host.touch((v.VEC, topics), data)
    host.emit(topics, data)


@TABLE.export("2", gives="u32")
def get_ledger_version(host: Host) -> int:
    return host.ledger.protocol_version


@TABLE.export("3", gives="u32")
def get_ledger_sequence(host: Host) -> int:
    return host.ledger.sequence


@TABLE.export("4", gives="U64")
def get_ledger_timestamp(host: Host) -> int:
    return host.ledger.timestamp


@TABLE.export("5", "Error", gives="Void")
def fail_with_error(_host: Host, error: tuple[int, int]) -> NoReturn:
    error_type, code = error
    if error_type != ErrorType.CONTRACT:
        raise HostError(
            ErrorType.CONTEXT,
            ErrorCode.UNEXPECTED_TYPE,
            f"contract attempted to fail with error type {error_type}: only contract errors are its own",
        )
    raise HostError(ErrorType.CONTRACT, code, "failing with contract error")


@TABLE.export("6", gives="Bytes")
def get_ledger_network_id(host: Host) -> bytes:
    return host.ledger.network_id


@TABLE.export("7", gives="Address")
def get_current_contract_address(host: Host) -> HostValue:
    return v.contract(host.current_contract)


@TABLE.export("8", gives="u32")
def get_max_live_until_ledger(host: Host) -> int:
    return host.ledger.sequence + host.ledger.max_ttl - 1


@TABLE.export("_", "u32", "u32", "u32", "u32", gives="Void")
def log_from_linear_memory(host: Host, text_pos: int, text_len: int, vals_pos: int, vals_len: int) -> None:
    memory = host.memory
    text = memory.read(text_pos, text_len)
    vals = memory.read_vals(vals_pos, vals_len)
    host.touch((v.VEC, vals))
    host.log((v.STRING, text), *vals)
