"""The limits every trade must respect: as they are in force, and as somebody wants them changed."""

from typing import Annotated

from pydantic import Field, field_validator

from arb.messages.base import AssetText, Message, Stroops

Positive = Annotated[Stroops, Field(gt=0)]
NotNegative = Annotated[Stroops, Field(ge=0)]
_INT64_MAX = 2**63 - 1
"""Stroops that the ledger's own amounts can hold."""
SomeStroops = Annotated[Stroops, Field(gt=0, le=_INT64_MAX)]
AnyStroops = Annotated[Stroops, Field(ge=0, le=_INT64_MAX)]
Count = Annotated[int, Field(ge=0)]
AtLeastOne = Annotated[int, Field(gt=0)]
BasisPoints = Annotated[int, Field(ge=0, le=10_000)]
Window = Annotated[int, Field(ge=0, le=500)]


class AssetLimits(Message):
    """Bounds of one base asset, in its stroops, in place of the general ones. None: the general one holds."""

    asset: AssetText
    max_notional: Positive | None = None
    max_daily_loss: NotNegative | None = None
    max_drawdown: NotNegative | None = None


class Limits(Message):
    """Limits in force. Amounts in stroops of the plan's base asset; defaults are those of records from before."""

    max_notional: Positive
    """Largest amount a single payment may send."""
    max_open_trades: AtLeastOne
    min_profit: NotNegative
    """Least net profit of a plan, network fee deducted."""
    max_data_age_ledgers: Count
    """How many ledgers may have closed since the one the plan was made on."""
    max_trades_per_pair_per_ledger: AtLeastOne
    """Core floods only the first few looping transactions of a directed pair in a ledger."""
    max_oracle_deviation_bps: Count = 0
    """How far an exchange may be from the oracle's price, in basis points."""
    max_oracle_age: Count = 0
    """Seconds an oracle's price may be old; 0: no oracle is asked."""
    max_daily_loss: NotNegative | None = None
    """What may be lost in one asset on a UTC day, fees included; more halts the engine. None: any amount."""
    max_drawdown: NotNegative | None = None
    """How far results in one asset may fall below their peak; further halts the engine. None: any amount."""
    max_error_rate_bps: BasisPoints = 10_000
    """Share of failed and expired among the last `error_rate_trades` that ended; more halts the engine."""
    error_rate_trades: Window = 0
    """How many ended trades the error rate is taken over, once there are that many; 0: none."""
    balance_buffer: NotNegative | None = None
    """What a plan must leave the trading account beyond its minimum balance. None: the balance is not looked at."""
    max_fee: Positive | None = None
    """Stroops of XLM that one transaction may bid for its place and what it uses. None: the profit alone bounds it."""
    max_fee_share_bps: BasisPoints = 5_000
    """Share of a plan's net profit that its transaction may bid beyond the fee the plan reckons with."""
    by_asset: tuple[AssetLimits, ...] = ()

    def notional(self, asset: str) -> int:
        """`max_notional` of a base asset."""
        own = self._own(asset)
        return self.max_notional if own is None or own.max_notional is None else own.max_notional

    def daily_loss(self, asset: str) -> int | None:
        """`max_daily_loss` of an asset."""
        own = self._own(asset)
        return self.max_daily_loss if own is None or own.max_daily_loss is None else own.max_daily_loss

    def drawdown(self, asset: str) -> int | None:
        """`max_drawdown` of an asset."""
        own = self._own(asset)
        return self.max_drawdown if own is None or own.max_drawdown is None else own.max_drawdown

    def _own(self, asset: str) -> AssetLimits | None:
        return next((bounds for bounds in self.by_asset if bounds.asset == asset), None)


class LimitChanges(Message):
    """Limits to set, by the names and with the meanings they have in `Limits`; what is left out stays as it is.

    No amount is more than the 64 bits hold that a balance has: who asks for more has mistyped.

    An asset named in `by_asset` gets exactly the bounds given there; others keep theirs.
    """

    max_notional: SomeStroops | None = None
    max_open_trades: AtLeastOne | None = None
    min_profit: AnyStroops | None = None
    max_data_age_ledgers: Count | None = None
    max_trades_per_pair_per_ledger: AtLeastOne | None = None
    max_oracle_deviation_bps: Count | None = None
    max_oracle_age: Count | None = None
    max_daily_loss: AnyStroops | None = None
    max_drawdown: AnyStroops | None = None
    max_error_rate_bps: BasisPoints | None = None
    error_rate_trades: Window | None = None
    balance_buffer: AnyStroops | None = None
    max_fee: SomeStroops | None = None
    max_fee_share_bps: BasisPoints | None = None
    by_asset: tuple[AssetLimits, ...] | None = Field(default=None, max_length=100)

    @field_validator("by_asset")
    @classmethod
    def _amounts(cls, value: tuple[AssetLimits, ...] | None) -> tuple[AssetLimits, ...] | None:
        for bounds in value or ():
            for amount in (bounds.max_notional, bounds.max_daily_loss, bounds.max_drawdown):
                if amount is not None and amount > _INT64_MAX:
                    raise ValueError(f"{amount} stroops of {bounds.asset} are more than 64 bits hold")
        return value

    @property
    def named(self) -> tuple[str, ...]:
        """Names of the limits that are given."""
        return tuple(name for name in type(self).model_fields if getattr(self, name) is not None)

    def applied_to(self, limits: Limits) -> Limits:
        """`limits` with these changes."""
        update = {name: getattr(self, name) for name in self.named}
        if self.by_asset is not None:
            bounds = {each.asset: each for each in (*limits.by_asset, *self.by_asset)}
            update["by_asset"] = tuple(bounds[asset] for asset in sorted(bounds))
        return limits.model_copy(update=update)
