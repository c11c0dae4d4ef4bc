"""One run of the fault bench: executors that fail as planned, over one log and on a real network, to the end."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from random import Random

from support.arbitrage import PASSPHRASE, OwnAccounts, balances, find_opportunity, push_pool_away
from support.contract_routes import Stranger, find_route
from support.executor_world import LIMITS, Executor
from support.fault_ledger import Evidence, transactions_since
from support.fault_line import FaultyLine, KilledError, Life, MortalStore, Outside, Script
from support.fault_others import Others
from support.fault_plan import Disturbance, ExecutorFaults, FaultPlan
from support.fault_signer import FaultyAccounts, SigningService
from support.localnet import Localnet

from arb.contracts.horizon import HorizonClient
from arb.contracts.rpc import RpcClient
from arb.eventlog import MemoryEventStore, MemoryStream
from arb.eventlog.errors import EventLogError, StoreUnavailableError
from arb.executor.adapters.stellar import StellarNetwork
from arb.executor.domain.trade import Trade, evolve
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.routes import SorobanRoute
from arb.messages.subjects import every
from arb.runtime.clock import ShiftedClock, SystemClock

LEDGER_SECONDS = 0.1
REDELIVERY_SECONDS = 0.1
END_SECONDS = 30.0
"""Wall-clock time that everything has to have ended in; the longest validity is a tenth of that."""


FREE_SECONDS = 5.0
"""Wall-clock time after that for channels to be free again."""


class FaultRun:
    """A plan on a network: `run` says what is then on the ledger and in the log."""

    def __init__(self, network: Localnet, plan: FaultPlan) -> None:
        self._network = network
        self._plan = plan
        self._rpc, self._horizon = RpcClient([network.rpc_url]), HorizonClient(network.url)
        self._accounts = OwnAccounts(plan.channels, name=f"faults {plan.seed}")
        self._stranger = Stranger(network, f"stranger {plan.seed}")
        self._others = Others(network, self._rpc, self._accounts, OwnAccounts(0, name="refuge").trading)
        self._limits = LIMITS.model_copy(update={"max_open_trades": plan.max_open})
        self._stream = MemoryStream()
        self._outside = Outside(self._stream, LEDGER_SECONDS, self._disturb, list(plan.disturbances))
        self._delivered: set[tuple[int, str]] = set()
        self._alive: dict[int, Executor] = {}
        self._over = asyncio.Event()

    async def run(self) -> Evidence:
        """Everything from the first account to the last look at the ledger."""
        watching = asyncio.create_task(self._watch())
        try:
            return await self._run()
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            await self._others.leave()
            await self._rpc.close()
            await self._horizon.close()

    async def _run(self) -> Evidence:
        await self._accounts.fund(self._network)
        found = await self._opportunities()
        own = [self._accounts.trading, *self._accounts.channels]
        before = await balances(self._network, own)
        first_ledger = self._outside.tip.ledger
        routes = [each.plan.executor for each in found if isinstance(each.plan, SorobanRoute)]
        self._signer = SigningService(self._accounts, self._outside, self._rpc, self._horizon, routes)
        await self._signer.restart()
        await self._start_engine()
        slots = [asyncio.create_task(self._slot(index, found)) for index in range(len(self._plan.executors))]
        try:
            in_time = await self._await_ends(found)
            self._over.set()
            await asyncio.gather(*slots)
        finally:
            for slot in slots:
                slot.cancel()
        await asyncio.gather(*self._outside.late, return_exceptions=True)
        await asyncio.sleep(2 * LEDGER_SECONDS)  # what arrived late is in a ledger, or never will be
        after = await balances(self._network, own)
        free, network = [], StellarNetwork(self._rpc, self._horizon, passphrase=PASSPHRASE)
        for executor in self._alive.values():
            if stale := executor.channels.stale():  # read over a line that works
                executor.channels.refresh(await network.sequences(stale))
            free.append(executor.channels.free)
        return Evidence(
            plan=self._plan,
            limits=self._limits,
            in_time=in_time,
            facts=[recorded async for recorded in self._store().replay(every("trade"))],
            before=before,
            after=after,
            ledger=await transactions_since(self._rpc, first_ledger, own),
            others=self._others.hashes,
            signatures=self._outside.signed,
            sent=self._outside.sent,
            free_channels=free,
            channels=[account for account in self._accounts.channels if account in after],
            met=self._outside.met,
        )

    def _store(self) -> MemoryEventStore:
        return MemoryEventStore("/arb/executor", self._stream)

    async def _watch(self) -> None:
        async for closed in self._horizon.stream_ledgers():
            self._outside.closes[closed.sequence] = closed.closed_at

    async def _opportunities(self) -> list[OpportunityFound]:
        """An arbitrage of each kind the plan asks for, made by somebody who pushes a pool away."""
        dice, market = Random(self._plan.seed), self._plan.market
        await self._stranger.arrive()
        moves = []
        if market != "route":
            moves.append(push_pool_away(self._network, str(dice.randint(3_000, 6_000))))
        if market != "basket":
            moves.append(self._stranger.swap(dice.randint(3_000, 6_000) * 10**7))
        await asyncio.gather(*moves)
        found = []
        if market != "route":
            found.append(await find_opportunity(self._network, payments=dice.randint(1, 5)))
        if market != "basket":
            found.append(await find_route(self._network))
        if self._plan.again and market != "route":
            found.append(await find_opportunity(self._network, payments=dice.randint(1, 5)))
        return list({each.id: each for each in found}.values())

    async def _start_engine(self) -> None:
        outside = Outside(self._stream, LEDGER_SECONDS, self._disturb, [])
        faults = ExecutorFaults(line=(), kills=(), store=(), clock_seconds=0)
        script = Script(faults, outside, disturbed=False)
        executor = self._executor(0, script, Life(None, script), 0)
        await executor.switch.start("bench")

    def _executor(self, index: int, script: Script, life: Life, clock_seconds: int) -> Executor:
        return Executor(
            self._stream,
            FaultyLine(self._rpc, self._horizon, script, life),
            FaultyAccounts(self._signer, script, life),
            store=MortalStore(self._stream, script, life),
            clock=ShiftedClock(clock_seconds) if clock_seconds else SystemClock(),
            validity=self._plan.validity,
            limits=self._limits,
            instance=f"executor-{index}",
        )

    async def _slot(self, index: int, found: Sequence[OpportunityFound]) -> None:
        """One executor after the other in this place, until the run is over: a supervisor starts the next at once."""
        faults = self._plan.executors[index]
        script = Script(faults, self._outside, disturbed=index == 0)
        kills = list(faults.kills)
        while not self._over.is_set():
            life = Life(kills.pop(0) if kills else None, script)
            executor = self._alive[index] = self._executor(index, script, life, faults.clock_seconds)
            try:
                await self._live(index, executor, found)
            except KilledError as killed:
                self._outside.met[f"killed {str(killed).rpartition(' ')[0]}"] += 1
            except EventLogError as error:
                # The service ends with an error, as it does when its settling task fails, and is started again.
                self._outside.met[f"executor ended by {type(error).__name__}"] += 1
            life.dead = True

    async def _live(self, index: int, executor: Executor, found: Sequence[OpportunityFound]) -> None:
        await executor.trades.load()
        await executor.switch.load()
        executor.settlement.adopt(await self._accounts.accounts())
        tasks = [asyncio.create_task(self._settle(executor)), asyncio.create_task(executor.trades.follow())]
        tasks += [asyncio.create_task(self._deliver(index, executor, each)) for each in found]
        over = asyncio.create_task(self._over.wait())
        try:
            pending: set[asyncio.Task[object]] = {*tasks, over}
            while over in pending:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            for task in (*tasks, over):
                task.cancel()
            await asyncio.gather(*tasks, over, return_exceptions=True)

    async def _settle(self, executor: Executor) -> None:
        """As the service does."""
        async for tip in executor.network.ledgers():
            with suppress(StoreUnavailableError):
                await executor.settlement.on_ledger(tip)
                await executor.settlement.read_accounts()

    async def _deliver(self, index: int, executor: Executor, found: OpportunityFound) -> None:
        """As the durable does: again until it is acknowledged, and once more for good measure."""
        again = (index, found.id) not in self._delivered
        while True:
            try:
                await executor.trading.take_up(found, event_id="e")
            except EventLogError:
                await asyncio.sleep(REDELIVERY_SECONDS)
                continue
            self._delivered.add((index, found.id))
            if not again:
                return
            again = False

    async def _disturb(self, disturbance: Disturbance) -> None:
        self._outside.met[f"others {disturbance.what}"] += 1
        await self._others.act(disturbance.what, self._stranger)

    async def _await_ends(self, found: Sequence[OpportunityFound]) -> bool:
        """Whether every opportunity was taken up by every executor, and every trade has ended, before time is up."""
        wanted = {(index, each.id) for index in range(len(self._plan.executors)) for each in found}
        try:
            async with asyncio.timeout(END_SECONDS):
                async for _ in self._horizon.stream_ledgers():
                    if wanted <= self._delivered and not any(t.open for t in (await self._trades()).values()):
                        break
        except TimeoutError:
            return False
        await self._await_channels()
        return True

    async def _await_channels(self) -> None:
        """Give executors time to learn of each other's ends, and so to free their channels, over slow lines too."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FREE_SECONDS):
                async for _ in self._horizon.stream_ledgers():
                    there = await balances(self._network, self._accounts.channels)
                    if all(executor.channels.free == len(there) for executor in self._alive.values()):
                        return

    async def _trades(self) -> dict[str, Trade]:
        trades: dict[str, Trade] = {}
        async for recorded in self._store().replay(every("trade")):
            trades[recorded.aggregate.id] = evolve(trades.get(recorded.aggregate.id, Trade()), recorded.fact)
        return trades
