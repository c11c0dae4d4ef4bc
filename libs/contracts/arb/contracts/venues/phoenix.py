"""Phoenix (phoenix-contracts): constant-product pools and the multihop contract."""

from collections.abc import Sequence
from enum import IntEnum
from typing import ClassVar, NamedTuple

from arb.contracts.venues.typed_contract import TypedContract


class PoolType(IntEnum):
    """What kind of pool a multihop goes through."""

    XYK = 0
    STABLE = 1
    BLEND = 2


class PhoenixQuote(NamedTuple):
    """What a swap would do, in units bought: what the trader gets, the fee within it, how far the price moves."""

    amount_out: int
    commission: int
    spread: int


class Hop(NamedTuple):
    """One swap of a multihop; `least_out` None for any."""

    offer_asset: str
    ask_asset: str
    least_out: int | None = None


class PhoenixPool(TypedContract):
    """One pool, by its own words; for many see `reserves`."""

    kind: ClassVar[str] = "a Phoenix pool"
    functions: ClassVar[tuple[str, ...]] = ("query_pool_info", "simulate_swap", "swap")

    async def tokens_and_reserves(self) -> tuple[tuple[str, str], tuple[int, int]]:
        answer = self._fields("query_pool_info", await self._read("query_pool_info"), asset_a=dict, asset_b=dict)
        a, b = (
            self._fields("query_pool_info", answer[side], address=str, amount=int) for side in ("asset_a", "asset_b")
        )
        return (a["address"], b["address"]), (a["amount"], b["amount"])

    async def simulate_swap(self, offer_asset: str, amount: int) -> PhoenixQuote:
        """The pool's own quote, which looks at no limit. CallFailedError where it cannot compute (small amounts)."""
        value = await self._read("simulate_swap", offer_asset, amount)
        found = self._fields("simulate_swap", value, ask_amount=int, commission_amount=int, spread_amount=int)
        return PhoenixQuote(found["ask_amount"], found["commission_amount"], found["spread_amount"])


class PhoenixMultihop(TypedContract):
    """Swaps in a row through pools of one type."""

    kind: ClassVar[str] = "a Phoenix multihop"
    functions: ClassVar[tuple[str, ...]] = ("simulate_swap", "swap")

    async def simulate_swap(self, hops: Sequence[Hop], amount: int, pool_type: PoolType = PoolType.XYK) -> int:
        """What the last hop pays for `amount` of the first hop's offer."""
        operations = [
            {"offer_asset": hop.offer_asset, "ask_asset": hop.ask_asset, "ask_asset_min_amount": hop.least_out}
            for hop in hops
        ]
        value = await self._read("simulate_swap", operations, amount, int(pool_type))
        return int(self._fields("simulate_swap", value, ask_amount=int)["ask_amount"])
