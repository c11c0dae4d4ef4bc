"""Settings of the scanner beside the shared ones. Amounts in stroops of XLM."""

from pydantic import Field

from arb.runtime.settings import ServiceSettings


class ScannerSettings(ServiceSettings):
    """How much one plan may hold."""

    basket_payments: int = Field(
        20, ge=1, le=100, validation_alias="ARB_BASKET_PAYMENTS", description="payments of one plan, from 1 to 100"
    )
    basket_risk_bps: int = Field(
        500,
        ge=0,
        le=10_000,
        validation_alias="ARB_BASKET_RISK_BPS",
        description="basis points from 0 to 10000: how likely one payment more is to sink the plan",
    )
    max_notional: int = Field(
        10_000_0000000, gt=0, validation_alias="ARB_MAX_NOTIONAL", description="stroops a single payment may send"
    )
