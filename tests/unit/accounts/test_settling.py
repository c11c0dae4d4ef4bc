"""A transaction ends by what the ledger says, or by proof that it died, and by nothing else."""

from typing import Any

import pytest
from stellar_sdk import Account, Keypair, TransactionBuilder, xdr

from arb.accounts.domain.settling import LONGEST_LIFE, LastWord, last_word, must_send, pause, settle
from arb.contracts.rpc_answers import SendAnswer, TransactionAnswer
from arb.messages.events.account import AccountTransactionSigned
from arb.messages.ledger import BalanceChange

PASSPHRASE = "Standalone Network ; February 2017"
KEY = Keypair.from_raw_ed25519_seed(b"t" * 32)
TRADING = KEY.public_key
MAX_TIME = 1_700_000_000
HASH = "ab" * 32
SIGNED = AccountTransactionSigned(
    purpose="top_up", source=TRADING, sequence=5, tx_hash=HASH, envelope_xdr="AAAA", max_time=MAX_TIME
)
NOT_FOUND: dict[str, Any] = {
    "status": "NOT_FOUND",
    "hash": HASH,
    "latest_ledger": 1000,
    "latest_close_time": MAX_TIME + 1,
    "oldest_ledger": 500,
    "oldest_close_time": MAX_TIME - LONGEST_LIFE,
    **dict.fromkeys(("ledger", "close_time", "application_order", "envelope_xdr", "result_xdr", "meta_xdr")),
}


def absent(**changed: int) -> TransactionAnswer:
    return TransactionAnswer(**(NOT_FOUND | changed))


def result(code: xdr.TransactionResultCode, fee: int) -> str:
    body = xdr.TransactionResultResult(code, results=[] if code.value in (0, -1) else None)
    return xdr.TransactionResult(xdr.Int64(fee), body, xdr.TransactionResultExt(0)).to_xdr()


def sent_by(signer: Keypair, fee_payer: Keypair | None = None) -> str:
    """An envelope of `signer`, within a fee bump of `fee_payer` when there is one."""
    builder = TransactionBuilder(Account(signer.public_key, 4), PASSPHRASE, 100).add_time_bounds(0, MAX_TIME)
    envelope = builder.append_bump_sequence_op(9).build()
    envelope.sign(signer)
    if fee_payer is None:
        return envelope.to_xdr()
    return TransactionBuilder.build_fee_bump_transaction(fee_payer, 200, envelope, PASSPHRASE).to_xdr()


def included(status: str, code: xdr.TransactionResultCode, envelope: str = "") -> TransactionAnswer:
    nothing = xdr.LedgerEntryChanges([])
    meta = xdr.TransactionMeta(2, v2=xdr.TransactionMetaV2(nothing, [], nothing)).to_xdr()
    found = {"status": status, "ledger": 998, "close_time": MAX_TIME - 5, "application_order": 1}
    documents = {"result_xdr": result(code, 300), "meta_xdr": meta, "envelope_xdr": envelope or sent_by(KEY)}
    return TransactionAnswer(**(NOT_FOUND | found | documents))


def test_a_success_and_a_failure_both_cost_the_fee() -> None:
    own = frozenset({TRADING})
    for status, code, outcome in (
        ("SUCCESS", xdr.TransactionResultCode.txSUCCESS, "success"),
        ("FAILED", xdr.TransactionResultCode.txFAILED, "failed"),
    ):
        settled = settle(SIGNED, included(status, code), own, None)
        assert settled is not None
        assert (settled.outcome, settled.ledger, settled.fee_charged) == (outcome, 998, 300)
        assert settled.changes == (BalanceChange(account=TRADING, asset="native", delta=-300),)


def test_a_fee_that_a_stranger_paid_is_not_ours() -> None:
    stranger = Keypair.from_raw_ed25519_seed(b"s" * 32)
    answer = included("SUCCESS", xdr.TransactionResultCode.txSUCCESS, sent_by(KEY, stranger))
    settled = settle(SIGNED, answer, frozenset({TRADING}), None)
    assert settled is not None
    assert (settled.outcome, settled.fee_charged, settled.changes) == ("success", 0, ())


def test_it_is_dead_once_a_ledger_closed_after_max_time_and_history_covers_its_life() -> None:
    settled = settle(SIGNED, absent(), frozenset(), LastWord("ERROR", ("tx_bad_seq",)))
    assert settled is not None
    assert (settled.outcome, settled.changes, settled.codes) == ("expired", (), ("tx_bad_seq",))


@pytest.mark.parametrize(
    "alive",
    [
        absent(latest_close_time=MAX_TIME),  # the ledger at max_time itself may still hold it
        absent(latest_close_time=MAX_TIME - 50),
        absent(oldest_close_time=MAX_TIME - LONGEST_LIFE + 1),  # history may begin after it was included
    ],
)
def test_otherwise_it_may_live_whatever_was_answered(alive: TransactionAnswer) -> None:
    assert settle(SIGNED, alive, frozenset(), LastWord("ERROR", ("tx_too_late",))) is None


def test_a_network_younger_than_the_transaction_has_history_enough() -> None:
    young = absent(oldest_ledger=2, oldest_close_time=MAX_TIME - 10)
    settled = settle(SIGNED, young, frozenset(), None)
    assert settled is not None


def test_the_same_bytes_are_sent_again_only_while_a_ledger_can_take_them() -> None:
    assert must_send(SIGNED, absent(latest_close_time=MAX_TIME))
    assert not must_send(SIGNED, absent(latest_close_time=MAX_TIME + 1))
    assert not must_send(SIGNED, included("SUCCESS", xdr.TransactionResultCode.txSUCCESS))


def test_an_error_says_its_codes() -> None:
    refused = SendAnswer("ERROR", HASH, 1, 1, result(xdr.TransactionResultCode.txINSUFFICIENT_FEE, 0))
    assert last_word(refused) == LastWord("ERROR", ("tx_insufficient_fee",))
    assert last_word(SendAnswer("PENDING", HASH, 1, 1, None)) == LastWord("PENDING", ())


def test_pauses_grow_with_failures_and_end_at_five_minutes() -> None:
    assert [pause(failures) for failures in (0, 1, 2, 3, 20)] == [0.0, 2.0, 4.0, 8.0, 300.0]
