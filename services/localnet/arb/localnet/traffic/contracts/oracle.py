"""What feeds the oracle: prices of localnet's own books, written when a new period has begun."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from stellar_sdk import xdr

from arb.localnet.ledger.reads import LedgerReads
from arb.localnet.soroban import values as v
from arb.localnet.soroban.values import HostValue
from arb.localnet.traffic.actors import Actor
from arb.localnet.traffic.contracts import calls
from arb.localnet.traffic.contracts.deployment import Deployment, deployer
from arb.localnet.traffic.universe import ANCHORS, asset

DECIMALS: Final = 14
"""Reflector's."""
QUOTE: Final = "USDC"
"""What prices are in, as those of Reflector's feed of the DEX."""
PRICED: Final = tuple(code for code in ANCHORS if code != QUOTE)
"""In the order in which the contract lists them."""
_LEDGERS: Final = 5
"""Ledgers in a period."""
_LEAST: Final = 5
"""Seconds a period has at least: close times are whole seconds and rise with every ledger."""


def resolution_of(ledger_seconds: float) -> int:
    """The oracle's resolution in seconds: a few ledgers, so that no answer is older than two of it."""
    return max(_LEAST, round(_LEDGERS * ledger_seconds))


def asset_key(token: HostValue) -> HostValue:
    """SEP-40's Asset::Stellar of a token."""
    return v.vec((v.symbol("Stellar"), token))


class OracleFeed:
    """Decides what to write and when, by close times: the one part of the traffic that a clock can move."""

    def __init__(self, state: LedgerReads, deployment: Deployment, resolution: int) -> None:
        """`state` is the last closed ledger, at any time."""
        self._state = state
        self._contract = deployment.single("oracle")
        self._resolution = resolution
        self._fed = 0

    def due(self, close_time: int) -> bool:
        """Whether a ledger that closes then (unix seconds) is in a period that has no prices yet."""
        return self._period(close_time) > self._fed

    def update(self, close_time: int) -> tuple[Actor, xdr.Operation]:
        """The call that writes the prices of the period of `close_time`."""
        prices = v.vec(v.i128(price) for price in self._prices())
        admin = deployer("oracle")
        return admin, calls.invoke(admin, self._contract, "set_price", prices, v.u64(self._period(close_time)))

    def written(self, close_time: int) -> None:
        """That call is on its way."""
        self._fed = self._period(close_time)

    def _period(self, close_time: int) -> int:
        return close_time - close_time % self._resolution

    def _prices(self) -> Iterator[int]:
        """Middle prices of the books against XLM, in QUOTE; 0, which leaves a record as it was, without a quote."""
        xlm = self._middle("XLM", QUOTE)
        for code in PRICED:
            per_xlm = Fraction(1) if code == "XLM" else self._middle("XLM", code)
            yield int(xlm / per_xlm * 10**DECIMALS) if xlm and per_xlm else 0

    def _middle(self, base: str, quote: str) -> Fraction | None:
        """Half way between best bid and best ask, in `quote` for one `base`."""
        ask = next(self._state.offers(asset(base), asset(quote)), None)
        bid = next(self._state.offers(asset(quote), asset(base)), None)
        if ask is None or bid is None:
            return None
        return (Fraction(ask.n, ask.d) + Fraction(bid.d, bid.n)) / 2
