"""From an opportunity to a submitted transaction: plan, guard, sign, store, send."""

import asyncio
from collections.abc import Callable

import structlog

from arb.eventlog.errors import EventLogError, WrongVersionError
from arb.executor.app.engine_switch import EngineSwitch
from arb.executor.app.fee_watch import FeeWatch
from arb.executor.app.oracle_watch import OracleWatch
from arb.executor.app.risk_watch import RiskWatch
from arb.executor.app.settlement import Settlement
from arb.executor.app.submission import Submission
from arb.executor.app.trade_book import TradeBook, TradeMovedError
from arb.executor.domain import fees
from arb.executor.domain.channels import ChannelPool, Lease
from arb.executor.domain.guard import judge
from arb.executor.domain.trade import TakeUp
from arb.executor.ports import (
    AccountsPort,
    ChannelTakenError,
    Network,
    NetworkDownError,
    PlanRefusedError,
    SignerDownError,
    SigningRefusedError,
)
from arb.messages.commands.executor import TradeState
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.events.trade import (
    FeeGrounds,
    Grounds,
    TradeApproved,
    TradePlanned,
    TradeRehearsed,
    TradeRejected,
    TradeSigned,
)
from arb.messages.limits import Limits

log = structlog.get_logger(__name__)

_NATIVE = "native"


class Trading:
    """Takes up opportunities: verdicts one after the other, then each trade on a channel of its own beside the others.

    `validity` is how many seconds after the scanned ledger's close a transaction may still be applied; it is set from
    the ledger's time, so a wrong clock on this machine cannot lengthen it. `instance` is this executor's name.
    """

    def __init__(
        self,
        *,
        switch: EngineSwitch,
        trades: TradeBook,
        channels: ChannelPool,
        settlement: Settlement,
        network: Network,
        accounts: AccountsPort,
        submission: Submission,
        risk: RiskWatch,
        limits: Callable[[], Limits],
        limits_version: Callable[[], int],
        oracle: OracleWatch,
        fee_watch: FeeWatch,
        network_passphrase: str,
        validity: int,
        instance: str,
    ) -> None:
        self._switch = switch
        self._trades = trades
        self._channels = channels
        self._settlement = settlement
        self._network = network
        self._accounts = accounts
        self._submission = submission
        self._risk = risk
        self._limits = limits
        self._limits_version = limits_version
        self._oracle = oracle
        self._fee_watch = fee_watch
        self._deciding = asyncio.Lock()
        """One verdict at a time: each counts every trade that was decided on before it. Execution runs beside it."""
        self._unjudged: dict[str, TradePlanned] = {}
        """Plans of ours without a stored verdict: one whose write got no answer is gone on with if it was stored."""
        self._passphrase = network_passphrase
        self._validity = validity
        self._instance = instance

    async def take_up(self, found: OpportunityFound, *, event_id: str) -> None:
        """Carry one opportunity as far as it goes now. Safe to call again with the same opportunity."""
        if not self._switch.engine.running or found.network_passphrase != self._passphrase:
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
            valid_until=found.close_time + self._validity,
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
            lease = await self._decide(planned, event_id, begun=begun)
        if lease is not None:
            await self._execute(found, lease, rehearse=planned.mode == "paper")

    def state_of(self, trade_id: str) -> TradeState | None:
        """Where the trade of this opportunity stands; None when it was never taken up."""
        return self._trades.get(trade_id).state

    async def _decide(self, planned: TradePlanned, event_id: str, *, begun: bool) -> Lease | None:
        """Plan, judge, and lease a channel if the plan is approved. `begun`: it was tried before and got no answer."""
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
        verdict = self._judge(planned)
        await self._trades.record(trade_id, verdict)
        del self._unjudged[trade_id]
        if isinstance(verdict, TradeRejected):
            return None
        lease = self._channels.lease(trade_id)
        if lease is None:
            await self._reject(trade_id, "no_channel", "every channel account is in use")
        return lease

    def _judge(self, planned: TradePlanned) -> TradeApproved | TradeRejected:
        if not self._switch.engine.running:
            return self._at_rest()
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

    async def _execute(self, found: OpportunityFound, lease: Lease | None, *, rehearse: bool) -> None:
        """On this channel, or on the next one if the signer has given it to another trade."""
        max_time = found.close_time + self._validity
        while lease is not None:
            try:
                await self._execute_on(lease, found, max_time, rehearse=rehearse)
            except ChannelTakenError as taken:
                log.info("channel_taken", trade=found.id, reason=str(taken))
                self._channels.rest(lease, max_time)
                self._channels.release(found.id)
                lease = self._channels.lease(found.id)
            else:
                return
        await self._reject(found.id, "no_channel", "every channel account is in use")

    async def _execute_on(self, lease: Lease, found: OpportunityFound, max_time: int, *, rehearse: bool) -> None:
        source, sequence = lease
        inclusion = self._fee_watch.inclusion(found.plan)
        grounds = FeeGrounds(
            limits_version=self._limits_version(),
            ledger=0 if inclusion is None else inclusion.ledger,
            inclusion_fee=None if inclusion is None else inclusion.most_paid,
        )
        max_fee = fees.most(found.plan, self._limits())
        trading_account = self._settlement.trading_account
        try:
            unsigned = await self._network.build(
                found.plan,
                ledger=found.ledger,
                source=source,
                sequence=sequence,
                trading_account=trading_account,
                inclusion_fee=fees.for_places(found.plan, grounds),
                max_fee=max_fee,
                max_time=max_time,
            )
            if rehearse:
                await self._rehearsed(found, unsigned.tx_hash)
                return
            signed = await self._accounts.sign(found.id, unsigned.envelope_xdr)
        except SigningRefusedError as refusal:
            await self._reject(found.id, f"signing_refused:{refusal.code}", str(refusal))
            return
        except SignerDownError as down:
            # It may have signed all the same, and then holds the channel for this envelope that nobody has.
            self._channels.rest(lease, max_time)
            await self._reject(found.id, "signer_unavailable", str(down))
            return
        except PlanRefusedError as refusal:
            await self._reject(found.id, refusal.code, str(refusal))
            return
        except NetworkDownError as down:
            await self._reject(found.id, "network_unavailable", str(down))
            return
        if not self._switch.engine.running:
            # Signed, but not stored: nobody else has it, and now nobody will.
            self._channels.rest(lease, max_time)
            rest = self._at_rest()
            await self._reject(found.id, rest.code, rest.reason)
            return
        fact = TradeSigned(
            tx_hash=signed.tx_hash,
            envelope_xdr=signed.envelope_xdr,
            network_passphrase=self._passphrase,
            source=source,
            trading_account=trading_account,
            sequence=sequence,
            max_time=max_time,
            max_fee=unsigned.fee,
            fee_grounds=grounds.model_copy(update={"resource_fee": unsigned.resource_fee}),
        )
        try:
            await self._trades.record(found.id, fact)
        except EventLogError:
            # What is not stored is not sent, now or later.
            self._channels.rest(lease, max_time)
            raise
        # From here on the envelope is stored: only the ledger ends this trade.
        await self._submission.send(found.id)

    async def _rehearsed(self, found: OpportunityFound, tx_hash: str) -> None:
        plan = found.plan
        fact = TradeRehearsed(tx_hash=tx_hash, hypothetical_profit=plan.profit, hypothetical_fee=plan.fee)
        self._channels.release(found.id)
        await self._trades.record(found.id, fact)

    def _at_rest(self) -> TradeRejected:
        halted = self._switch.engine.halted
        if halted is not None:
            return TradeRejected(code="halted", reason=f"the engine was halted meanwhile: {halted.reason}")
        return TradeRejected(code="stopped", reason="the engine was stopped meanwhile")

    async def _reject(self, trade_id: str, code: str, reason: str) -> None:
        self._channels.release(trade_id)
        await self._trades.record(trade_id, TradeRejected(code=code, reason=reason))
