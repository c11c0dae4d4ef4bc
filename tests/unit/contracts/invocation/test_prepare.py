"""From a simulation's answer to what is declared, signed and paid."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stellar_sdk import Keypair, scval, xdr

from arb.contracts.errors import Malformed
from arb.contracts.invocation.envelope import Draft
from arb.contracts.invocation.fees import FeeAboveCap, FeePolicy
from arb.contracts.invocation.operations import InvokeContract, created_contract_id
from arb.contracts.invocation.outcomes import GiveUp, GiveUpReason, RestoreFirst
from arb.contracts.invocation.prepare import Prepared, after_simulation, restoring
from arb.contracts.rpc_answers import FeeStats
from arb.contracts.simulation import RestorePreamble, Simulation

PASSPHRASE = "Standalone Network ; February 2017"
ALICE = Keypair.from_raw_ed25519_seed(sha256(b"alice").digest()).public_key
CONTRACT = created_contract_id(ALICE, bytes(32), PASSPHRASE)
DRAFT = Draft(InvokeContract(CONTRACT, "swap"), ALICE, ALICE, 7, 1_800_000_000, PASSPHRASE)
KEY = xdr.LedgerKey(xdr.LedgerEntryType.CONTRACT_CODE, contract_code=xdr.LedgerKeyContractCode(xdr.Hash(b"\x07" * 32)))


def declared(instructions: int = 1_000, fee: int = 5_000) -> xdr.SorobanTransactionData:
    resources = xdr.SorobanResources(
        xdr.LedgerFootprint([], [KEY]), xdr.Uint32(instructions), xdr.Uint32(200), xdr.Uint32(30)
    )
    return xdr.SorobanTransactionData(xdr.SorobanTransactionDataExt(0), resources, xdr.Int64(fee))


def answer(
    *,
    error: str | None = None,
    data: xdr.SorobanTransactionData | None = None,
    restore: RestorePreamble | None = None,
) -> Simulation:
    value = None if error else scval.to_uint32(1)
    return Simulation(90, error, value, (), data, None if data is None else 5_000, restore, ())


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**40), st.integers(0, 300))
def test_a_margin_is_never_less_than_asked_for(instructions: int, fee: int, percent: int) -> None:
    # given what simulation found, when a margin is put on it
    found = declared(instructions, fee)
    more = FeePolicy(margin_percent=percent).with_margin(found, fee)
    # then everything grew by at least that, within what an envelope can say, and the footprint stayed
    limit = 2**32 - 1
    assert more.resources.instructions.uint32 * 100 >= min(instructions * (100 + percent), limit * 100)
    assert more.resource_fee.int64 * 100 >= fee * (100 + percent)
    assert more.resources.footprint == found.resources.footprint
    assert found.resource_fee.int64 == fee


@pytest.mark.parametrize(("p90", "expected"), [(0, 100), (100, 100), (4_321, 4_321), (50_000, 50_000)])
def test_a_bid_is_what_others_paid_and_never_below_the_base_fee(p90: int, expected: int) -> None:
    assert FeePolicy(inclusion_cap=50_000).inclusion_fee(FeeStats(1, 0, 0, p90, 0, 0)) == expected


def test_nothing_is_paid_beyond_the_caps() -> None:
    with pytest.raises(FeeAboveCap, match="a place in the ledger goes for 101"):
        FeePolicy(inclusion_cap=100).inclusion_fee(FeeStats(1, 0, 0, 101, 0, 0))
    policy = FeePolicy(margin_percent=0, total_cap=5_109)
    data = policy.with_margin(declared(), 5_000)
    assert policy.total(data, 99) == 5_109
    with pytest.raises(FeeAboveCap, match="the cap is 5109"):
        policy.total(data, 100)
    with pytest.raises(FeeAboveCap):  # an envelope cannot say it
        FeePolicy(total_cap=2**60).total(declared(fee=2**32), 100)


def test_a_simulated_call_is_declared_with_its_margin() -> None:
    call = after_simulation(DRAFT, answer(data=declared()))
    assert isinstance(call, Prepared)
    assert (call.value, call.ledger) == (scval.to_uint32(1), 90)
    envelope = xdr.TransactionEnvelope.from_xdr_bytes(call.build(FeePolicy(), inclusion_fee=100).envelope)
    assert envelope.v1 is not None
    data = envelope.v1.tx.ext.soroban_data
    assert data is not None
    assert (data.resources.instructions.uint32, data.resource_fee.int64) == (1_150, 5_760)
    assert envelope.v1.tx.fee.uint32 == 5_860


def test_archived_entries_are_restored_on_the_same_sequence_number() -> None:
    # given a simulation that asks for a restore
    first = after_simulation(DRAFT, answer(data=declared(), restore=RestorePreamble(declared(fee=900), 1_000)))
    assert isinstance(first, RestoreFirst)
    # when it is built, then it restores what the preamble names, on the draft's sequence number and time bound
    envelope = xdr.TransactionEnvelope.from_xdr_bytes(restoring(DRAFT, first, FeePolicy(), inclusion_fee=100).envelope)
    assert envelope.v1 is not None
    tx = envelope.v1.tx
    assert tx.operations[0].body.type is xdr.OperationType.RESTORE_FOOTPRINT
    assert tx.seq_num.sequence_number.int64 == DRAFT.sequence
    assert tx.cond.time_bounds is not None
    assert tx.cond.time_bounds.max_time.time_point.uint64 == DRAFT.max_time
    assert tx.ext.soroban_data is not None
    assert tx.ext.soroban_data.resources.footprint.read_write == [KEY]
    assert tx.ext.soroban_data.resource_fee.int64 >= 1_150


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("HostError: Error(Contract, #3)", GiveUpReason.CONTRACT_ERROR),
        ("HostError: Error(Auth, InvalidAction)", GiveUpReason.AUTH_REFUSED),
        ("HostError: Error(Storage, MissingValue)", GiveUpReason.MISSING),
        ("HostError: Error(Budget, ExceededLimit)", GiveUpReason.RESOURCE_LIMIT),
        ("HostError: Error(WasmVm, InvalidAction)", GiveUpReason.TRAPPED),
        ("Could not unmarshal transaction", GiveUpReason.MALFORMED),
    ],
)
def test_a_simulation_that_fails_is_given_up(error: str, reason: GiveUpReason) -> None:
    refused = after_simulation(DRAFT, answer(error=error))
    assert isinstance(refused, GiveUp)
    assert refused.reason is reason


def test_an_answer_without_data_is_none() -> None:
    with pytest.raises(Malformed):
        after_simulation(DRAFT, answer())
