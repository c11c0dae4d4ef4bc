"""Which asset pairs of a transaction core's arbitrage damping counts (TransactionQueue, mArbTxFloodDamping)."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

Pair = tuple[str, str]
"""Asset given and asset taken, as text."""


def loop_pairs(paths: Iterable[Sequence[str]]) -> frozenset[Pair]:
    """The directed pairs that lie on a loop, of all path payments of one transaction together.

    `paths` are the assets of each payment, send and destination asset included. Two payments that close a loop
    between them count like one that does; what only hangs off a loop does not. An asset that follows itself is no
    exchange.
    """
    targets: dict[str, set[str]] = {}
    for path in paths:
        for given, taken in pairwise(path):
            if given != taken:
                targets.setdefault(given, set()).add(taken)
    reached = {asset: _reached(targets, asset) for asset in targets}
    return frozenset(
        (given, taken) for given, direct in targets.items() for taken in direct if given in reached.get(taken, ())
    )


def _reached(targets: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    todo = [start]
    while todo:
        found = targets.get(todo.pop(), set()) - seen
        seen |= found
        todo += found
    return seen
