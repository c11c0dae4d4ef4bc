"""Deploying and invoking on a local network: arguments by the contract's own interface, signed, sent, waited for."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from arb.cli.localnet.keys import address_of, chosen_key
from arb.cli.localnet.network import PASSPHRASE, LocalServer
from arb.contracts.contract_code import code_key
from arb.contracts.interfaces import InterfaceCache
from arb.contracts.invocation.attended import Attended
from arb.contracts.invocation.fees import FeePolicy
from arb.contracts.invocation.host_fault import Published
from arb.contracts.invocation.naming import named
from arb.contracts.invocation.operations import (
    ContractOperation,
    CreateContract,
    InvokeContract,
    UploadWasm,
    created_contract_id,
)
from arb.contracts.invocation.outcomes import GiveUp, Rebuild, Succeeded
from arb.contracts.spec.errors import MalformedSpecError, MissingFunctionError
from arb.contracts.spec.interface import Interface
from arb.contracts.spec.text import arguments_of_text, json_of_result
from arb.contracts.spec.text_val import json_of_val
from arb.contracts.spec.types import Option, Scalar, Type

_FEES: Final = FeePolicy(total_cap=4_000_000_000)
"""Play money: a cap only because an envelope has one."""
_CONSTRUCTOR: Final = "__constructor"
_MAGIC: Final = b"\0asm"


class NotWasmError(Exception):
    """What is to be deployed is no wasm at all."""


class RefusedError(Exception):
    """The network or the contract said no. `outcome` is why."""

    def __init__(self, outcome: GiveUp | Rebuild) -> None:
        self.outcome = outcome
        super().__init__(outcome.detail if isinstance(outcome, GiveUp) else f"{outcome.reason} ({outcome.proof})")


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose key signs the transaction, and further accounts whose authorisation a call may need."""

    source: str
    signers: Sequence[str] = ()

    async def run(self, server: LocalServer, operation: ContractOperation) -> Succeeded:
        """Carry an operation through. RefusedError for an outcome that is none."""
        others = {signer.address: signer for signer in map(chosen_key, self.signers)}
        calls = Attended(server.rpc, PASSPHRASE, chosen_key(self.source), others=others, fees=_FEES)
        outcome = await calls.run(operation)
        if not isinstance(outcome, Succeeded):
            raise RefusedError(outcome)
        return outcome


async def deploy(
    server: LocalServer, caller: Caller, wasm: bytes, given: Mapping[str, str], salt: str | None
) -> dict[str, Any]:
    """Upload a contract, unless the network has its code, and create it. What the answer says: see the command."""
    if not wasm.startswith(_MAGIC):
        raise NotWasmError(f"the file is not wasm: it begins with {wasm[:8]!r}")
    arguments = _constructor_arguments(wasm, given)
    wasm_hash = hashlib.sha256(wasm).digest()
    source = chosen_key(caller.source)
    key = code_key(wasm_hash)
    fee = 0
    if key not in (await server.rpc.get_ledger_entries([key])).entries:
        fee = (await caller.run(server, UploadWasm(wasm))).fee_charged
    salted = _salt(salt)
    created = await caller.run(server, CreateContract(source.address, wasm_hash, salted, tuple(arguments)))
    return {
        "contract": created_contract_id(source.address, salted, PASSPHRASE),
        "wasm_hash": wasm_hash.hex(),
        "salt": salted.hex(),
        "ledger": created.ledger,
        "tx_hash": created.tx_hash,
        "fee_charged": fee + created.fee_charged,
        "events": [_event(event) for event in created.events],
    }


async def invoke(
    server: LocalServer, caller: Caller, contract: str, function: str, given: Mapping[str, str]
) -> dict[str, Any]:
    """Call a function by transaction, whether or not it changes anything."""
    contract = await server.contract_id(contract)
    interfaces = InterfaceCache()
    _, interface = await interfaces.of(server.rpc, contract)
    arguments = interface.encode_arguments(function, _values(interface, function, given))
    try:
        done = await caller.run(server, InvokeContract(contract, function, tuple(arguments)))
    except RefusedError as refused:
        if not isinstance(refused.outcome, GiveUp):
            raise
        told = await named(refused.outcome, server.rpc, interfaces, contract=contract, function=function)
        raise RefusedError(told) from None
    result = None if done.value is None else interface.decode_result(function, done.value)
    return {
        "result": json_of_result(interface, function, result),
        "ledger": done.ledger,
        "tx_hash": done.tx_hash,
        "fee_charged": done.fee_charged,
        "events": [_event(event) for event in done.events],
    }


def _constructor_arguments(wasm: bytes, given: Mapping[str, str]) -> list[Any]:
    try:
        interface = Interface.from_wasm(wasm)
    except MalformedSpecError:
        if given:
            raise
        return []  # whether it is a contract at all is for the network to say
    if _CONSTRUCTOR not in interface.functions and not given:
        return []
    try:
        return interface.encode_arguments(_CONSTRUCTOR, _values(interface, _CONSTRUCTOR, given))
    except MissingFunctionError:
        raise MissingFunctionError(f"the contract has no constructor: it takes no --arg {next(iter(given))}") from None


def _values(interface: Interface, function: str, given: Mapping[str, str]) -> dict[str, object]:
    interface.require([function])
    addresses = {field.name for field in interface.function(function).inputs if _is_address(field.type)}
    texts = {name: address_of(text) if name in addresses else text for name, text in given.items()}
    return arguments_of_text(interface, function, texts)


def _is_address(type_: Type) -> bool:
    inner = type_.value if isinstance(type_, Option) else type_
    return inner in (Scalar.ADDRESS, Scalar.MUXED_ADDRESS)


def _salt(text: str | None) -> bytes:
    """32 bytes in hexadecimal as they are, any other text by its SHA-256; None is a salt nobody had before."""
    if text is None:
        return secrets.token_bytes(32)
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    return raw if len(raw) == 32 else hashlib.sha256(text.encode()).digest()


def _event(event: Published) -> dict[str, Any]:
    return {
        "contract": event.contract,
        "topics": [json_of_val(topic) for topic in event.topics],
        "data": json_of_val(event.data),
    }
