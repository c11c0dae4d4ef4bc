"""The on-chain arbitrage detector: what it supports, and what it claims to see. A claim is a hint, never a quote."""

from collections.abc import Sequence
from typing import ClassVar, Final, NamedTuple

from arb.contracts.contract_code import contract_key_bytes
from arb.contracts.contract_errors import ContractCallError
from arb.contracts.invocation.operations import InvokeContract
from arb.contracts.spec.errors import MissingFunctionError, UnusableFunctionError
from arb.contracts.spec.types import BytesN, Scalar
from arb.contracts.venues.typed_contract import TypedContract

_NOTHING_FOUND: Final = "NoOpportunityFound"
_NOTHING_FOUND_CODE: Final = 3


class SupportedAsset(NamedTuple):
    """An asset that the detector scans; `issuer` as the contract gives it, empty or G... ."""

    code: str
    issuer: str


class DetectedOpportunity(NamedTuple):
    """What the detector claims; amounts, prices and the profit in the contract's own units."""

    asset: str
    buy_exchange: str
    sell_exchange: str
    buy_price: int
    sell_price: int
    available_amount: int
    estimated_profit: int
    confidence_score: int
    expiry_time: int
    """Unix seconds."""


class Detector(TypedContract):
    """Its refusals are ContractCallError with the name of its error: OracleError, InvalidAsset, InvalidContractId."""

    kind: ClassVar[str] = "an arbitrage detector"
    functions: ClassVar[tuple[str, ...]] = (
        "get_supported_assets", "is_asset_supported", "scan_opportunities", "set_reflector_contract_id",
    )  # fmt: skip

    async def is_asset_supported(self, code: str) -> bool:
        answer = await self._read("is_asset_supported", code)
        if not isinstance(answer, bool):
            raise self._not_that("is_asset_supported", f"answered {answer!r:.60}, expected true or false")
        return answer

    async def get_supported_assets(self) -> tuple[SupportedAsset, ...]:
        return tuple(
            SupportedAsset(**self._fields("get_supported_assets", each, code=str, issuer=str))
            for each in self._list("get_supported_assets", await self._read("get_supported_assets"))
        )

    async def scan_opportunities(self, assets: Sequence[str], min_profit: int) -> tuple[DetectedOpportunity, ...]:
        """What it sees now among the assets with these codes, by simulation; empty when it finds nothing.

        `min_profit` in units of the token its profits are in.
        """
        try:
            answer = await self._read("scan_opportunities", list(assets), min_profit)
        except ContractCallError as refused:
            if refused.origin == self.id and _found_nothing(refused):
                return ()
            raise
        kinds = DetectedOpportunity.__annotations__
        return tuple(
            DetectedOpportunity(**self._fields("scan_opportunities", each, **kinds))
            for each in self._list("scan_opportunities", answer)
        )

    async def set_reflector_contract_id(self, oracle: str) -> InvokeContract:
        """The admin's call that sets the oracle (C...), encoded as this contract declares it: 32 bytes or an address.

        NotAContractError when `oracle` is no contract id.
        """
        key = contract_key_bytes(oracle)
        function = "set_reflector_contract_id"
        try:
            inputs = (await self._contract.interface()).function(function).inputs
        except (MissingFunctionError, UnusableFunctionError) as other:
            raise self._not_that(function, str(other)) from None
        declared = inputs[-1].type if inputs else None
        if declared in (BytesN(32), Scalar.BYTES):
            return await self._call(function, key)
        if declared in (Scalar.ADDRESS, Scalar.STRING):
            return await self._call(function, oracle)
        raise self._not_that(function, f"takes {declared}, expected BytesN<32> or Address")

    def _list(self, function: str, answer: object) -> list[object]:
        if not isinstance(answer, list):
            raise self._not_that(function, f"answered {answer!r:.60}, expected a list")
        return answer


def _found_nothing(refused: ContractCallError) -> bool:
    return refused.name == _NOTHING_FOUND or (not refused.name and refused.code == _NOTHING_FOUND_CODE)
