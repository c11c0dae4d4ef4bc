"""A signal of the detector held against what the pools themselves quote."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from arb.markets.asset import Asset
from arb.markets.soroban.pools import SorobanPool
from arb.markets.soroban.routes import best_route
from arb.markets.soroban.tokens import AssetTokens
from arb.messages.routes import DetectorSignal, Signal, SorobanRoute
from arb.scanner.domain.contract_plans import RoutePlanner


class Dropped(NamedTuple):
    """Why a signal leads to no plan. `code` is stable, `reason` is for people."""

    code: str
    reason: str


class SignalJudge:
    """Turns a claim into a plan only if a route through its asset pays by the pools' own quotes."""

    def __init__(
        self,
        planner: RoutePlanner,
        tokens: AssetTokens,
        universe: Iterable[Asset],
        *,
        base: str,
        largest: int,
        most_hops: int,
    ) -> None:
        self._planner = planner
        self._tokens = tokens
        self._by_code = {asset.code: asset for asset in universe}
        self._base = base
        self._largest = largest
        self._most_hops = most_hops

    def hold(
        self, signal: Signal, pools: Sequence[SorobanPool], *, close_time: int, planned: SorobanRoute | None
    ) -> DetectorSignal | Dropped:
        """`pools` as a ledger left them that closed at `close_time`; `planned`: the route of that ledger, if any."""
        if signal.expiry_time <= close_time:
            return Dropped("expired", f"it was good until {signal.expiry_time}, the ledger closed at {close_time}")
        asset = self._by_code.get(signal.asset)
        token = None if asset is None else self._tokens.token(asset)
        if token is None:
            return Dropped("unknown_asset", f"{signal.asset!r} is no asset of ours")
        route = best_route(
            pools,
            self._base,
            cost=self._planner.fee,
            largest=self._largest,
            most_hops=self._most_hops,
            through=token,
        )
        if route is None:
            fee = self._planner.fee
            return Dropped("does_not_pay", f"no route through {signal.asset} earns its fee of {fee} stroops")
        if planned is not None and not planned.claims.isdisjoint(step.pool.contract for step in route.steps):
            return Dropped("already_planned", "a plan of this ledger uses the same pools")
        return self._planner.signalled(route, signal)
