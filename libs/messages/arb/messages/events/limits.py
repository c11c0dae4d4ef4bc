"""Events of the limits every trade must respect."""

from typing import ClassVar

from pydantic import Field

from arb.messages.base import Fact, Stroops


class LimitsSet(Fact):
    """The limits in force from here on. Amounts in stroops of the plan's base asset."""

    type: ClassVar[str] = "arb.limits.set.v1"
    by: str
    max_notional: Stroops = Field(gt=0)
    max_open_trades: int = Field(gt=0)
    min_profit: Stroops = Field(ge=0)
    max_data_age_ledgers: int = Field(ge=0)
    max_trades_per_pair_per_ledger: int = Field(gt=0)
    max_oracle_deviation_bps: int = Field(default=0, ge=0)
    """How far an exchange may be from the oracle's price, in basis points."""
    max_oracle_age: int = Field(default=0, ge=0)
    """Seconds an oracle's price may be old; 0: no oracle is asked."""
