"""The parts of a transaction resource that are read from its envelope: accounts, memo, signatures, preconditions."""

import base64
from typing import Any

from stellar_sdk import SignerKey, StrKey, xdr

from arb.localnet.horizon.hal import Json
from arb.localnet.ledger.account_ids import account_id_of_key, account_id_of_muxed
from arb.localnet.node.records import TransactionRecord


def muxed_fields(account: xdr.MuxedAccount, name: str) -> Json:
    """`name`, and for a muxed account also `name`_muxed and `name`_muxed_id."""
    fields: Json = {name: account_id_of_muxed(account)}
    if account.med25519 is not None:
        packed = account.med25519.ed25519.uint256 + account.med25519.id.uint64.to_bytes(8, "big")
        fields[f"{name}_muxed"] = StrKey.encode_med25519_public_key(packed)
        fields[f"{name}_muxed_id"] = str(account.med25519.id.uint64)
    return fields


def common_parts(record: TransactionRecord, shown: bytes) -> Json:
    """Accounts, sequence, memo, signatures, preconditions, the halves of a fee bump; `shown` is the hash asked for."""
    envelope = xdr.TransactionEnvelope.from_xdr_bytes(record.envelope_xdr)
    bump = envelope.fee_bump
    if envelope.v0 is not None:
        old = envelope.v0.tx
        accounts: Json = {"source_account": account_id_of_key(old.source_account_ed25519.uint256)}
        sequence, memo, inner_signatures = old.seq_num, old.memo, envelope.v0.signatures
        preconditions = _time_bounds(old.time_bounds)
        max_fee = old.fee.uint32
    else:
        v1 = bump.tx.inner_tx.v1 if bump is not None else envelope.v1
        assert v1 is not None
        accounts = _renamed(muxed_fields(v1.tx.source_account, "source_account"))
        sequence, memo, inner_signatures = v1.tx.seq_num, v1.tx.memo, v1.signatures
        preconditions = _preconditions(v1.tx.cond)
        max_fee = v1.tx.fee.uint32
    parts: Json = {
        **accounts,
        "source_account_sequence": str(sequence.sequence_number.int64),
        **(
            {key.replace("source_account", "fee_account"): value for key, value in accounts.items()}
            if bump is None
            else muxed_fields(bump.tx.fee_source, "fee_account")
        ),
        **_memo(memo),
    }
    signatures = _signatures(inner_signatures)
    if bump is not None:
        assert record.inner_hash is not None
        outer = _signatures(bump.signatures)
        parts["fee_bump_transaction"] = {"hash": record.hash.hex(), "signatures": outer}
        inner = {"hash": record.inner_hash.hex(), "signatures": signatures, "max_fee": str(max_fee)}
        parts["inner_transaction"] = inner
        signatures = outer if shown == record.hash else signatures
    parts["signatures"] = signatures
    if preconditions:
        parts["preconditions"] = preconditions
    return parts


def _renamed(fields: Json) -> Json:
    """Horizon says account_muxed, not source_account_muxed."""
    return {key if key == "source_account" else key.removeprefix("source_"): value for key, value in fields.items()}


def _signatures(signatures: list[xdr.DecoratedSignature]) -> list[str]:
    return [base64.b64encode(signature.signature.signature).decode() for signature in signatures]


def _memo(memo: xdr.Memo) -> Json:
    if memo.text is not None:
        raw = base64.b64encode(memo.text).decode()
        return {"memo_type": "text", "memo_bytes": raw, "memo": memo.text.decode("utf-8", "replace")}
    if memo.id is not None:
        return {"memo_type": "id", "memo": str(memo.id.uint64)}
    if memo.hash is not None:
        return {"memo_type": "hash", "memo": base64.b64encode(memo.hash.hash).decode()}
    if memo.ret_hash is not None:
        return {"memo_type": "return", "memo": base64.b64encode(memo.ret_hash.hash).decode()}
    return {"memo_type": "none"}


def _time_bounds(bounds: xdr.TimeBounds | None) -> Json:
    if bounds is None:
        return {}
    times = {"min_time": str(bounds.min_time.time_point.uint64)}
    if bounds.max_time.time_point.uint64:
        times["max_time"] = str(bounds.max_time.time_point.uint64)
    return {"timebounds": times}


def _preconditions(cond: xdr.Preconditions) -> Json:
    if cond.time_bounds is not None:
        return _time_bounds(cond.time_bounds)
    if cond.v2 is None:
        return {}
    v2 = cond.v2
    found = _time_bounds(v2.time_bounds)
    if v2.ledger_bounds is not None:
        ledgers: dict[str, Any] = {"min_ledger": v2.ledger_bounds.min_ledger.uint32}
        if v2.ledger_bounds.max_ledger.uint32:
            ledgers["max_ledger"] = v2.ledger_bounds.max_ledger.uint32
        found["ledgerbounds"] = ledgers
    if v2.min_seq_num is not None:
        found["min_account_sequence"] = str(v2.min_seq_num.sequence_number.int64)
    if v2.min_seq_age.duration.uint64:
        found["min_account_sequence_age"] = str(v2.min_seq_age.duration.uint64)
    if v2.min_seq_ledger_gap.uint32:
        found["min_account_sequence_ledger_gap"] = v2.min_seq_ledger_gap.uint32
    if v2.extra_signers:
        found["extra_signers"] = [SignerKey.from_xdr_object(signer).encoded_signer_key for signer in v2.extra_signers]
    return found
