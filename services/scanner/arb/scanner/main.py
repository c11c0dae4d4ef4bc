"""Composition root of the scanner."""

import secrets

from arb.contracts.horizon import HorizonClient
from arb.contracts.rpc import RpcClient
from arb.runtime.service import Context, Service, run_service
from arb.scanner.adapters.horizon_rpc import HorizonRpcSource
from arb.scanner.app.desk import ScannerDesk
from arb.scanner.app.engine import EngineWatch
from arb.scanner.app.market_record import MarketRecord
from arb.scanner.app.market_scan import MarketScan
from arb.scanner.app.publishing import Publisher
from arb.scanner.app.turns import BasketsFirst
from arb.scanner.contracts import contract_scans
from arb.scanner.handlers import make_router
from arb.scanner.settings import ScannerSettings


async def build(context: Context[ScannerSettings]) -> Service:
    """Wire the scanner: the market from Horizon and RPC, the engine's state and the opportunities on the bus."""
    settings = context.settings
    horizon = HorizonClient(settings.horizon_url)
    rpc = RpcClient(settings.rpc_urls, passphrase=settings.network_passphrase)
    context.resources.push_async_callback(horizon.close)
    context.resources.push_async_callback(rpc.close)
    assets = settings.assets
    source = HorizonRpcSource(
        horizon,
        rpc,
        context.clock,
        passphrase=settings.network_passphrase,
        # A local network is small and all ours; elsewhere only books and pools among known assets are worth asking for.
        only=None if settings.network == "LOCAL" else assets,
    )
    engine = EngineWatch(context.bus.store)
    publisher = Publisher(context.bus.store, context.clock, settings.network_passphrase)
    await publisher.load()
    record = MarketRecord(context.bus.market, settings.search_terms, secrets.token_hex(8))
    turns = BasketsFirst()
    scan = MarketScan(
        source,
        engine,
        publisher,
        context.clock,
        basket_payments=settings.basket_payments,
        basket_risk_bps=settings.basket_risk_bps,
        max_notional=settings.max_notional,
        record=record,
        turns=turns,
    )
    contracts = await contract_scans(context, rpc, source, engine, publisher, scan, record, turns)
    tasks = {"engine": engine.follow, "market": scan.follow, "ledgers": source.watch, "record": record.follow}
    if contracts.routes is not None:
        tasks["contracts"] = contracts.routes.follow
    if contracts.two_leg is not None:
        tasks["two_leg"] = contracts.two_leg.follow
    if contracts.detector is not None:
        tasks["detector"] = contracts.detector.follow

    async def market() -> str | None:
        return None if scan.synced else "the market is not in step with the network"

    return Service(
        routers=(make_router(ScannerDesk(scan, publisher, assets, contracts.routes, contracts.detector)),),
        tasks=tasks,
        checks={"market": market},
    )


def main() -> None:
    """Run the scanner until it is stopped."""
    run_service("scanner", ScannerSettings, build)
