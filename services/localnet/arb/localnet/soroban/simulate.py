"""A contract transaction tried out on the state of the last ledger: what it would do, declare and cost."""

from dataclasses import dataclass, field
from secrets import randbits

from stellar_sdk import xdr

from arb.localnet.ledger.entries import Account
from arb.localnet.ledger.state import LedgerState
from arb.localnet.ledger.txn import LedgerTxn
from arb.localnet.operations.handler import OpContext
from arb.localnet.operations.registry import HANDLERS
from arb.localnet.soroban.archive import archived_entry, live_until
from arb.localnet.soroban.auth import EnforcingAuth
from arb.localnet.soroban.auth_entries import auth_entry_of
from arb.localnet.soroban.budget import Budget
from arb.localnet.soroban.codec import pack
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.execution import Run, ledger_info, run
from arb.localnet.soroban.fees import events_fee
from arb.localnet.soroban.footprint import RecordingFootprint
from arb.localnet.soroban.ledger_storage import LedgerStorage
from arb.localnet.soroban.recording_auth import RecordingAuth
from arb.localnet.soroban.usage import bytes_on_disk, bytes_restored, bytes_written, rent_owed, sizes_and_lives
from arb.localnet.soroban.values import account
from arb.localnet.transactions.soroban_data import SorobanData, SorobanRun

_SIGNATURES = 3 * 72 + 500
"""Bytes of signatures that a simulated envelope may still be without, generously."""
_SIGNED_ENTRY = 200
_FIRST_SEQUENCE = 52
"""Bytes an account grows by when it first uses a sequence number, which is before its operation runs."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a simulation found. `changes` are (key, before, after) in packed XDR, None for not there.

    `data` is what to declare, `restore` what to declare in a RestoreFootprint that has to come first.
    """

    error: str | None = None
    result: bytes | None = None
    auth: list[bytes] = field(default_factory=list)
    diagnostics: list[bytes] = field(default_factory=list)
    data: xdr.SorobanTransactionData | None = None
    restore: xdr.SorobanTransactionData | None = None
    changes: list[tuple[bytes, bytes | None, bytes | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asked:
    """What to simulate: an operation's body for its source (G...), in an envelope of `tx_size` bytes.

    `record`: authorisation is recorded (else the operation's entries are enforced); `root_only` and `bound` as in
    RecordingAuth; `leeway` instructions are added to what was used; `close_time` (unix seconds) is the next ledger's
    where that is known (None: as if it were the last one's).
    """

    body: xdr.OperationBody
    source: str
    network_id: bytes
    tx_size: int
    record: bool = True
    root_only: bool = True
    bound: bool = True
    leeway: int = 50_000
    close_time: int | None = None


def simulate_call(state: LedgerState, asked: Asked) -> Simulation:
    """Run a host function with whatever footprint it turns out to need."""
    op = asked.body.invoke_host_function_op
    assert op is not None
    with _next_ledger(state) as ltx:
        ltx.header.close_time = asked.close_time or ltx.header.close_time
        config, footprint = ltx.header.soroban, RecordingFootprint()
        storage = LedgerStorage(ltx, footprint, config)
        source = account(asked.source)
        recording = RecordingAuth(source, storage, lambda: randbits(63), root_only=asked.root_only)
        auth: RecordingAuth | EnforcingAuth = recording
        if not asked.record:
            try:
                entries = [auth_entry_of(entry, asked.network_id) for entry in op.auth]
            except HostError as error:
                return Simulation(error=host_error_text(error))
            auth = EnforcingAuth(entries, source, storage)
        info = ledger_info(ltx.header, asked.network_id)
        budget = Budget(cpu_instructions=config.tx_max_instructions)
        ran = run(op.host_function, ledger=info, storage=storage, auth=auth, budget=budget, source=source)
        if ran.error is not None:
            return Simulation(error=host_error_text(ran.error), diagnostics=ran.packed_diagnostics())
        signed = [entry.to_xdr_bytes() for entry in recording.entries(bound=asked.bound)] if asked.record else []
        assert ran.value is not None
        return Simulation(
            result=pack(ran.value),
            auth=signed,
            diagnostics=ran.packed_diagnostics(),
            data=_declare_call(state, ltx, footprint, ran, asked, signed),
            changes=_changes(state, ltx, footprint.read_write),
        )


def simulate_life(state: LedgerState, asked: Asked, declared: xdr.SorobanTransactionData) -> Simulation:
    """Try out ExtendFootprintTTL or RestoreFootprint with the footprint their transaction declares."""
    restoring = asked.body.restore_footprint_op is not None
    data = SorobanData.of(declared, asked.tx_size + _SIGNATURES, restoring=restoring)
    if asked.body.extend_footprint_ttl_op is not None:
        archived = [key for key in data.read_only if _archived(state, key)]
        if archived:
            restored = _declared([], archived, [], _fee_free(data, archived, state))
            preamble = simulate_life(state, _restoring(asked), restored).data
            living = [key for key in data.read_only if key not in archived]
            rest = simulate_life(state, asked, _declared(living, [], [], data))
            assert rest.data is not None
            return Simulation(data=_with_footprint(rest.data, data.read_only), restore=preamble)
    with _next_ledger(state) as ltx:
        if restoring:
            missing = [key for key in data.read_write if state.get(key) is None and state.archived(key) is None]
            if missing:
                return Simulation(error=f"Missing entry to restore for key {missing[0].hex()}")
            data.read_write = [key for key in data.read_write if _archived(state, key)]
        data = _fee_free(data, data.read_write, state)
        call = SorobanRun(data, ltx.header.soroban)
        ctx = OpContext(ltx, asked.source, asked.source, 0, 0, asked.network_id, call)
        result = HANDLERS[asked.body.type].apply(ctx, asked.body)
        inner = result.extend_footprint_ttl_result or result.restore_footprint_result
        assert inner is not None
        if inner.code.value != 0:
            return Simulation(error=f"simulation failed: {inner.code.name}")
        data.resource_fee = data.non_refundable(call.config) + call.refundable_fee * 115 // 100
        return Simulation(data=_declared(data.read_only, data.read_write, [], data))


def host_error_text(error: HostError) -> str:
    """An error as the network's host writes it, with what it was about on a line of its own."""
    head = f"HostError: Error({_camel(error.type.name)}, "
    code = f"#{error.code})" if error.type is ErrorType.CONTRACT else f"{_camel(ErrorCode(error.code).name)})"
    return head + code + (f"\n\n{error.message}" if error.message else "")


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _next_ledger(state: LedgerState) -> LedgerTxn:
    ltx = LedgerTxn(state)
    ltx.header.ledger_seq += 1
    return ltx


def _archived(state: LedgerState, key: bytes) -> bool:
    """Whether an entry is archived in the next ledger."""
    with _next_ledger(state) as ltx:
        return archived_entry(ltx, key) is not None


def _ended(state: LedgerState, key: bytes) -> bool:
    until = live_until(state, key)
    return until is not None and until <= state.header.ledger_seq


def _declare_call(
    state: LedgerState, ltx: LedgerTxn, footprint: RecordingFootprint, ran: Run, asked: Asked, signed: list[bytes]
) -> xdr.SorobanTransactionData:
    archived = list(footprint.archived)
    declared = footprint.read_only + footprint.read_write
    with _next_ledger(state) as untouched:
        before = sizes_and_lives(untouched, declared)
    config = ltx.header.soroban
    data = SorobanData(
        footprint.read_only,
        footprint.read_write,
        archived,
        min(config.tx_max_instructions, max(ran.instructions + asked.leeway, ran.instructions * 104 // 100)),
        bytes_on_disk(state, declared, archived) + _FIRST_SEQUENCE * _unused_accounts(state, declared),
        bytes_written(ltx, footprint.read_write) + _FIRST_SEQUENCE * _unused_accounts(state, footprint.read_write),
        0,
        0,
    )
    unsigned = _declared(data.read_only, data.read_write, archived, data)
    size = asked.tx_size + len(unsigned.to_xdr_bytes()) + _SIGNATURES + sum(len(e) + _SIGNED_ENTRY for e in signed)
    data.tx_size = size * 110 // 100
    refundable = rent_owed(ltx, config, before) + events_fee(config, ran.output_size())
    unsigned.resource_fee = xdr.Int64(data.non_refundable(config) + refundable * 115 // 100)
    return unsigned


def _unused_accounts(state: LedgerState, footprint: list[bytes]) -> int:
    entries = map(state.get, footprint)
    return sum(isinstance(entry, Account) and not entry.seq_ledger for entry in entries)


def _fee_free(data: SorobanData, archived: list[bytes], state: LedgerState) -> SorobanData:
    """The same with resources that suffice to restore `archived`, and any fee."""
    size = bytes_restored(state, archived)
    tx_size = data.tx_size + 44 * len(archived)
    return SorobanData(data.read_only, data.read_write, [], 0, size, size, 2**62, tx_size, data.restoring)


def _restoring(asked: Asked) -> Asked:
    body = xdr.OperationBody(
        xdr.OperationType.RESTORE_FOOTPRINT, restore_footprint_op=xdr.RestoreFootprintOp(xdr.ExtensionPoint(0))
    )
    return Asked(body, asked.source, asked.network_id, asked.tx_size)


def _with_footprint(data: xdr.SorobanTransactionData, read_only: list[bytes]) -> xdr.SorobanTransactionData:
    data.resources.footprint.read_only = [xdr.LedgerKey.from_xdr_bytes(key) for key in read_only]
    return data


def _declared(
    read_only: list[bytes], read_write: list[bytes], archived: list[bytes], data: SorobanData
) -> xdr.SorobanTransactionData:
    indexes = sorted(read_write.index(key) for key in archived)
    extension = xdr.SorobanTransactionDataExt(0)
    if indexes:
        entries = xdr.SorobanResourcesExtV0([xdr.Uint32(index) for index in indexes])
        extension = xdr.SorobanTransactionDataExt(1, entries)
    footprint = xdr.LedgerFootprint(
        [xdr.LedgerKey.from_xdr_bytes(key) for key in read_only],
        [xdr.LedgerKey.from_xdr_bytes(key) for key in read_write],
    )
    resources = xdr.SorobanResources(
        footprint, xdr.Uint32(data.instructions), xdr.Uint32(data.disk_read_bytes), xdr.Uint32(data.write_bytes)
    )
    return xdr.SorobanTransactionData(extension, resources, xdr.Int64(data.resource_fee))


def _changes(
    state: LedgerState, ltx: LedgerTxn, written: list[bytes]
) -> list[tuple[bytes, bytes | None, bytes | None]]:
    found: list[tuple[bytes, bytes | None, bytes | None]] = []
    for key in written:
        # What was archived or has expired was not there, as the network tells it.
        before, after = None if _ended(state, key) else state.get(key), ltx.get(key)
        if before is not None or after is not None:
            packed = (None if before is None else before.packed(), None if after is None else after.packed())
            found.append((key, *packed))
    return found
