"""A plan worth executing, as it travels from scanner to executor."""

from typing import Literal

from pydantic import Field

from arb.messages.base import AssetText, HashText, Message, Stroops


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


Plan = ClassicBasket
"""Kinds of plan, told apart by `kind`; further kinds join as a discriminated union."""
