"""Comet (comet-contracts): weighted pools, whose powers are series in fixed point. They are quoted by simulation."""

from typing import ClassVar, Final, NamedTuple

from arb.contracts.venues.typed_contract import TypedContract

_ANY_PRICE: Final = 2**127 - 1


class CometQuote(NamedTuple):
    """What a swap would pay, and the spot price after it (7 decimals)."""

    amount_out: int
    spot_price: int


class CometPool(TypedContract):
    """One weighted pool."""

    kind: ClassVar[str] = "a Comet pool"
    functions: ClassVar[tuple[str, ...]] = ("get_balance", "get_swap_fee", "get_tokens", "swap_exact_amount_in")

    async def tokens(self) -> tuple[str, ...]:
        return await self._texts("get_tokens")

    async def reserve(self, token: str) -> int:
        return await self._integer("get_balance", token)

    async def swap_fee(self) -> int:
        """A fraction with 7 decimals."""
        return await self._integer("get_swap_fee")

    async def quote(self, trader: str, sold: str, amount: int, bought: str) -> CometQuote:
        """The swap itself, simulated for a trader who holds `amount`: exact, and refused where the swap would be.

        ContractCallError or CallFailedError where the pool refuses: too large a part of a reserve, nothing out.
        """
        answer = await self._integers("swap_exact_amount_in", sold, amount, bought, 0, _ANY_PRICE, trader)
        if len(answer) != 2:
            raise self._not_that("swap_exact_amount_in", f"answered {len(answer)} numbers, expected 2")
        return CometQuote(answer[0], answer[1])
