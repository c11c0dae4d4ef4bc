"""Statistics of the fees of recent ledgers, in stroops per operation."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from arb.localnet.node.records import LedgerRecord

PERCENTILES: Final = (10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99)


class Distribution(NamedTuple):
    """Of some fees: extremes, the most frequent one and the percentiles 10 to 99 (nearest rank)."""

    largest: int
    smallest: int
    mode: int
    percentiles: dict[int, int]
    transactions: int

    def texts(self) -> dict[str, str]:
        """As both APIs write it: numbers as text under max, min, mode, p10 ... p99."""
        ranks = {f"p{rank}": str(value) for rank, value in self.percentiles.items()}
        return {"max": str(self.largest), "min": str(self.smallest), "mode": str(self.mode), **ranks}


def distribution(fees: Sequence[int], default: int) -> Distribution:
    """The distribution of fees; of none, everything is `default`."""
    ordered = sorted(fees) or [default]
    mode = max(sorted(Counter(ordered).items()), key=lambda item: item[1])[0]
    ranks = {rank: ordered[-(-len(ordered) * rank // 100) - 1] for rank in PERCENTILES}
    return Distribution(ordered[-1], ordered[0], mode, ranks, len(fees))


def charged(ledgers: Sequence[LedgerRecord]) -> list[int]:
    """What each classic transaction paid per operation."""
    return [
        tx.fee_charged // max(1, tx.charged_operations)
        for ledger in ledgers
        for tx in ledger.transactions
        if not tx.contract_call
    ]


def charged_for_contracts(ledgers: Sequence[LedgerRecord]) -> list[int]:
    """What each contract call paid for its place, its resource fee aside."""
    return [
        (tx.fee_charged - tx.resource_fee_charged) // max(1, tx.charged_operations)
        for ledger in ledgers
        for tx in ledger.transactions
        if tx.contract_call
    ]


def bid(ledgers: Sequence[LedgerRecord]) -> list[int]:
    """What each classic transaction would have paid per operation at most."""
    return [
        tx.max_fee // max(1, tx.charged_operations)
        for ledger in ledgers
        for tx in ledger.transactions
        if not tx.contract_call
    ]
