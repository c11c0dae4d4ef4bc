"""Settings of the scanner beside the shared ones. Amounts in stroops of XLM."""

from pydantic import Field

from arb.runtime.settings import ServiceSettings


class ScannerSettings(ServiceSettings):
    """How much one plan may hold."""

    basket_payments: int = Field(
        20, ge=1, le=100, validation_alias="ARB_BASKET_PAYMENTS", description="payments of one plan, from 1 to 100"
    )
    max_notional: int = Field(
        10_000_0000000, gt=0, validation_alias="ARB_MAX_NOTIONAL", description="stroops a single payment may send"
    )
