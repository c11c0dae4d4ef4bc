"""A token by SEP-41: the asset contract of a classic asset, or a token of its own."""

from typing import ClassVar, Final

from arb.contracts.venues.typed_contract import TypedContract

MOST_DECIMALS: Final = 38
"""Ten to the power of more does not fit an i128."""


class Token(TypedContract):
    """Amounts are int in the token's own units: `10**decimals` make one whole."""

    kind: ClassVar[str] = "a SEP-41 token"
    functions: ClassVar[tuple[str, ...]] = (
        "allowance", "approve", "balance", "burn", "burn_from", "decimals", "name", "symbol", "transfer",
        "transfer_from",
    )  # fmt: skip

    async def balance(self, holder: str) -> int:
        """What an account or contract holds. ContractCallError for an account without the asset's trustline."""
        return await self._integer("balance", holder)

    async def allowance(self, owner: str, spender: str) -> int:
        """What `spender` may still take from `owner`."""
        return await self._integer("allowance", owner, spender)

    async def decimals(self) -> int:
        """0 to 38. NotThatContractError for a number that no amount could have."""
        decimals = await self._integer("decimals")
        if not 0 <= decimals <= MOST_DECIMALS:
            raise self._not_that("decimals", f"answered {decimals}, expected 0 to {MOST_DECIMALS}")
        return decimals

    async def symbol(self) -> str:
        return await self._text("symbol")

    async def name(self) -> str:
        """For an asset contract the asset as CODE:ISSUER, or "native"."""
        return await self._text("name")
