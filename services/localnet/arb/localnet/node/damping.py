"""Arbitrage damping: core's answer to swarms of path payments that end in the asset they began with.

After TransactionQueue::findAllAssetPairsInvolvedInPaymentLoops and ClassicTransactionQueue::allowTxBroadcast: the path
payments of a transaction make a graph of directed asset pairs, and the pairs inside a strongly connected part of it are
counted. While no pair of a transaction has been used `allowance` times in this ledger it passes; beyond that it passes
with probability (1 - factor) ** excess.
"""

import random
from collections.abc import Iterable
from itertools import pairwise

from stellar_sdk import xdr

from arb.localnet.ledger.assets import BadAssetError, asset_of
from arb.markets.asset import Asset

Pair = tuple[Asset, Asset]


class Damping:
    """Counts of one ledger. `allowance` and `factor` are core's FLOOD_ARB_TX_BASE_ALLOWANCE and _DAMPING_FACTOR."""

    def __init__(self, generator: random.Random, *, allowance: int = 5, factor: float = 0.8) -> None:
        self._generator = generator
        self._allowance = allowance
        self._factor = factor
        self._used: dict[Pair, int] = {}

    def new_ledger(self) -> None:
        """Forget all counts."""
        self._used.clear()

    def admits(self, operations: Iterable[xdr.OperationBody]) -> bool:
        """Whether a transaction of these operations is passed on; if so, its pairs are counted."""
        pairs = loop_pairs(operations)
        if not pairs:
            return True
        used = max(self._used.get(pair, 0) for pair in pairs)
        if used >= self._allowance and self._generator.random() >= (1 - self._factor) ** (used - self._allowance):
            return False
        for pair in pairs:
            self._used[pair] = self._used.get(pair, 0) + 1
        return True


def loop_pairs(operations: Iterable[xdr.OperationBody]) -> set[Pair]:
    """The directed asset pairs of a transaction's path payments that lie on a loop; empty for all but arbitrage."""
    edges: dict[Asset, set[Asset]] = {}
    for body in operations:
        stops = _stops(body)
        for sold, bought in pairwise(stops):
            if sold != bought:
                edges.setdefault(sold, set()).add(bought)
    if not edges:
        return set()
    reachable = {asset: _reachable(edges, asset) for asset in edges}
    return {
        (sold, bought) for sold, targets in edges.items() for bought in targets if sold in reachable.get(bought, ())
    }


def _stops(body: xdr.OperationBody) -> list[Asset]:
    payment = body.path_payment_strict_receive_op or body.path_payment_strict_send_op
    if payment is None:
        return []
    try:
        return [asset_of(asset) for asset in (payment.send_asset, *payment.path, payment.dest_asset)]
    except BadAssetError:
        return []  # the operation is malformed: validity checks refuse the transaction


def _reachable(edges: dict[Asset, set[Asset]], start: Asset) -> set[Asset]:
    seen: set[Asset] = set()
    todo = [start]
    while todo:
        for target in edges.get(todo.pop(), ()):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen
