"""Which code a contract runs, and that code: instance and code entries of the ledger."""

import base64
import struct
from typing import Final, NamedTuple

from stellar_sdk import xdr
from xdrlib3 import Error as XdrError

from arb.contracts.contract_errors import NotAContractError
from arb.contracts.errors import Malformed
from arb.contracts.rpc import RpcClient
from arb.contracts.xdr_cursor import from_base64
from arb.markets.errors import ContractAddressError
from arb.markets.soroban.tokens import contract_key

_CONTRACT_DATA: Final = 6
_CONTRACT_CODE: Final = 7
_CONTRACT_ADDRESS: Final = 1
_INSTANCE_KEY: Final = 20
_PERSISTENT: Final = 1


class Executable(NamedTuple):
    """`wasm_hash` (32 bytes), or None for the asset contract that is built into the network."""

    wasm_hash: bytes | None


def contract_key_bytes(contract: str) -> bytes:
    """The 32 bytes of a contract id (C...). NotAContractError when it is none."""
    try:
        return contract_key(contract)
    except ContractAddressError:
        raise NotAContractError(repr(contract[:64]), "is not a contract id: expected C and 55 characters") from None


def instance_key(contract: str) -> str:
    """LedgerKey (base64) of a contract's instance. NotAContractError for what is no contract id."""
    key = contract_key_bytes(contract)
    return _text(struct.pack(">ii32sii", _CONTRACT_DATA, _CONTRACT_ADDRESS, key, _INSTANCE_KEY, _PERSISTENT))


def code_key(wasm_hash: bytes) -> str:
    """LedgerKey (base64) of contract code."""
    return _text(struct.pack(">i32s", _CONTRACT_CODE, wasm_hash))


async def read_executable(rpc: RpcClient, contract: str) -> Executable:
    """What the contract runs. NotAContractError when there is no such contract."""
    key = instance_key(contract)
    entry = (await rpc.get_ledger_entries([key])).entries.get(key)
    if entry is None:
        raise NotAContractError(contract, "is not there: this network has no contract under the id")
    data = _entry(entry).contract_data
    if data is None or data.val.instance is None:
        raise Malformed(f"the instance of {contract} is something else")
    executable = data.val.instance.executable
    if executable.type is xdr.ContractExecutableType.CONTRACT_EXECUTABLE_STELLAR_ASSET:
        return Executable(None)
    if executable.wasm_hash is None:
        raise NotAContractError(contract, f"runs {executable.type.name}, which this program does not know")
    return Executable(executable.wasm_hash.hash)


async def read_wasm(rpc: RpcClient, contract: str, wasm_hash: bytes) -> bytes:
    """The code that `contract` runs. NotAContractError when it is gone."""
    key = code_key(wasm_hash)
    entry = (await rpc.get_ledger_entries([key])).entries.get(key)
    if entry is None:
        raise NotAContractError(contract, f"runs code {wasm_hash.hex()}, which is not there")
    code = _entry(entry).contract_code
    if code is None:
        raise Malformed(f"the code of {contract} is something else")
    return code.code


def _entry(packed: str) -> xdr.LedgerEntryData:
    try:
        return xdr.LedgerEntryData.from_xdr_bytes(from_base64(packed))
    except (ValueError, EOFError, XdrError, RecursionError) as wrong:
        raise Malformed(f"not a ledger entry: {wrong}") from None


def _text(packed: bytes) -> str:
    return base64.b64encode(packed).decode()
