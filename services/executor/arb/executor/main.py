"""Composition root of the executor."""

import asyncio
from collections.abc import Callable

from arb.contracts.horizon import HorizonClient
from arb.contracts.interfaces import InterfaceCache
from arb.contracts.rpc import RpcClient
from arb.contracts.venues.sep40 import PriceOracle
from arb.eventlog.errors import (
    ChainBrokenError,
    HistoryChangedError,
    MalformedEventError,
    StoreFullError,
    StoreUnavailableError,
)
from arb.executor.adapters.bus import BusAccounts
from arb.executor.adapters.oracle import ContractOracle
from arb.executor.adapters.stellar import StellarNetwork
from arb.executor.app.engine_switch import EngineSwitch
from arb.executor.app.execution import Execution
from arb.executor.app.fee_watch import FeeWatch
from arb.executor.app.limits_in_force import LimitsBook
from arb.executor.app.oracle_watch import OracleWatch
from arb.executor.app.rebidding import Rebidding
from arb.executor.app.risk_watch import RiskWatch
from arb.executor.app.settlement import Settlement
from arb.executor.app.submission import Submission
from arb.executor.app.trade_book import TradeBook
from arb.executor.app.trading import Trading
from arb.executor.domain.channels import ChannelPool
from arb.executor.domain.trade import TransitionError
from arb.executor.handlers import make_router
from arb.executor.limit_handlers import make_limits_router
from arb.executor.ports import SignerDownError
from arb.executor.settings import ExecutorSettings
from arb.runtime.record_proof import RecordProof
from arb.runtime.service import Context, Service, run_service
from arb.runtime.snapshots import Snapshots

ACCOUNTS_POLL_SECONDS = 0.5
AFTER_THE_BURST = 0.25
"""Seconds after a close until accounts and fees are read anew: first come the trades of the ledger, on the same way."""


async def build(context: Context[ExecutorSettings]) -> Service:
    """Wire the executor: state from the event store, ports on the network and the accounts service."""
    settings, store, clock = context.settings, context.bus.store, context.clock
    rpc = RpcClient(settings.rpc_urls, passphrase=settings.network_passphrase)
    horizon = HorizonClient(settings.horizon_url)
    context.resources.push_async_callback(rpc.close)
    context.resources.push_async_callback(horizon.close)
    network = StellarNetwork(rpc, horizon, passphrase=settings.network_passphrase)
    accounts = BusAccounts(context.bus, clock, settings.network_passphrase)

    trades = TradeBook(store, clock)
    history = context.history
    proof = RecordProof(context.bus, history, context.log)
    switch = EngineSwitch(store, clock, trades, settings.mode, distrust=lambda: history.problem)
    snapshots = Snapshots(context.bus.snapshots, store, context.log)
    await snapshots.restore("trades", trades)
    await trades.load()
    await switch.load()
    limits = LimitsBook(store, clock)
    await limits.load(settings.limits)
    risk = RiskWatch(clock, switch, trades, lambda: limits.current, now=lambda: settlement.tip_time)
    # A loss that was booked right before a crash halts the engine now.
    await risk.look()
    if history.problem is not None:
        await switch.halt(history.problem)
    channels = ChannelPool(settings.instance)
    oracle = OracleWatch(_oracle(settings, rpc, lambda: settlement.tip_time))
    fee_watch = FeeWatch(network)
    submission = Submission(network, trades, clock)
    rebidding = Rebidding(
        trades=trades,
        network=network,
        accounts=accounts,
        fee_watch=fee_watch,
        limits=lambda: limits.current,
        limits_version=lambda: limits.version,
    )
    settlement = Settlement(
        trades=trades,
        channels=channels,
        network=network,
        submission=submission,
        rebidding=rebidding,
        instance=settings.instance,
    )
    execution = Execution(
        switch=switch,
        trades=trades,
        channels=channels,
        settlement=settlement,
        submission=submission,
        network=network,
        accounts=accounts,
        fee_watch=fee_watch,
        limits=lambda: limits.current,
        limits_version=lambda: limits.version,
        network_passphrase=settings.network_passphrase,
        validity=settings.trade_validity,
    )
    trading = Trading(
        switch=switch,
        trades=trades,
        channels=channels,
        settlement=settlement,
        execution=execution,
        oracle=oracle,
        risk=risk,
        limits=lambda: limits.current,
        limits_version=lambda: limits.version,
        network_passphrase=settings.network_passphrase,
        instance=settings.instance,
        distrust=proof.problem,
    )

    async def learn_accounts() -> None:
        while True:
            try:
                known = await accounts.accounts()
                settlement.adopt(known)
                if known.ready:
                    return
            except SignerDownError as down:
                context.log.info("waiting_for_accounts", reason=str(down))
            await asyncio.sleep(ACCOUNTS_POLL_SECONDS)

    closed = asyncio.Event()

    async def settle() -> None:
        await learn_accounts()
        async for tip in network.ledgers():
            try:
                await settlement.on_ledger(tip)
                await risk.look()
                closed.set()
            except (StoreUnavailableError, StoreFullError) as error:
                if isinstance(error, StoreFullError):
                    await switch.halt(str(error))
                # What could not be recorded is read from the network again after the next ledger.
                context.log.warning("settlement_postponed", error=str(error))

    async def read_around() -> None:
        while True:
            await closed.wait()
            if settlement.ready.is_set():
                await asyncio.sleep(AFTER_THE_BURST)
            closed.clear()
            await settlement.read_accounts()
            await fee_watch.look()
            oracle.quiet.set()

    async def ask_oracle() -> None:
        # How old a price is shows by the network's time, which is known from the first ledger on.
        await settlement.ready.wait()
        await oracle.follow()

    async def follow(book: EngineSwitch | LimitsBook | TradeBook | RiskWatch) -> None:
        try:
            await book.follow()
        except (HistoryChangedError, MalformedEventError, ChainBrokenError, TransitionError) as error:
            await switch.halt(str(error))

    async def trust() -> None:
        await switch.halt(await history.condemned())

    async def prove() -> None:
        # Before the first opportunity waits for it.
        await proof.problem()

    async def ready() -> str | None:
        return None if settlement.ready.is_set() else "own accounts or the network are not known yet"

    return Service(
        routers=(
            make_router(switch, trading, trades, context.bus, workers=settings.num_accounts),
            make_limits_router(limits, risk, {str(asset) for asset in settings.assets}),
        ),
        tasks={
            "settle": settle,
            "around": read_around,
            "trust": trust,
            "proof": prove,
            "oracle": ask_oracle,
            "engine": lambda: follow(switch),
            "limits": lambda: follow(limits),
            "trades": lambda: follow(trades),
            "snapshots": lambda: snapshots.keep("trades", trades),
            "risk": lambda: follow(risk),
        },
        checks={"network": ready, "engine": switch.health},
    )


def _oracle(settings: ExecutorSettings, rpc: RpcClient, now: Callable[[], int]) -> ContractOracle | None:
    if settings.oracle_contract_id is None:
        return None
    contract = PriceOracle(rpc, settings.oracle_contract_id, InterfaceCache())
    return ContractOracle(contract, settings.assets, settings.network_passphrase, now)


def main() -> None:
    """Run the executor until it is stopped."""
    run_service("executor", ExecutorSettings, build)
