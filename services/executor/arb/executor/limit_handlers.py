"""What the executor answers about limits and results."""

from arb.executor.app.limits_in_force import LimitsBook
from arb.executor.app.risk_watch import RiskWatch
from arb.messages.commands.executor import GetLimits, GetPnl, LimitsInForce, Pnl, SetLimits
from arb.runtime.commands import CommandRouter


def make_limits_router(limits: LimitsBook, risk: RiskWatch) -> CommandRouter:
    """Commands about limits and results."""
    router = CommandRouter("executor")

    @router.answers(GetLimits)
    async def get_limits(_: GetLimits) -> LimitsInForce:
        return limits.status()

    @router.answers(SetLimits)
    async def set_limits(command: SetLimits) -> LimitsInForce:
        in_force = await limits.set(command.changes, by=command.by)
        await risk.look()
        return in_force

    @router.answers(GetPnl)
    async def pnl(_: GetPnl) -> Pnl:
        return risk.pnl()

    return router
