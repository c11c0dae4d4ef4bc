"""One host function, run: the same for a submitted transaction and for its simulation."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from stellar_sdk import xdr

from arb.localnet.ledger.header import Header
from arb.localnet.soroban.budget import Budget
from arb.localnet.soroban.codec import from_scaddress, from_scval, pack
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.events import Event
from arb.localnet.soroban.host import Host
from arb.localnet.soroban.ledger_storage import LedgerStorage
from arb.localnet.soroban.modules import Modules
from arb.localnet.soroban.ports import Auth, LedgerInfo
from arb.localnet.soroban.sac import AssetContract
from arb.localnet.soroban.values import HostValue, bytes_

_Executable = xdr.ContractExecutableType


@dataclass(frozen=True, slots=True)
class Run:
    """What a host function came to. Exactly one of `value` and `error` is set; `events` are those that stand.

    `instructions` and `memory` (bytes, at its peak) were used; `overrun` if that was more than there was.
    """

    value: HostValue | None
    error: HostError | None
    events: list[Event]
    diagnostics: list[Event]
    instructions: int
    memory: int
    overrun: bool

    def success_hash(self) -> bytes:
        """SHA-256 of return value and events, as the operation's result carries it."""
        assert self.value is not None
        events = [event.pack() for event in self.events]
        return sha256(pack(self.value) + len(events).to_bytes(4, "big") + b"".join(events)).digest()

    def output_size(self) -> int:
        """Bytes of return value and events together."""
        value = b"" if self.value is None else pack(self.value)
        return len(value) + sum(len(event.pack()) for event in self.events)

    def packed_diagnostics(self) -> list[bytes]:
        """The diagnostic events as packed DiagnosticEvents."""
        return [event.pack_diagnostic() for event in self.diagnostics]


@cache
def modules() -> Modules:
    """The compiled contracts of this process: compiling is dear, and what it gives depends on the wasm alone."""
    return Modules()


def ledger_info(header: Header, network_id: bytes) -> LedgerInfo:
    """The ledger as contracts see it."""
    config = header.soroban
    return LedgerInfo(
        sequence=header.ledger_seq,
        timestamp=header.close_time,
        protocol_version=header.protocol_version,
        network_id=network_id,
        base_reserve=header.base_reserve,
        min_temporary_ttl=config.min_temporary_ttl,
        min_persistent_ttl=config.min_persistent_ttl,
        max_ttl=config.max_entry_ttl,
    )


def run(
    function: xdr.HostFunction,
    *,
    ledger: LedgerInfo,
    storage: LedgerStorage,
    auth: Auth,
    budget: Budget,
    source: HostValue,
) -> Run:
    """Run a host function; a refusal is in the answer, with what it had used until then."""
    host = Host(
        ledger=ledger,
        storage=storage,
        auth=auth,
        modules=modules(),
        budget=budget,
        asset_contract=AssetContract(storage),
        source_account=source,
        random_seed=lambda: _random_seed(function, ledger, source),
    )
    value: HostValue | None = None
    error: HostError | None = None
    try:
        value = _dispatch(host, function)
    except HostError as refusal:
        error = refusal
    events = [] if error is not None else list(host.events)
    return Run(value, error, events, list(host.diagnostics), budget.cpu_used, budget.memory_peak, budget.overrun)


def _random_seed(function: xdr.HostFunction, ledger: LedgerInfo, source: HostValue) -> bytes:
    """What a call's random numbers follow from: who asks for what in which ledger, so that any node gets the same."""
    ledger_parts = ledger.network_id + ledger.sequence.to_bytes(4, "big") + ledger.timestamp.to_bytes(8, "big")
    return sha256(ledger_parts + pack(source) + function.to_xdr_bytes()).digest()


def _dispatch(host: Host, function: xdr.HostFunction) -> HostValue:
    if function.invoke_contract is not None:
        call = function.invoke_contract
        kind, contract = from_scaddress(call.contract_address)[1]
        if kind != 1:
            raise HostError(ErrorType.VALUE, ErrorCode.INVALID_INPUT, "only contracts can be invoked")
        return host.invoke(contract, call.function_name.sc_symbol.decode(), [from_scval(arg) for arg in call.args])
    if function.wasm is not None:
        return bytes_(host.upload(function.wasm))
    created = function.create_contract or function.create_contract_v2
    assert created is not None
    origin, executable = created.contract_id_preimage, created.executable
    asset = origin.from_asset
    if asset is not None and executable.type is _Executable.CONTRACT_EXECUTABLE_STELLAR_ASSET:
        return host.create_asset_contract(asset.to_xdr_bytes())
    if origin.from_address is None or executable.wasm_hash is None:
        raise HostError(ErrorType.VALUE, ErrorCode.INVALID_INPUT, "address and wasm, or asset and asset contract")
    with_constructor = isinstance(created, xdr.CreateContractArgsV2)
    args = (
        [from_scval(arg) for arg in created.constructor_args] if isinstance(created, xdr.CreateContractArgsV2) else []
    )
    return host.create_contract(
        from_scaddress(origin.from_address.address),
        origin.from_address.salt.uint256,
        executable.wasm_hash.hash,
        args,
        with_constructor=with_constructor,
    )
