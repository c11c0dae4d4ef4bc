"""Which error a contract call failed with, and where it arose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stellar_sdk import StrKey, scval, xdr

from arb.contracts.errors import Malformed
from arb.contracts.invocation.host_fault import (
    HostFault,
    Published,
    diagnostic_events,
    fault_of_events,
    fault_of_text,
    published,
    return_value,
)

Type, Code = xdr.SCErrorType, xdr.SCErrorCode
PAIR, ROUTER = b"\x01" * 32, b"\x02" * 32


def contract_error(code: int) -> xdr.SCError:
    return xdr.SCError(Type.SCE_CONTRACT, contract_code=xdr.Uint32(code))


def told(contract: bytes | None, error: xdr.SCError, text: str = "said") -> xdr.DiagnosticEvent:
    """A diagnostic event as the host reports an error."""
    topics = [scval.to_symbol("error"), xdr.SCVal(xdr.SCValType.SCV_ERROR, error=error)]
    body = xdr.ContractEventBody(0, v0=xdr.ContractEventV0(topics, scval.to_vec([scval.to_string(text)])))
    own = None if contract is None else xdr.ContractID(xdr.Hash(contract))
    event = xdr.ContractEvent(xdr.ExtensionPoint(0), own, xdr.ContractEventType.DIAGNOSTIC, body)
    return xdr.DiagnosticEvent(False, event)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HostError: Error(Contract, #114)\n\nEvent log (newest first):\n   0: ...", (Type.SCE_CONTRACT, 114, "")),
        ("HostError: Error(WasmVm, InvalidAction)", (Type.SCE_WASM_VM, Code.SCEC_INVALID_ACTION, "")),
        (
            "HostError: Error(Auth, InvalidInput)\n\nsignature has expired in ledger 5",
            (Type.SCE_AUTH, Code.SCEC_INVALID_INPUT, "signature has expired in ledger 5"),
        ),
        ("HostError: Error(Budget, ExceededLimit)", (Type.SCE_BUDGET, Code.SCEC_EXCEEDED_LIMIT, "")),
    ],
)
def test_a_simulations_text_names_the_error(text: str, expected: tuple[xdr.SCErrorType, int, str]) -> None:
    fault = fault_of_text(text)
    assert fault is not None
    assert (fault.type, fault.code, fault.message) == expected


@pytest.mark.parametrize(
    "text", ["", "Could not unmarshal", "Error(Contract, InvalidAction)", "Error(Auth, #4)", "Error(X, Y)"]
)
def test_a_text_without_an_error_of_the_host_names_none(text: str) -> None:
    assert fault_of_text(text) is None


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    fault_of_text(text)
    fault_of_text(f"HostError: Error(Contract, #7){text}")


def test_the_error_belongs_to_the_contract_it_arose_in() -> None:
    # given a pair's error that its router passes on, after another error that the router caught
    events = [told(PAIR, contract_error(9)), told(PAIR, contract_error(114), "k"), told(ROUTER, contract_error(114))]
    # then the pair is named, by events alone and together with the text
    expected = HostFault(Type.SCE_CONTRACT, 114, StrKey.encode_contract(PAIR), "k")
    assert fault_of_events(events) == expected
    assert fault_of_text("HostError: Error(Contract, #114)", events) == expected


def test_other_diagnostics_say_nothing() -> None:
    call = told(PAIR, contract_error(1))
    assert call.event.body.v0 is not None
    call.event.body.v0.topics[0] = scval.to_symbol("fn_call")
    assert fault_of_events([call]) is None
    assert fault_of_events([]) is None


def test_an_error_reads_as_the_network_writes_it() -> None:
    assert str(HostFault(Type.SCE_CONTRACT, 4)) == "Error(Contract, #4)"
    assert str(HostFault(Type.SCE_WASM_VM, 6, None, "trap")) == "Error(WasmVm, InvalidAction): trap"


@pytest.mark.parametrize("version", [3, 4])
def test_a_meta_gives_value_events_and_diagnostics(version: int) -> None:
    # given a meta of either version the network has written since contracts exist
    event = told(PAIR, contract_error(1)).event
    diagnostics = [told(PAIR, contract_error(2))]
    value = scval.to_uint32(5)
    if version == 3:
        soroban = xdr.SorobanTransactionMeta(xdr.SorobanTransactionMetaExt(0), [event], value, diagnostics)
        meta = xdr.TransactionMeta(
            3,
            v3=xdr.TransactionMetaV3(
                xdr.ExtensionPoint(0), xdr.LedgerEntryChanges([]), [], xdr.LedgerEntryChanges([]), soroban
            ),
        )
    else:
        operation = xdr.OperationMetaV2(xdr.ExtensionPoint(0), xdr.LedgerEntryChanges([]), [event])
        meta = xdr.TransactionMeta(
            4,
            v4=xdr.TransactionMetaV4(
                xdr.ExtensionPoint(0),
                xdr.LedgerEntryChanges([]),
                [operation],
                xdr.LedgerEntryChanges([]),
                xdr.SorobanTransactionMetaV2(xdr.SorobanTransactionMetaExt(0), value),
                [],
                diagnostics,
            ),
        )
    # then each is read from where it is
    text = meta.to_xdr()
    assert return_value(text) == value
    assert event.body.v0 is not None
    topics, data = tuple(event.body.v0.topics), event.body.v0.data
    assert published(text) == (Published(StrKey.encode_contract(PAIR), topics, data),)
    assert diagnostic_events(text) == tuple(diagnostics)


@pytest.mark.parametrize("text", ["", "!", "AAAA", "AAAABAAAAAD/////"])
def test_what_is_no_meta_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        return_value(text)
