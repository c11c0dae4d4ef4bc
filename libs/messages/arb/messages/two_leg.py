"""A plan that no transaction holds together: an asset bought on classic venues and sold in a contract pool, or back."""

from typing import Literal

from pydantic import Field

from arb.messages.base import AssetText, ContractText, Message, Stroops


class TwoLeg(Message):
    """`spent` stroops of `base` buy `amount` of an asset, which bring `received`, if both legs execute as quoted.

    Between the legs the asset is held: its price may move, and the second leg may fail.
    """

    kind: Literal["two_leg"] = "two_leg"
    base: AssetText
    buy_on: Literal["classic", "soroban"]
    path: tuple[AssetText, ...] = Field(min_length=2, max_length=7)
    """The classic leg's, from the base to the asset when it is bought there, else from the asset to the base."""
    pool: ContractText
    amount: Stroops = Field(gt=0)
    spent: Stroops = Field(gt=0)
    received: Stroops = Field(gt=0)
    profit: Stroops
    fee: Stroops = Field(ge=0)
    """Network fees of both legs that the scanner reckoned with, in stroops of XLM."""
    net_profit: Stroops

    @property
    def notional(self) -> int:
        """What is at risk between the legs, in stroops of `base`."""
        return self.spent

    @property
    def capital(self) -> int:
        """What the trading account must be able to spend, in stroops of `base`."""
        return self.spent

    @property
    def claims(self) -> frozenset[str]:
        """The pool, and the directed pairs of the classic leg."""
        hops = zip(self.path, self.path[1:], strict=False)
        return frozenset((self.pool, *(f"{sold} -> {bought}" for sold, bought in hops)))

    @property
    def exclusive(self) -> bool:
        """The pool's quote holds for one trade at a time."""
        return True

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """The base, what is held between the legs, and the base again."""
        asset = self.path[-1] if self.buy_on == "classic" else self.path[0]
        return ((self.base, asset, self.base),)

    @property
    def swaps(self) -> tuple[tuple[str, str, int, int], ...]:
        """Both legs as (asset in, asset out, amount in, amount out)."""
        asset = self.paths[0][1]
        return ((self.base, asset, self.spent, self.amount), (asset, self.base, self.amount, self.received))
