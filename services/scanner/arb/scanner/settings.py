"""Settings of the scanner beside the shared ones. Amounts in stroops of XLM."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from arb.messages.market import SearchTerms
from arb.runtime.settings import ContractId, ServiceSettings


class ScannerSettings(ServiceSettings):
    """Which contract pools there are, and how much one plan may hold."""

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
    soroswap_factory_contract_id: ContractId | None = Field(
        None, validation_alias="ARB_SOROSWAP_FACTORY_CONTRACT_ID", description="a contract id, C and 55 characters"
    )
    aquarius_pools: Annotated[tuple[ContractId, ...], NoDecode] = Field(
        (), validation_alias="ARB_AQUARIUS_POOLS", description="contract ids, comma separated"
    )
    phoenix_pools: Annotated[tuple[ContractId, ...], NoDecode] = Field(
        (), validation_alias="ARB_PHOENIX_POOLS", description="contract ids, comma separated"
    )
    route_hops: int = Field(
        3, ge=2, le=4, validation_alias="ARB_ROUTE_HOPS", description="most swaps of one contract route, from 2 to 4"
    )
    route_fee: int = Field(
        1_000_000,
        gt=0,
        validation_alias="ARB_ROUTE_FEE",
        description="stroops of XLM a contract route is reckoned to cost; what earns less is undone",
    )
    max_route_notional: int = Field(
        1_000_0000000,
        gt=0,
        validation_alias="ARB_MAX_ROUTE_NOTIONAL",
        description="stroops a contract route may send; the trading account must hold as much",
    )
    detector_min_profit: int = Field(
        1, ge=0, validation_alias="ARB_DETECTOR_MIN_PROFIT", description="what the detector is told to look for, from 0"
    )
    two_leg: Literal["off", "watch"] = Field(
        "off",
        validation_alias="ARB_TWO_LEG",
        description="off, or watch: record what classic venues and contract pools would pay against each other",
    )
    max_notional: int = Field(
        10_000_0000000, gt=0, validation_alias="ARB_MAX_NOTIONAL", description="stroops a single payment may send"
    )

    @property
    def search_terms(self) -> SearchTerms:
        """What decides which plans are found, as it goes into the market record."""
        return SearchTerms(
            network_passphrase=self.network_passphrase,
            assets=tuple(str(asset) for asset in self.assets),
            basket_payments=self.basket_payments,
            basket_risk_bps=self.basket_risk_bps,
            max_notional=self.max_notional,
            route_executor=self.route_executor_contract_id,
            route_hops=self.route_hops,
            route_fee=self.route_fee,
            max_route_notional=self.max_route_notional,
        )

    @field_validator("aquarius_pools", "phoenix_pools", mode="before")
    @classmethod
    def _contracts(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
