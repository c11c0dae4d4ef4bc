"""What the network's answers mean for a signed transaction: it ended, it is dead, or it may still live."""

from typing import Final, NamedTuple

from arb.contracts.balance_changes import balance_changes
from arb.contracts.results import decode_result
from arb.contracts.rpc_answers import SendAnswer, TransactionAnswer
from arb.contracts.sources import sources
from arb.messages.events.account import AccountTransactionSettled, AccountTransactionSigned
from arb.messages.ledger import BalanceChange

LONGEST_LIFE: Final = 300
"""Seconds between signing and max_time, at most: history that reaches this far back covers the whole life."""


class LastWord(NamedTuple):
    """What the network last said when asked to take the transaction."""

    status: str
    codes: tuple[str, ...]


def last_word(answer: SendAnswer) -> LastWord:
    """Status and, on ERROR, the result codes, as Horizon names them."""
    codes = decode_result(answer.error_result_xdr).codes if answer.error_result_xdr else ()
    return LastWord(answer.status, codes)


def settle(
    signed: AccountTransactionSigned, answer: TransactionAnswer, own: frozenset[str], word: LastWord | None
) -> AccountTransactionSettled | None:
    """How the transaction ended, or None while it may still live.

    It is dead only when a ledger has closed after max_time and the hash is absent from a history that reaches back to
    before it was signed. Whatever sendTransaction answered proves nothing.
    """
    if answer.status == "NOT_FOUND":
        closed_after = answer.latest_close_time > signed.max_time
        covers = answer.oldest_close_time <= signed.max_time - LONGEST_LIFE or answer.oldest_ledger <= 2
        if not (closed_after and covers):
            return None
        return AccountTransactionSettled(
            tx_hash=signed.tx_hash,
            outcome="expired",
            ledger=None,
            fee_charged=0,
            codes=word.codes if word else (),
            changes=(),
        )
    assert answer.result_xdr is not None
    assert answer.meta_xdr is not None
    assert answer.envelope_xdr is not None
    outcome = decode_result(answer.result_xdr)
    # Anybody may send our bytes within a fee bump of theirs, and then pays the fee.
    payer = sources(answer.envelope_xdr).fee_source
    fee = outcome.fee_charged if payer in own else 0
    deltas = balance_changes(answer.meta_xdr, own=own, fee_source=payer, fee_charged=fee)
    return AccountTransactionSettled(
        tx_hash=signed.tx_hash,
        outcome="success" if outcome.successful else "failed",
        ledger=answer.ledger,
        fee_charged=fee,
        codes=outcome.codes,
        changes=tuple(
            BalanceChange(account=delta.account, asset=str(delta.asset), delta=delta.delta) for delta in deltas
        ),
    )


def must_send(signed: AccountTransactionSigned, answer: TransactionAnswer) -> bool:
    """Whether the same bytes should be sent (again): not once no further ledger can take them."""
    return answer.status == "NOT_FOUND" and answer.latest_close_time <= signed.max_time


def pause(failures: int) -> float:
    """Seconds before another transaction of the same purpose, after `failures` in a row that did not succeed."""
    return min(2.0**failures, 300.0) if failures else 0.0
