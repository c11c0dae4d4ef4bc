"""Wires the scans of contract pools and of the detector, as far as the settings name contracts."""

from typing import NamedTuple

from arb.contracts.interfaces import InterfaceCache
from arb.contracts.routes.call import Venue
from arb.contracts.rpc import RpcClient
from arb.contracts.venues.detector import Detector
from arb.contracts.venues.pool_entries import PoolAt
from arb.contracts.venues.reserves import ReserveReader
from arb.contracts.venues.soroswap import SoroswapFactory
from arb.markets.asset import NATIVE
from arb.markets.soroban.tokens import AssetTokens, asset_contract
from arb.runtime.service import Context
from arb.scanner.adapters.contract_pools import ContractPools
from arb.scanner.adapters.detector import ContractDetector
from arb.scanner.app.contract_scan import ContractScan
from arb.scanner.app.detector_scan import DetectorScan
from arb.scanner.app.engine import EngineWatch
from arb.scanner.app.market_record import MarketRecord
from arb.scanner.app.market_scan import MarketScan
from arb.scanner.app.publishing import Publisher
from arb.scanner.app.turns import BasketsFirst
from arb.scanner.app.two_leg_scan import TwoLegScan
from arb.scanner.app.venue_record import VenueRecord
from arb.scanner.domain.contract_plans import RoutePlanner
from arb.scanner.domain.signals import SignalJudge
from arb.scanner.ports import MarketSource
from arb.scanner.settings import ScannerSettings


class ContractScans(NamedTuple):
    """The scans to run; None for what the settings name no contract of."""

    routes: ContractScan | None
    detector: DetectorScan | None
    two_leg: TwoLegScan | None


async def contract_scans(
    context: Context[ScannerSettings],
    rpc: RpcClient,
    source: MarketSource,
    engine: EngineWatch,
    publisher: Publisher,
    classic: MarketScan,
    record: MarketRecord,
    turns: BasketsFirst,
) -> ContractScans:
    """Without a route executor nothing could be executed, so nothing is scanned. Raises what the store raises."""
    settings, store, clock = context.settings, context.bus.store, context.clock
    if settings.route_executor_contract_id is None:
        return ContractScans(None, None, None)
    interfaces = InterfaceCache()
    named = [PoolAt(Venue.AQUARIUS, pool) for pool in settings.aquarius_pools]
    named += [PoolAt(Venue.PHOENIX, pool) for pool in settings.phoenix_pools]
    factory_id = settings.soroswap_factory_contract_id
    factory = None if factory_id is None else SoroswapFactory(rpc, factory_id, interfaces)
    tokens = AssetTokens(settings.network_passphrase, settings.assets)
    planner = RoutePlanner(settings.route_executor_contract_id, tokens, settings.route_fee)
    venues = VenueRecord(store, clock)
    await venues.load()
    base = asset_contract(NATIVE, settings.network_passphrase)
    routes = ContractScan(
        source,
        ContractPools(ReserveReader(rpc), named, factory),
        engine,
        publisher,
        venues,
        planner,
        base=base,
        largest=settings.max_route_notional,
        most_hops=settings.route_hops,
        record=record,
        turns=turns,
    )
    two_leg = None
    if settings.two_leg == "watch":
        two_leg = TwoLegScan(
            source,
            classic,
            routes,
            engine,
            publisher,
            tokens,
            largest=settings.max_route_notional,
            fee=settings.route_fee,
        )
    if settings.detector_contract_id is None:
        return ContractScans(routes, None, two_leg)
    judge = SignalJudge(
        planner,
        tokens,
        settings.assets,
        base=base,
        largest=settings.max_route_notional,
        most_hops=settings.route_hops,
    )
    detector = DetectorScan(
        ContractDetector(rpc, Detector(rpc, settings.detector_contract_id, interfaces)),
        routes,
        source,
        engine,
        publisher,
        store,
        clock,
        judge=judge,
        interval=settings.scan_interval,
        min_profit=settings.detector_min_profit,
        record=record,
    )
    return ContractScans(routes, detector, two_leg)
