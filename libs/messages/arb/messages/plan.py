"""A plan worth executing, as it travels from scanner to executor."""

from typing import Annotated, Literal

from pydantic import Field

from arb.messages.base import AssetText, HashText, Message, Stroops
from arb.messages.loops import loop_pairs
from arb.messages.routes import DetectorSignal, SorobanRoute
from arb.messages.two_leg import TwoLeg


class PlannedHop(Message):
    """One hop of a path payment, whole to one venue, with the amounts the exact quote gives."""

    asset_in: AssetText
    asset_out: AssetText
    venue: Literal["book", "pool"]
    pool_id: HashText | None = None
    amount_in: Stroops = Field(ge=0)
    amount_out: Stroops = Field(ge=0)


class PlannedPayment(Message):
    """One strict-receive path payment from the trading account to itself.

    `assets` runs from send asset to destination asset, both included. It asks for exactly `dest_amount` and pays
    at most `send_max`; the exact quote says it pays `predicted_in`.
    """

    assets: tuple[AssetText, ...] = Field(min_length=3, max_length=7)
    dest_amount: Stroops = Field(gt=0)
    send_max: Stroops = Field(gt=0)
    predicted_in: Stroops = Field(gt=0)
    hops: tuple[PlannedHop, ...]


class ClassicBasket(Message):
    """One atomic transaction of up to 100 strict-receive self-cycles, applied in this order."""

    kind: Literal["classic_basket"] = "classic_basket"
    base: AssetText
    payments: tuple[PlannedPayment, ...] = Field(min_length=1, max_length=100)
    profit: Stroops
    """Sum of dest_amount - predicted_in, stroops of `base`, before network fees."""
    fee: Stroops = Field(ge=0)
    """Network fee in stroops of XLM that the scanner deducted (operations x base fee it saw)."""
    net_profit: Stroops
    """profit - fee when `base` is native."""

    @property
    def notional(self) -> int:
        """The most a single payment may send, in stroops of `base`."""
        return max(payment.send_max for payment in self.payments)

    @property
    def capital(self) -> int:
        """Nothing: a payment to oneself is received before it is sent."""
        return 0

    @property
    def claims(self) -> frozenset[str]:
        """The directed asset pairs: core floods only the first few looping transactions of a pair in a ledger."""
        return frozenset(f"{given} -> {taken}" for given, taken in loop_pairs(self.paths))

    @property
    def exclusive(self) -> bool:
        """Whether a claim is for one trade at a time, and not for as many as the limit allows a pair."""
        return False

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """What each payment holds in turn, base to base."""
        return tuple(payment.assets for payment in self.payments)

    @property
    def swaps(self) -> tuple[tuple[str, str, int, int], ...]:
        """Every exchange as (asset in, asset out, amount in, amount out)."""
        return tuple(
            (hop.asset_in, hop.asset_out, hop.amount_in, hop.amount_out)
            for payment in self.payments
            for hop in payment.hops
        )


Plan = Annotated[ClassicBasket | SorobanRoute | DetectorSignal | TwoLeg, Field(discriminator="kind")]
"""Kinds of plan, told apart by `kind`. Every kind has base, profit, fee, net_profit, notional, capital, claims,
exclusive, paths and swaps."""
