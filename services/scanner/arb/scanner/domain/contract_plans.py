"""From a route over contract pools to the plan that travels to the executor, figures unchanged."""

from collections.abc import Iterable
from typing import Final, Literal

from arb.markets.soroban.pools import PoolKind, SorobanPool
from arb.markets.soroban.routes import Route, best_route
from arb.markets.soroban.routes import RouteStep as Hop
from arb.markets.soroban.tokens import AssetTokens
from arb.messages.routes import DetectorSignal, RouteStep, Signal, SorobanRoute

_VENUES: Final[dict[PoolKind, Literal["soroswap", "aquarius", "phoenix"]]] = {
    PoolKind.SOROSWAP: "soroswap",
    PoolKind.AQUARIUS: "aquarius",
    PoolKind.AQUARIUS_STABLE: "aquarius",
    PoolKind.PHOENIX: "phoenix",
}
"""Whose interface a pool is called through."""


class RoutePlanner:
    """Writes plans for one route executor contract. `fee` is the network fee reckoned with, in stroops of XLM.

    The base is native, so fee and profit are of one kind: the contract is told to undo what earns less than the fee.
    """

    def __init__(self, executor: str, tokens: AssetTokens, fee: int) -> None:
        self._executor = executor
        self._tokens = tokens
        self.fee = fee

    def best(self, pools: Iterable[SorobanPool], base: str, *, largest: int, most_hops: int) -> SorobanRoute | None:
        """The plan of the route that pays most, if one pays for its fee; arguments as best_route's."""
        route = best_route(pools, base, cost=self.fee, largest=largest, most_hops=most_hops)
        return None if route is None else self.plan(route)

    def plan(self, route: Route) -> SorobanRoute:
        """The plan of a route that was found in the pools."""
        return SorobanRoute(
            base="native",
            base_token=route.base,
            executor=self._executor,
            steps=tuple(self._step(hop) for hop in route.steps),
            min_profit=self.fee,
            profit=route.profit,
            fee=self.fee,
            net_profit=route.profit - self.fee,
        )

    def signalled(self, route: Route, signal: Signal) -> DetectorSignal:
        """The plan of a route that was looked for because the detector named its asset."""
        return DetectorSignal(
            **self.plan(route).model_dump(exclude={"kind", "steps"}), steps=self.plan(route).steps, signal=signal
        )

    def _step(self, hop: Hop) -> RouteStep:
        return RouteStep(
            venue=_VENUES[hop.pool.kind],
            pool=hop.pool.contract,
            token_in=hop.token_in,
            token_out=hop.token_out,
            asset_in=self._asset(hop.token_in),
            asset_out=self._asset(hop.token_out),
            amount_in=hop.amount_in,
            amount_out=hop.amount_out,
        )

    def _asset(self, token: str) -> str | None:
        asset = self._tokens.asset(token)
        return None if asset is None else str(asset)
