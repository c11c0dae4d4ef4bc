"""What the scanner decides by beside the market: part of the market record, and what a backtest may change."""

from pydantic import Field

from arb.messages.base import AssetText, ContractText, Message, Stroops
from arb.messages.subjects import MARKET

MARKET_SUBJECTS = {scan: f"{MARKET}.{scan}" for scan in ("classic", "contracts", "signals")}
"""Scan -> where the record of its ledgers travels."""


class SearchTerms(Message):
    """Settings of one life of a scanner, as far as they decide which plans it finds. Amounts in stroops of XLM."""

    network_passphrase: str
    assets: tuple[AssetText, ...]
    """The universe: what signals of the detector and tokens of contract pools are translated with."""
    basket_payments: int = Field(ge=1, le=100)
    basket_risk_bps: int = Field(ge=0, le=10_000)
    max_notional: Stroops = Field(gt=0)
    """The most a payment may send."""
    route_executor: ContractText | None
    """The contract that routes are called through; None: no contract pools are scanned."""
    route_hops: int = Field(ge=2, le=4)
    route_fee: Stroops = Field(gt=0)
    max_route_notional: Stroops = Field(gt=0)


SEARCH_SETTINGS = (
    "basket_payments",
    "basket_risk_bps",
    "max_notional",
    "route_hops",
    "route_fee",
    "max_route_notional",
)
"""Those of them that a backtest may set."""

GUARD_SETTINGS = (
    "max_notional",
    "max_open_trades",
    "min_profit",
    "max_fee",
    "max_trades_per_pair_per_ledger",
    "max_oracle_deviation_bps",
    "max_oracle_age",
    "balance_buffer",
)
"""Limits that a backtest may set: those that judge a single plan, whatever became of others."""
