"""Path payments, hop by hop, exactly as the network evaluates them (core PathPaymentStrict{Send,Receive}OpFrame).

Balances are not looked at: what the source holds and what the destination may receive is the caller's business.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from arb.markets.amount import INT64_MAX
from arb.markets.asset import Asset
from arb.markets.book import WORK_LIMIT
from arb.markets.errors import PathError
from arb.markets.hop import HopResult, MarketView, PathCode, VenueKind, hop_receive, hop_send
from arb.markets.overlay import Overlay

__all__ = [
    "LONGEST_PATH",
    "HopResult",
    "MarketView",
    "PathCode",
    "PathResult",
    "VenueKind",
    "hop_receive",
    "hop_send",
    "path_receive",
    "path_send",
]

LONGEST_PATH: Final = 7
"""Assets in a path from send to destination: five between them at most."""


class PathResult(NamedTuple):
    """Outcome of a path payment in stroops.

    When a hop fails, `hops` holds those that had succeeded and the amount that stayed unknown is 0. UNDER_DESTMIN and
    OVER_SENDMAX keep all hops and both amounts, so that the caller sees by how much.
    """

    code: PathCode
    amount_in: int
    amount_out: int
    hops: tuple[HopResult, ...]
    """In path order, from the asset sent to the asset received."""
    executed: tuple[HopResult, ...]
    """The same hops in the order the network runs them: strict receive works backwards."""

    @property
    def ok(self) -> bool:
        return self.code is PathCode.SUCCESS


def path_send(
    view: MarketView, source: str | None, path: Sequence[Asset], amount: int, dest_min: int = 1
) -> PathResult:
    """Sends exactly `amount` along `path` (send asset, then the rest, destination asset last); at least dest_min out.

    source: the operation's source account, which cannot cross its own offers. Each hop sees the books and pools as the
    hops before left them; `view` itself does not change. PathError for a path or amount the network calls malformed.
    """
    _check(path, amount, dest_min)
    steps = _steps(path)
    overlay = _overlay(view, steps)
    hops: list[HopResult] = []
    carried, work_left = amount, WORK_LIMIT
    for asset_in, asset_out in steps:
        hop = hop_send(overlay or view, source, asset_in, asset_out, carried, work_left)
        if not hop.ok:
            return PathResult(hop.code, amount, 0, tuple(hops), tuple(hops))
        if overlay is not None:
            overlay.apply(hop)
        hops.append(hop)
        carried = hop.amount_out
        work_left -= hop.work
    code = PathCode.SUCCESS if carried >= dest_min else PathCode.UNDER_DESTMIN
    return PathResult(code, amount, carried, tuple(hops), tuple(hops))


def path_receive(
    view: MarketView, source: str | None, path: Sequence[Asset], amount: int, send_max: int = INT64_MAX
) -> PathResult:
    """Receives exactly `amount` at the end of `path` for at most send_max; otherwise as path_send.

    The hops run backwards, from the destination asset to the asset sent.
    """
    _check(path, amount, send_max)
    steps = _steps(path)
    overlay = _overlay(view, steps)
    executed: list[HopResult] = []
    needed, work_left = amount, WORK_LIMIT
    for asset_in, asset_out in reversed(steps):
        hop = hop_receive(overlay or view, source, asset_in, asset_out, needed, work_left)
        if not hop.ok:
            return PathResult(hop.code, 0, amount, tuple(reversed(executed)), tuple(executed))
        if overlay is not None:
            overlay.apply(hop)
        executed.append(hop)
        needed = hop.amount_in
        work_left -= hop.work
    code = PathCode.SUCCESS if needed <= send_max else PathCode.OVER_SENDMAX
    return PathResult(code, needed, amount, tuple(reversed(executed)), tuple(executed))


def _steps(path: Sequence[Asset]) -> list[tuple[Asset, Asset]]:
    """Neighbours that differ: the network skips an asset that repeats the one before."""
    return [(a, b) for a, b in pairwise(path) if a != b]


def _overlay(view: MarketView, steps: Sequence[tuple[Asset, Asset]]) -> Overlay | None:
    """Where a pair comes twice, the later hop sees what the earlier one left; otherwise no hop is in another's way."""
    return Overlay(view) if len({frozenset(step) for step in steps}) < len(steps) else None


def _check(path: Sequence[Asset], amount: int, bound: int) -> None:
    if not 2 <= len(path) <= LONGEST_PATH:
        raise PathError(f"a path holds 2 to {LONGEST_PATH} assets, send and destination included; got {len(path)}")
    for value in (amount, bound):
        if not 0 < value <= INT64_MAX:
            raise PathError(f"a path payment of {amount} bounded by {bound} is malformed: expected 1..{INT64_MAX}")
