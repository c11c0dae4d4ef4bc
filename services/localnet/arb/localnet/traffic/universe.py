"""What is traded on the seeded market: the assets with their anchors in dollars, the order books, the pools."""

from dataclasses import dataclass
from typing import Final

from arb.localnet.traffic.actors import issuer
from arb.markets.asset import NATIVE, Asset


@dataclass(frozen=True, slots=True)
class Anchor:
    """An asset's dollar price around which its reference price wanders, and how far it wanders per ledger."""

    usd: float
    step: float


ANCHORS: Final[dict[str, Anchor]] = {
    "XLM": Anchor(0.11, 0.0010),
    "USDC": Anchor(1.0, 0.0001),
    "yUSDC": Anchor(1.0, 0.0002),
    "EURC": Anchor(1.08, 0.0003),
    "AQUA": Anchor(0.0005, 0.0016),
    "BTCLN": Anchor(60_000.0, 0.0010),
    "KALE": Anchor(0.0003, 0.0020),
}
CODES: Final = tuple(code for code in ANCHORS if code != "XLM")
"""The assets that are issued here; their issuers follow from the codes."""


def asset(code: str) -> Asset:
    """The asset of a code of `ANCHORS`."""
    return NATIVE if code == "XLM" else Asset(code, issuer(code).account_id)


@dataclass(frozen=True, slots=True)
class Venue:
    """A pair of codes and how deep its market is, in XLM: a pool's reserve, or one side of a book."""

    base: str
    quote: str
    depth_xlm: int


BOOKS: Final = (
    Venue("XLM", "USDC", 2_000),
    Venue("XLM", "yUSDC", 1_400),
    Venue("XLM", "EURC", 1_400),
    Venue("XLM", "AQUA", 1_600),
    Venue("XLM", "BTCLN", 1_600),
    Venue("XLM", "KALE", 800),
    Venue("USDC", "yUSDC", 1_200),
    Venue("USDC", "EURC", 1_200),
    Venue("USDC", "BTCLN", 1_000),
    Venue("AQUA", "yUSDC", 800),
)
POOLS: Final = (
    Venue("XLM", "USDC", 300_000),
    Venue("XLM", "yUSDC", 200_000),
    Venue("XLM", "EURC", 200_000),
    Venue("XLM", "AQUA", 250_000),
    Venue("XLM", "BTCLN", 250_000),
    Venue("XLM", "KALE", 120_000),
    Venue("USDC", "yUSDC", 180_000),
    Venue("USDC", "EURC", 180_000),
    Venue("USDC", "AQUA", 120_000),
    Venue("USDC", "BTCLN", 120_000),
    Venue("USDC", "KALE", 60_000),
    Venue("yUSDC", "AQUA", 100_000),
    Venue("yUSDC", "EURC", 80_000),
    Venue("EURC", "BTCLN", 80_000),
    Venue("AQUA", "KALE", 60_000),
)
