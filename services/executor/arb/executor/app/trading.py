"""From an opportunity to a verdict on record, and on to execution."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from arb.eventlog.errors import WrongVersionError
from arb.executor.app.engine_switch import EngineSwitch
from arb.executor.app.execution import Execution
from arb.executor.app.oracle_watch import OracleWatch
from arb.executor.app.risk_watch import RiskWatch
from arb.executor.app.settlement import Settlement
from arb.executor.app.trade_book import TradeBook, TradeMovedError
from arb.executor.domain.channels import ChannelPool
from arb.executor.domain.guard import judge
from arb.executor.domain.trade import TakeUp
from arb.messages.commands.executor import TradeState
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.events.trade import (
    Grounds,
    TradeApproved,
    TradePlanned,
    TradeRejected,
)
from arb.messages.limits import Limits

log = structlog.get_logger(__name__)

_NATIVE = "native"


class Trading:
    """Takes up opportunities: verdicts one after the other, what is approved is carried out beside the next.

    `instance` is this executor's name. `distrust` is asked before each: what is wrong with the record, or None once
    all of it was read.
    """

    def __init__(
        self,
        *,
        switch: EngineSwitch,
        trades: TradeBook,
        channels: ChannelPool,
        settlement: Settlement,
        execution: Execution,
        risk: RiskWatch,
        limits: Callable[[], Limits],
        limits_version: Callable[[], int],
        oracle: OracleWatch,
        network_passphrase: str,
        instance: str,
        distrust: Callable[[], Awaitable[str | None]],
    ) -> None:
        self._switch = switch
        self._trades = trades
        self._channels = channels
        self._settlement = settlement
        self._execution = execution
        self._risk = risk
        self._limits = limits
        self._limits_version = limits_version
        self._oracle = oracle
        self._deciding = asyncio.Lock()
        """One verdict at a time: each counts every trade that was decided on before it. Execution runs beside it."""
        self._unjudged: dict[str, TradePlanned] = {}
        """Plans of ours without a stored verdict: one whose write got no answer is gone on with if it was stored."""
        self._passphrase = network_passphrase
        self._instance = instance
        self._distrust = distrust

    async def take_up(self, found: OpportunityFound, *, event_id: str) -> None:
        """Carry one opportunity as far as it goes now. Safe to call again with the same opportunity."""
        if not self._switch.engine.running or found.network_passphrase != self._passphrase:
            return
        if (problem := await self._distrust()) is not None:
            await self._switch.halt(problem)
            return
        await self._settlement.ready.wait()
        await self._oracle.looked.wait()
        planned = TradePlanned(
            trade_id=found.id,
            opportunity_id=found.id,
            ledger=found.ledger,
            close_time=found.close_time,
            seen_at_us=found.seen_at_us,
            plan=found.plan,
            oracle=self._oracle.prices_for(found.plan),
            mode=self._switch.mode,
            spendable=self._settlement.spendable if found.plan.base == _NATIVE else None,
            instance=self._instance,
            valid_until=found.close_time + self._execution.validity,
        )
        async with self._trades.lock(found.id):
            try:
                await self._carry(found, planned, event_id)
            except (TradeMovedError, WrongVersionError) as late:
                # Another executor took this one for dead and ended the trade; what was signed for it is never sent.
                log.warning("trade_taken_over", trade=found.id, reason=str(late))
                self._unjudged.pop(found.id, None)
                self._channels.release(found.id)

    async def _carry(self, found: OpportunityFound, planned: TradePlanned, event_id: str) -> None:
        begun = found.id in self._unjudged
        if self._trades.get(found.id).state is not None and not begun:
            return
        planned = self._unjudged.setdefault(found.id, planned)
        async with self._deciding:
            verdict = await self._decide(planned, event_id, begun=begun)
            if verdict is None:
                return
            if isinstance(verdict, TradeRejected):
                await self._trades.record(found.id, verdict)
                del self._unjudged[found.id]
                return
            executing = await self._approve(found, verdict, rehearse=planned.mode == "paper")
        await executing

    async def _approve(self, found: OpportunityFound, verdict: TradeApproved, *, rehearse: bool) -> asyncio.Task[None]:
        """Store the verdict, and have the transaction built and signed meanwhile: it is not used before."""
        lease = self._channels.lease(found.id)
        approved = asyncio.Event()
        executing = asyncio.create_task(self._execution.execute(found, lease, approved, rehearse=rehearse))
        try:
            await self._trades.record(found.id, verdict)
        except BaseException:
            executing.cancel()
            await asyncio.wait((executing,))
            self._channels.release(found.id)
            raise
        del self._unjudged[found.id]
        approved.set()
        return executing

    def state_of(self, trade_id: str) -> TradeState | None:
        """Where the trade of this opportunity stands; None when it was never taken up."""
        return self._trades.get(trade_id).state

    async def _decide(
        self, planned: TradePlanned, event_id: str, *, begun: bool
    ) -> TradeApproved | TradeRejected | None:
        """Record the plan and judge it; None if it is somebody else's. `begun`: it was tried before without answer."""
        trade_id = planned.trade_id
        written = await self._trades.decide(trade_id, TakeUp(planned), causation=event_id)
        trade = self._trades.get(trade_id)
        if not written and not (begun and trade.state == "planned" and trade.planned == planned):
            log.info("trade_taken_elsewhere", trade=trade_id)
            del self._unjudged[trade_id]
            return None
        await self._trades.abreast()
        await self._settle_rivals(planned)
        await self._risk.look()
        await self._trades.abreast()
        return self._judge(planned)

    def _judge(self, planned: TradePlanned) -> TradeApproved | TradeRejected:
        if not self._switch.engine.running:
            return self._switch.at_rest()
        grounds = Grounds(
            ledger=max(self._settlement.tip_ledger, planned.ledger),
            limits_version=self._limits_version(),
            trades_upto=self._trades.sequence,
            free_channels=self._channels.free,
        )
        verdict = judge(
            planned,
            limits=self._limits(),
            ledger=grounds.ledger,
            others=self._trades.others(planned.trade_id, planned.ledger),
            free_channels=grounds.free_channels,
        )
        return verdict.model_copy(update={"grounds": grounds})

    async def _settle_rivals(self, planned: TradePlanned) -> None:
        """An open trade that claims what this plan claims may have ended with the very ledger that was scanned."""
        mine = planned.plan.claims
        rivals = [trade for trade in self._trades.open() if trade.in_flight and trade.claims & mine]
        for rival in rivals:
            await self._settlement.look_at(rival.id)
        if rivals or self._channels.free == 0:
            await self._settlement.refresh_channels()
