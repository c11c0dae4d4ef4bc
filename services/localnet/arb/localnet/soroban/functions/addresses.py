"""Host functions of module a: authorisation, and addresses as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.functions.signature import Table
from arb.localnet.soroban.values import HostValue

if TYPE_CHECKING:
    from arb.localnet.soroban.host import Host

TABLE = Table("a")

_STRKEY_LENGTH, _MUXED_LENGTH = 56, 69
_STRKEY_CPU = 5_000


@TABLE.export("_", "Address", "Vec", gives="Void")
def require_auth_for_args(host: Host, address: HostValue, args: tuple[HostValue, ...]) -> None:
    host.touch((v.VEC, args))
    host.auth.require_auth(host, address, args)


@TABLE.export("0", "Address", gives="Void")
def require_auth(host: Host, address: HostValue) -> None:
    host.require_auth(address)


def _parsed(host: Host, text: HostValue, lengths: tuple[int, ...], kinds: tuple[int, ...]) -> HostValue:
    """The address of a strkey of these lengths and kinds of address."""
    host.budget.charge(_STRKEY_CPU)
    kind, data = text
    if kind not in (v.STRING, v.BYTES):
        raise HostError(ErrorType.VALUE, ErrorCode.UNEXPECTED_TYPE, "strkey is not a string or bytes object")
    if len(data) not in lengths:
        raise HostError(ErrorType.VALUE, ErrorCode.INVALID_INPUT, f"unexpected strkey length {len(data)}")
    value = v.address(data.decode("latin-1"))
    if value[1][0] not in kinds:
        raise HostError(ErrorType.VALUE, ErrorCode.INVALID_INPUT, f"{v.strkey(value)} is no address that fits here")
    return value


@TABLE.export("1", "Val", gives="Address")
def strkey_to_address(host: Host, text: HostValue) -> HostValue:
    return _parsed(host, text, (_STRKEY_LENGTH,), (v.ACCOUNT, v.CONTRACT))


@TABLE.export("7", "Val", gives="Val")
def strkey_to_muxed_address(host: Host, text: HostValue) -> HostValue:
    return _parsed(host, text, (_STRKEY_LENGTH, _MUXED_LENGTH), (v.ACCOUNT, v.CONTRACT, v.MUXED))


@TABLE.export("2", "Address", gives="String")
def address_to_strkey(host: Host, address: HostValue) -> bytes:
    host.budget.charge(_STRKEY_CPU)
    return v.strkey(address).encode()


@TABLE.export("8", "Val", gives="String")
def muxed_address_to_strkey(host: Host, address: HostValue) -> bytes:
    if address[0] != v.ADDRESS:
        raise HostError(ErrorType.VALUE, ErrorCode.UNEXPECTED_TYPE, "the value is no address, muxed or plain")
    host.budget.charge(_STRKEY_CPU)
    return v.strkey(address).encode()


@TABLE.export("3", "Vec", gives="Void")
def authorize_as_curr_contract(host: Host, entries: tuple[HostValue, ...]) -> None:
    host.touch((v.VEC, entries))
    host.auth.authorize_as_current_contract(entries)


@TABLE.export("4", "Muxed", gives="Address")
def get_address_from_muxed_address(_host: Host, muxed: HostValue) -> HostValue:
    return v.account(muxed[1][1][8:])


@TABLE.export("5", "Muxed", gives="U64")
def get_id_from_muxed_address(_host: Host, muxed: HostValue) -> int:
    return int.from_bytes(muxed[1][1][:8], "big")


@TABLE.export("9", gives="Vec")
def get_delegated_signers_for_current_auth_check(host: Host) -> tuple[HostValue, ...]:
    return host.auth.delegated_signers(host)


@TABLE.export("a", "Address", gives="Void")
def delegate_account_auth(host: Host, address: HostValue) -> None:
    host.auth.delegate(host, address)
