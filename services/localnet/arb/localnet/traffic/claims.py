"""Which pairs of assets are spoken for in a ledger, so that what it does does not hang on the order of application.

The network applies a ledger's transactions in an order that follows from hashes, and hashes from close times. When at
most one transaction touches a pair, any order gives the same market, and a seed means the same at any time of day.
"""

from collections.abc import Iterable

Pair = frozenset[str]


def pair(one: str, other: str) -> Pair:
    """The pair of two codes, whichever way."""
    return frozenset((one, other))


class Claims:
    """The pairs taken in one ledger."""

    def __init__(self, *, exclusive: bool) -> None:
        """Not exclusive: takers share pairs among themselves (at high rates there are too few pairs to go round)."""
        self._exclusive = exclusive
        self._closed: set[Pair] = set()

    def close(self, taken: Pair) -> None:
        """Keep everybody else out of a pair. Its maker moves its quotes: a taker could eat the offer it changes."""
        self._closed.add(taken)

    def are_free(self, wanted: Iterable[Pair]) -> bool:
        """Whether nobody keeps others out of any of these pairs."""
        return self._closed.isdisjoint(wanted)

    def take(self, wanted: Iterable[Pair]) -> None:
        """Use pairs that are free."""
        if self._exclusive:
            self._closed.update(wanted)
