"""What the executor answers about limits and results."""

from collections.abc import Container

from arb.executor.app.limits_in_force import LimitsBook
from arb.executor.app.risk_watch import RiskWatch
from arb.messages.commands.executor import GetLimits, GetPnl, LimitsInForce, Pnl, SetLimits
from arb.runtime.commands import CommandRouter
from arb.runtime.errors import Refusal


def make_limits_router(limits: LimitsBook, risk: RiskWatch, traded: Container[str]) -> CommandRouter:
    """Commands about limits and results. `traded` are the assets that a bound may be set for."""
    router = CommandRouter("executor")

    @router.answers(GetLimits)
    async def get_limits(_: GetLimits) -> LimitsInForce:
        return limits.status()

    @router.answers(SetLimits)
    async def set_limits(command: SetLimits) -> LimitsInForce:
        for bounds in command.changes.by_asset or ():
            if bounds.asset not in traded:
                # A bound on a look-alike would leave the asset that was meant without one.
                told = f"{bounds.asset} is not traded here: an asset is its code and its issuer"
                raise Refusal("unknown_asset", told)
        in_force = await limits.set(command.changes, by=command.by)
        await risk.look()
        return in_force

    @router.answers(GetPnl)
    async def pnl(_: GetPnl) -> Pnl:
        return risk.pnl()

    return router
