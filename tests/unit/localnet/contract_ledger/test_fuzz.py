"""Whatever is sent to contracts, the ledger stays whole: nothing crashes, nothing is lost, failures cost their fee.

ARB_FUZZ_CALLS and ARB_FUZZ_SEED make it longer and another one.
"""

import os
from collections import Counter

from stellar_sdk import xdr
from support.ledger_fuzz import LedgerFuzz
from support.ledger_state import Snapshot, entries_of, state_hash_of

CALLS = int(os.environ.get("ARB_FUZZ_CALLS", "250"))
SEED = int(os.environ.get("ARB_FUZZ_SEED", "7"))


def test_no_transaction_corrupts_the_ledger() -> None:
    # given every contract of ours on one ledger
    fuzz = LedgerFuzz(SEED)
    ledger, outcomes = fuzz.world.ledger, Counter[str]()
    for number in range(CALLS):
        if number % 100 == 60:
            fuzz.sleep()
        sender, envelope = fuzz.transaction()
        before, supplies = Snapshot.of(ledger), fuzz.supplies()
        # when a transaction of any kind is offered to the next ledger
        envelope.sign(fuzz.world.keys[sender])
        applied = fuzz.world.close(envelope)
        after = fuzz.supplies()
        if not applied:
            outcomes["refused"] += 1
            assert ledger.state_hash() == before.hash_after_nothing(ledger)
            continue
        (tx,) = applied
        # then its result and meta can be read, and are of the network's making
        result = xdr.TransactionResult.from_xdr_bytes(tx.result)
        assert result.result.code is not xdr.TransactionResultCode.txINTERNAL_ERROR
        assert xdr.TransactionMeta.from_xdr_bytes(tx.result_meta).to_xdr_bytes() == tx.result_meta
        outcomes["applied" if tx.successful else "failed"] += 1
        # and what failed cost its fee, and what succeeded made or lost no money but what its events say
        if not tx.successful:
            assert ledger.state_hash() == before.hash_after_paying(ledger, tx)
        changes = [now - then for now, then in zip(after, supplies, strict=True)]
        assert changes == fuzz.issued(tx.events)
        assert after[0] == ledger.root.header.total_coins
    # and the ledger is what its entries say, each of which can be read
    entries = entries_of(ledger)
    assert ledger.state_hash() == state_hash_of(entries, ledger)
    for entry in entries.values():
        assert xdr.LedgerEntry.from_xdr_bytes(entry.packed()).to_xdr_bytes() == entry.packed()
    assert min(outcomes["applied"], outcomes["failed"]) > CALLS // 10, outcomes
