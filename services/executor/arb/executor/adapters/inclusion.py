"""What became of a transaction, from the bytes that the network shows of it."""

from collections.abc import Collection, Iterable, Iterator
from itertools import takewhile

from arb.contracts.balance_changes import balance_changes
from arb.contracts.errors import Malformed
from arb.contracts.results import decode_result
from arb.contracts.rpc_answers import TransactionAnswer, TransactionRecord
from arb.contracts.sources import sources
from arb.executor.ports import Included
from arb.messages.ledger import BalanceChange


def record_of(answer: TransactionAnswer) -> TransactionRecord:
    """The same in the words of getTransactions. Malformed when a part is missing."""
    if answer.result_xdr is None or answer.meta_xdr is None or answer.ledger is None:
        raise Malformed(f"getTransaction {answer.hash}: {answer.status} without ledger, result or meta")
    if answer.close_time is None or answer.envelope_xdr is None:
        raise Malformed(
            f"getTransaction {answer.hash}: {answer.status} without its envelope or its ledger's close time"
        )
    return TransactionRecord(
        successful=answer.status == "SUCCESS",
        hash=answer.hash,
        ledger=answer.ledger,
        close_time=answer.close_time,
        application_order=answer.application_order or 0,
        fee_bump=False,
        envelope_xdr=answer.envelope_xdr,
        result_xdr=answer.result_xdr,
        meta_xdr=answer.meta_xdr,
    )


def included(record: TransactionRecord, source: str, own_accounts: Iterable[str]) -> Included:
    """What the ledger says of a transaction of `source`: what moved in own accounts, and the fee if `source` paid."""
    result = decode_result(record.result_xdr)
    # Anybody may send our bytes within a fee bump of theirs, and then pays the fee.
    bumped = sources(record.envelope_xdr).fee_source != source
    fee = 0 if bumped else result.fee_charged
    deltas = balance_changes(record.meta_xdr, own=frozenset(own_accounts), fee_source=source, fee_charged=fee)
    return Included(
        successful=record.successful,
        ledger=record.ledger,
        close_time=record.close_time,
        fee_charged=fee,
        codes=result.codes,
        changes=tuple(BalanceChange(account=d.account, asset=str(d.asset), delta=d.delta) for d in deltas),
    )


def before(records: Iterable[TransactionRecord], tx_hashes: Collection[str]) -> Iterator[TransactionRecord]:
    """Those that were applied before this one, by whichever of its hashes it is known."""
    return takewhile(lambda record: record.hash not in tx_hashes, records)
