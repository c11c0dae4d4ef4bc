"""Soroswap (soroswap/core): the factory that knows every pair, a pair, and the router's quotes."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar, Final

from arb.contracts import contract_storage as stored
from arb.contracts.contract_storage import data_key, number_key, variant_key
from arb.contracts.errors import Malformed
from arb.contracts.interfaces import InterfaceCache
from arb.contracts.rpc import RpcClient
from arb.contracts.venues.typed_contract import TypedContract
from arb.contracts.xdr_cursor import from_base64

_CALLS_AT_ONCE: Final = 8
_MOST_PAIRS: Final = 100_000
"""More is a lie: a pair costs its maker more than a question costs us."""


class SoroswapFactory(TypedContract):
    """Every pair there is."""

    kind: ClassVar[str] = "a Soroswap factory"
    functions: ClassVar[tuple[str, ...]] = ("all_pairs", "all_pairs_length", "get_pair", "pair_exists")

    def __init__(self, rpc: RpcClient, contract: str, interfaces: InterfaceCache) -> None:
        super().__init__(rpc, contract, interfaces)
        self._rpc = rpc

    async def pair_count(self) -> int:
        count = await self._integer("all_pairs_length")
        if not 0 <= count <= _MOST_PAIRS:
            raise self._not_that("all_pairs_length", f"answered {count}, expected 0 to {_MOST_PAIRS}")
        return count

    async def pair_at(self, index: int) -> str:
        """The pair made as number `index`, from 0."""
        return await self._text("all_pairs", index)

    async def pair_of(self, token_a: str, token_b: str) -> str | None:
        """The pair of two tokens in either order; None when there is none."""
        if not await self._read("pair_exists", token_a, token_b):
            return None
        return await self._text("get_pair", token_a, token_b)

    async def pairs(self, start: int = 0) -> tuple[str, ...]:
        """All pairs from number `start` on: 200 a request off the factory's storage, a call each for what is not there.

        A pair never changes its number, so that later calls may start where the last one ended.
        """
        numbers = range(start, await self.pair_count())
        if not numbers:
            return ()
        at = {number: variant_key("PairAddressesNIndexed", number_key(number)) for number in numbers}
        keys = {number: data_key(self.id, key) for number, key in at.items()}
        entries = (await self._rpc.get_ledger_entries(list(keys.values()))).entries
        gate = asyncio.Semaphore(_CALLS_AT_ONCE)

        async def pair(number: int) -> str:
            entry = entries.get(keys[number])
            if entry is not None:
                raw = from_base64(entry)
                try:
                    return stored.address(raw, stored.value_at(raw, self.id, at[number]))
                except Malformed as wrong:
                    raise self._not_that("all_pairs", str(wrong)) from None
            async with gate:
                return await self.pair_at(number)

        return tuple(await asyncio.gather(*(pair(number) for number in numbers)))


class SoroswapPair(TypedContract):
    """One pair, by its own words; for many see `reserves`."""

    kind: ClassVar[str] = "a Soroswap pair"
    functions: ClassVar[tuple[str, ...]] = ("get_reserves", "swap", "token_0", "token_1")

    async def tokens(self) -> tuple[str, str]:
        return await self._text("token_0"), await self._text("token_1")

    async def reserves(self) -> tuple[int, int]:
        reserves = await self._integers("get_reserves")
        if len(reserves) != 2:
            raise self._not_that("get_reserves", f"answered {len(reserves)} reserves, expected 2")
        return reserves[0], reserves[1]


class SoroswapRouter(TypedContract):
    """Quotes over several pairs, each as it stands before the first swap: a path must not visit a pair twice."""

    kind: ClassVar[str] = "a Soroswap router"
    functions: ClassVar[tuple[str, ...]] = (
        "router_get_amounts_in", "router_get_amounts_out", "router_pair_for", "swap_exact_tokens_for_tokens",
    )  # fmt: skip

    async def amounts_out(self, amount_in: int, path: Sequence[str]) -> tuple[int, ...]:
        """What every token of the path becomes, `amount_in` first. 0 where the swap itself would fail."""
        return await self._along(path, "router_get_amounts_out", amount_in)

    async def amounts_in(self, amount_out: int, path: Sequence[str]) -> tuple[int, ...]:
        """What every token of the path costs, `amount_out` last; can be one unit short."""
        return await self._along(path, "router_get_amounts_in", amount_out)

    async def pair_for(self, token_a: str, token_b: str) -> str:
        """Where the pair of two tokens is, or would be."""
        return await self._text("router_pair_for", token_a, token_b)

    async def _along(self, path: Sequence[str], function: str, amount: int) -> tuple[int, ...]:
        amounts = await self._integers(function, amount, list(path))
        if len(amounts) != len(path):
            raise self._not_that(function, f"answered {len(amounts)} amounts for {len(path)} tokens")
        return amounts
