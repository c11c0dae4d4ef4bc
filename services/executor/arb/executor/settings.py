"""Settings of the executor beside the shared ones. Amounts in stroops of XLM."""

import re
import socket

from pydantic import Field

from arb.messages.limits import Limits
from arb.runtime.settings import ServiceSettings


def _host() -> str:
    """The machine's name: a container's stays the same when it is started again, and is another for each replica."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:64] or "executor"


class ExecutorSettings(ServiceSettings):
    """Limits a trade must respect, and how long an envelope may live."""

    max_notional: int = Field(
        10_000_0000000, gt=0, validation_alias="ARB_MAX_NOTIONAL", description="stroops a single payment may send"
    )
    max_open_trades: int = Field(10, gt=0, validation_alias="ARB_MAX_OPEN_TRADES", description="a number from 1")
    min_profit: int = Field(
        100, ge=0, validation_alias="ARB_MIN_PROFIT", description="stroops a plan must earn after network fees"
    )
    max_data_age_ledgers: int = Field(
        1, ge=0, validation_alias="ARB_MAX_DATA_AGE_LEDGERS", description="ledgers a plan may be old, from 0"
    )
    max_trades_per_pair_per_ledger: int = Field(
        1, gt=0, validation_alias="ARB_MAX_TRADES_PER_PAIR", description="trades a ledger and directed pair, from 1"
    )
    max_oracle_deviation_bps: int = Field(
        1_000,
        gt=0,
        validation_alias="ARB_MAX_ORACLE_DEVIATION_BPS",
        description="basis points an exchange may be from the oracle's price, from 1",
    )
    max_oracle_age: int = Field(
        900, gt=0, validation_alias="ARB_MAX_ORACLE_AGE", description="seconds an oracle's price may be old, from 1"
    )
    max_daily_loss: int = Field(
        100_0000000,
        ge=0,
        validation_alias="ARB_MAX_DAILY_LOSS",
        description="stroops that may be lost on a UTC day before the engine halts, from 0",
    )
    max_drawdown: int = Field(
        200_0000000,
        ge=0,
        validation_alias="ARB_MAX_DRAWDOWN",
        description="stroops that results may fall below their peak before the engine halts, from 0",
    )
    max_error_rate_bps: int = Field(
        9_000,
        ge=0,
        le=10_000,
        validation_alias="ARB_MAX_ERROR_RATE_BPS",
        description="basis points of ended trades that may fail or expire before the engine halts, up to 10000",
    )
    error_rate_trades: int = Field(
        20,
        ge=0,
        le=500,
        validation_alias="ARB_ERROR_RATE_TRADES",
        description="ended trades that the error rate is taken over, up to 500; 0 for no such limit",
    )
    balance_buffer: int = Field(
        5_0000000,
        ge=0,
        validation_alias="ARB_BALANCE_BUFFER",
        description="stroops that stay with the trading account beyond its minimum balance, from 0",
    )
    max_fee: int = Field(
        5_000_000,
        ge=100,
        validation_alias="ARB_MAX_FEE",
        description="stroops that a trade's transaction may bid, from 100",
    )
    max_fee_share_bps: int = Field(
        5_000,
        ge=0,
        le=10_000,
        validation_alias="ARB_MAX_FEE_SHARE_BPS",
        description="basis points of a plan's net profit that may be bid for its place in a ledger, up to 10000",
    )
    instance: str = Field(
        default_factory=_host,
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        validation_alias="ARB_INSTANCE",
        description="a name of up to 64 letters, digits, - and _ that no other executor has",
    )
    trade_validity: int = Field(
        15, ge=3, le=300, validation_alias="ARB_TRADE_VALIDITY", description="seconds, from 3 to 300"
    )

    @property
    def limits(self) -> Limits:
        """The limits in force until others are set. Without an oracle, none of them is about its prices."""
        return Limits(
            max_notional=self.max_notional,
            max_open_trades=self.max_open_trades,
            min_profit=self.min_profit,
            max_data_age_ledgers=self.max_data_age_ledgers,
            max_trades_per_pair_per_ledger=self.max_trades_per_pair_per_ledger,
            max_oracle_deviation_bps=self.max_oracle_deviation_bps if self.oracle_contract_id else 0,
            max_oracle_age=self.max_oracle_age if self.oracle_contract_id else 0,
            max_daily_loss=self.max_daily_loss,
            max_drawdown=self.max_drawdown,
            max_error_rate_bps=self.max_error_rate_bps,
            error_rate_trades=self.error_rate_trades,
            balance_buffer=self.balance_buffer,
            max_fee=self.max_fee,
            max_fee_share_bps=self.max_fee_share_bps,
        )
