"""The parts that values of calls are made of: symbols, addresses, errors, and how XDR of a value is read."""

import base64
from functools import lru_cache
from typing import Final, NamedTuple

from stellar_sdk import Address, xdr
from xdrlib3 import Error as XdrError

from arb.contracts.errors import Malformed
from arb.contracts.xdr_cursor import address_of, from_base64
from arb.markets.asset import account_key
from arb.markets.soroban.tokens import contract_address, contract_key

VOID: Final = xdr.SCVal(xdr.SCValType.SCV_VOID)
"""Shared: values are never changed once made."""

ERROR_KINDS: Final = (
    "contract",
    "wasm_vm",
    "context",
    "storage",
    "object",
    "crypto",
    "events",
    "budget",
    "value",
    "auth",
)
"""Who refuses, in the order of SCErrorType."""

_SYMBOL_CHARACTERS: Final = frozenset("_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_LONGEST_SYMBOL: Final = 32


class HostError(NamedTuple):
    """A value of the type Error. `kind` is "contract" (then `code` is that contract's) or a part of the host.

    Parts of the host: wasm_vm, context, storage, object, crypto, events, budget, value, auth; their `code` is the
    number of an SCErrorCode.
    """

    kind: str
    code: int


def read_value(packed: bytes | str) -> xdr.SCVal:
    """An SCVal from XDR or base64. Malformed when it is none, or when something follows it."""
    raw = from_base64(packed) if isinstance(packed, str) else packed
    try:
        return xdr.SCVal.from_xdr_bytes(raw)
    except (ValueError, EOFError, XdrError, TypeError, RecursionError) as wrong:
        raise Malformed(f"not a contract value: {wrong}") from None


def pack_value(value: xdr.SCVal) -> str:
    """An SCVal as base64 XDR."""
    return base64.b64encode(value.to_xdr_bytes()).decode()


def is_symbol(text: str) -> bool:
    """Whether the network takes it as a symbol: up to 32 letters, digits and underscores."""
    return len(text) <= _LONGEST_SYMBOL and _SYMBOL_CHARACTERS.issuperset(text)


def symbol(text: str) -> xdr.SCVal:
    """A symbol. The caller has checked `is_symbol`."""
    return xdr.SCVal(xdr.SCValType.SCV_SYMBOL, sym=xdr.SCSymbol(text.encode()))


@lru_cache(maxsize=4096)
def address_value(text: str) -> xdr.SCVal:
    """An address of any kind (G, C, M, B, L) as a value. ValueError when it is none."""
    kinds = xdr.SCAddressType
    if text[:1] == "C":
        contract = xdr.ContractID(xdr.Hash(contract_key(text)))
        address = xdr.SCAddress(kinds.SC_ADDRESS_TYPE_CONTRACT, contract_id=contract)
    elif text[:1] == "G":
        public = xdr.PublicKey(xdr.PublicKeyType.PUBLIC_KEY_TYPE_ED25519, xdr.Uint256(account_key(text)))
        address = xdr.SCAddress(kinds.SC_ADDRESS_TYPE_ACCOUNT, account_id=xdr.AccountID(public))
    else:
        address = Address(text).to_xdr_sc_address()
    return xdr.SCVal(xdr.SCValType.SCV_ADDRESS, address=address)


_contract_text: Final = lru_cache(maxsize=4096)(contract_address)


def address_text(address: xdr.SCAddress) -> str:
    """The strkey of an address of any kind."""
    if address.contract_id is not None:
        return _contract_text(address.contract_id.contract_id.hash)
    if address.account_id is not None and address.account_id.account_id.ed25519 is not None:
        return address_of(address.account_id.account_id.ed25519.uint256)
    return Address.from_xdr_sc_address(address).address
