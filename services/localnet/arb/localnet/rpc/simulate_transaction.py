"""simulateTransaction: what a contract transaction would do, and what to declare and sign so that it does."""

import base64
from typing import Any, Final

from stellar_sdk import xdr

from arb.localnet.ledger.account_ids import account_id_of_muxed
from arb.localnet.node.node import Node
from arb.localnet.rpc.params import Params, check_format, member, number, text
from arb.localnet.soroban.simulate import Asked, Simulation, simulate_call, simulate_life

_LEEWAY: Final = 50_000
_MODES: Final = ("", "enforce", "record", "record_allow_nonroot")
_LIFE: Final = (xdr.OperationType.EXTEND_FOOTPRINT_TTL, xdr.OperationType.RESTORE_FOOTPRINT)


def simulate_transaction(node: Node, params: Params) -> dict[str, Any]:
    """The answer of stellar-rpc; what is wrong with the transaction is in its `error`, not an error of the call."""
    check_format(params)
    latest = node.history.latest
    try:
        envelope = xdr.TransactionEnvelope.from_xdr(text(params, "transaction"))
    except (ValueError, TypeError, EOFError):
        return {"error": "Could not unmarshal transaction", "latestLedger": latest}
    tx = _transaction(envelope)
    if tx is None or len(tx.operations) != 1:
        return {"error": "Transaction contains more than one operation", "latestLedger": latest}
    if tx.memo.type is not xdr.MemoType.MEMO_NONE:
        return {
            "error": "Transaction contains a memo. Soroban transactions do not support memos.",
            "latestLedger": latest,
        }
    operation, mode = tx.operations[0], text(params, "authMode")
    wrong = _wrong_mode(operation.body, mode)
    if wrong is not None:
        return {"error": wrong, "latestLedger": latest}
    if mode == "":
        call = operation.body.invoke_host_function_op
        mode = "enforce" if call is not None and call.auth else "record"
    tx_size = len(envelope.to_xdr_bytes())
    config = member(params, "resourceConfig")
    asked = Asked(
        operation.body,
        account_id_of_muxed(operation.source_account or tx.source_account),
        node.network_id,
        tx_size,
        record=mode != "enforce",
        root_only=mode != "record_allow_nonroot",
        bound=params.get("useUpgradedAuth") is True,
        leeway=number(config, "instructionLeeway") if "instructionLeeway" in config else _LEEWAY,
    )
    state = node.ledger.root
    if operation.body.type is xdr.OperationType.INVOKE_HOST_FUNCTION:
        return _answer(simulate_call(state, asked), latest, call=True)
    if tx.ext.soroban_data is None:
        return {
            "error": "To perform a SimulateTransaction for ExtendFootprintTtl or RestoreFootprint operations,"
            " SorobanTransactionData must be provided",
            "latestLedger": latest,
        }
    return _answer(simulate_life(state, asked, tx.ext.soroban_data), latest, call=False)


def _transaction(envelope: xdr.TransactionEnvelope) -> xdr.Transaction | None:
    if envelope.v1 is not None:
        return envelope.v1.tx
    inner = envelope.fee_bump.tx.inner_tx.v1 if envelope.fee_bump is not None else None
    return None if inner is None else inner.tx


def _wrong_mode(body: xdr.OperationBody, mode: str) -> str | None:
    if mode not in _MODES:
        return "optional 'authMode' must be one of enforce,record,record_allow_nonroot when included"
    if body.type in _LIFE:
        return "cannot set authMode with non-InvokeHostFunction operations" if mode else None
    call = body.invoke_host_function_op
    if call is None:
        return f"Transaction contains unsupported operation type: {body.type.name}"
    if call.auth and mode.startswith("record"):
        return f"cannot set authMode to '{mode}' with an auth footprint"
    return None


def _answer(found: Simulation, latest: int, *, call: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {"latestLedger": latest}
    if found.diagnostics:
        answer["events"] = [_b64(event) for event in found.diagnostics]
    if found.error is not None:
        return {**answer, "error": found.error}
    assert found.data is not None
    answer["transactionData"] = found.data.to_xdr()
    answer["minResourceFee"] = str(found.data.resource_fee.int64)
    if call and found.result is not None:
        answer["results"] = [{"auth": [_b64(entry) for entry in found.auth], "xdr": _b64(found.result)}]
    if found.restore is not None:
        fee = str(found.restore.resource_fee.int64)
        answer["restorePreamble"] = {"transactionData": found.restore.to_xdr(), "minResourceFee": fee}
    if found.changes:
        answer["stateChanges"] = [_change(*change) for change in found.changes]
    return answer


def _change(key: bytes, before: bytes | None, after: bytes | None) -> dict[str, Any]:
    kind = "created" if before is None else "deleted" if after is None else "updated"
    change: dict[str, Any] = {"type": kind, "key": _b64(key)}
    change["before"] = None if before is None else _b64(before)
    change["after"] = None if after is None else _b64(after)
    return change


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
