"""Plans that trade through contracts in one atomic call."""

from typing import Literal

from pydantic import Field

from arb.messages.base import AssetText, ContractText, Message, Stroops


class RouteStep(Message):
    """One hop through one pool, with the amounts the exact quote gives, in the tokens' own smallest units."""

    venue: Literal["soroswap", "aquarius", "phoenix"]
    pool: ContractText
    token_in: ContractText
    token_out: ContractText
    asset_in: AssetText | None = None
    """The classic asset whose asset contract `token_in` is; None for a token that is only a contract."""
    asset_out: AssetText | None = None
    amount_in: Stroops = Field(gt=0)
    amount_out: Stroops = Field(gt=0)


class ContractRoute(Message):
    """A cycle of `amount_in` of the base token through `steps`, as one call of the route executor contract.

    The contract undoes the whole call unless the trading account's base balance grows by at least `min_profit`.
    """

    base: AssetText
    base_token: ContractText
    executor: ContractText
    """The route executor contract that is called."""
    steps: tuple[RouteStep, ...] = Field(min_length=2, max_length=6)
    min_profit: Stroops = Field(ge=0)
    profit: Stroops
    """What the last step pays out less what the first takes in, before network fees."""
    fee: Stroops = Field(ge=0)
    """Network fee in stroops of XLM that the scanner reckoned with, resources included."""
    net_profit: Stroops
    """profit - fee when `base` is native."""

    @property
    def amount_in(self) -> int:
        """Base tokens that the trading account lends the route for the length of the call."""
        return self.steps[0].amount_in

    @property
    def notional(self) -> int:
        """The most the plan has under way at once, in stroops of `base`."""
        return self.amount_in

    @property
    def capital(self) -> int:
        """What the trading account must be able to spend, in stroops of `base`."""
        return self.amount_in

    @property
    def claims(self) -> frozenset[str]:
        """The pools: two open trades on one pool would each spoil the other's quote."""
        return frozenset(step.pool for step in self.steps)

    @property
    def exclusive(self) -> bool:
        """A pool's quote holds for one trade at a time."""
        return True

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """What is held in turn, base to base: asset text where the token has one, else its contract."""
        first = self.steps[0].asset_in or self.steps[0].token_in
        return ((first, *(step.asset_out or step.token_out for step in self.steps)),)

    @property
    def swaps(self) -> tuple[tuple[str, str, int, int], ...]:
        """Every exchange as (asset in, asset out, amount in, amount out), where both sides are classic assets."""
        return tuple(
            (step.asset_in, step.asset_out, step.amount_in, step.amount_out)
            for step in self.steps
            if step.asset_in is not None and step.asset_out is not None
        )


class SorobanRoute(ContractRoute):
    """A route that the scanner found in the pools themselves."""

    kind: Literal["soroban_route"] = "soroban_route"


class Signal(Message):
    """What the on-chain detector claims; amounts and prices as the contract gives them. A hint, never a quote."""

    asset: str
    buy_exchange: str
    sell_exchange: str
    buy_price: Stroops
    sell_price: Stroops
    available_amount: Stroops
    estimated_profit: Stroops
    confidence_score: Stroops
    expiry_time: int = Field(ge=0)
    """Unix seconds."""


class DetectorSignal(ContractRoute):
    """A route that pays by the pools' own quotes, looked for because the detector named its asset."""

    kind: Literal["detector_signal"] = "detector_signal"
    signal: Signal
