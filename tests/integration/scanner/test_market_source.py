"""The market from a real network: snapshot and changes give exactly what the ledger holds, also after a gap."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from support.localnet import Localnet

from arb.contracts.horizon import HorizonClient
from arb.contracts.rpc import RpcClient
from arb.markets.asset import NATIVE
from arb.markets.book import Offer
from arb.markets.pool import Pool
from arb.markets.universe import default_universe
from arb.runtime.clock import SystemClock
from arb.scanner.adapters.horizon_records import offer_seen, pool_seen
from arb.scanner.adapters.horizon_rpc import HorizonRpcSource
from arb.scanner.domain.picture import MarketPicture
from arb.scanner.ports import LedgerUpdate

PASSPHRASE = "Standalone Network ; February 2017"
StartLocalnet = Callable[..., Localnet]
Entries = dict[int | str, Offer | Pool]


@asynccontextmanager
async def source(network: Localnet, *, only: bool = False) -> AsyncIterator[HorizonRpcSource]:
    horizon, rpc = HorizonClient(network.url), RpcClient([network.rpc_url])
    assets = default_universe("LOCAL")[:3] if only else None
    market = HorizonRpcSource(horizon, rpc, SystemClock(), passphrase=PASSPHRASE, only=assets)
    watching = asyncio.create_task(market.watch())
    try:
        yield market
    finally:
        watching.cancel()
        await horizon.close()
        await rpc.close()


async def on_ledger(network: Localnet) -> tuple[int, int, Entries]:
    """All offers and pools as Horizon shows them, and the newest ledger before and after reading them."""
    horizon = HorizonClient(network.url)
    try:
        before = (await horizon.root())["history_latest_ledger"]
        entries: Entries = {}
        async for record in horizon.pages("/offers"):
            offer = offer_seen(record).change.offer  # type: ignore[union-attr]
            entries[offer.id] = offer
        async for record in horizon.pages("/liquidity_pools"):
            pool = pool_seen(record).change.pool  # type: ignore[union-attr]
            entries[pool.id] = pool
        return before, (await horizon.root())["history_latest_ledger"], entries
    finally:
        await horizon.close()


def pictured(picture: MarketPicture) -> Entries:
    entries: Entries = {number: _without_flag(offer) for number, offer in picture.market.offers_by_id.items()}
    entries.update(picture.market.pools_by_id.items())
    return entries


def _without_flag(offer: Offer) -> Offer:
    """Horizon does not say whether an offer is passive."""
    return Offer(offer.id, offer.seller, offer.selling, offer.buying, offer.amount, offer.n, offer.d)


async def test_changes_lead_from_the_snapshot_to_what_the_ledger_holds(localnet: StartLocalnet) -> None:
    # given a busy network / when a picture follows it for some ledgers
    network = localnet(traffic="on", seed=7, ledger_seconds=0.5, traffic_rate=2)
    picture, compared, ledgers = MarketPicture(), 0, 0
    async with source(network) as market, asyncio.timeout(40):
        async for update in market.updates():
            assert update.whole == (ledgers == 0)
            assert update.close.ledger > picture.ledger
            picture.apply(update)
            ledgers += 1
            # then it is exactly what a fresh snapshot shows, whenever one can be read within the same ledger
            before, after, entries = await on_ledger(network)
            if before == after == picture.ledger:
                assert pictured(picture) == entries
                compared += ledgers > 1
            if compared >= 4:
                break
    assert picture.market.offers_by_id
    assert picture.market.pools_by_id


async def test_a_scanner_that_slept_too_long_takes_a_new_snapshot(localnet: StartLocalnet) -> None:
    # given a network that keeps ten ledgers / when the reader sleeps for longer than that
    network = localnet(traffic="on", seed=3, ledger_seconds=0.1, retained_ledgers=10, soroban="off")
    picture = MarketPicture()
    async with source(network) as market, asyncio.timeout(40):
        updates = market.updates()
        picture.apply(await anext(updates))
        slept_at = picture.ledger
        await asyncio.sleep(2.5)
        update = await anext(updates)
        # then the next update is a whole market of the newest ledger, not changes with a hole
        assert update.whole
        assert update.close.ledger > slept_at + 10
        picture.apply(update)
        assert picture.market.pools_by_id


async def test_only_pairs_of_the_universe_are_asked_for_and_reported(localnet: StartLocalnet) -> None:
    network = localnet(traffic="on", seed=7, ledger_seconds=0.3)
    assets = set(default_universe("LOCAL")[:3])
    picture, seen = MarketPicture(), list[LedgerUpdate]()
    async with source(network, only=True) as market, asyncio.timeout(30):
        async for update in market.updates():
            picture.apply(update)
            seen.append(update)
            if len(seen) == 5:
                break
    traded = {asset for pair in picture.market.pairs() for asset in pair}
    assert NATIVE in traded
    assert traded <= assets


async def test_a_network_that_goes_away_is_waited_for(localnet: StartLocalnet) -> None:
    # given a source whose RPC cannot be reached
    network = localnet(traffic="on", seed=7, ledger_seconds=0.3)
    horizon, rpc = HorizonClient(network.url), RpcClient(["http://127.0.0.1:9/rpc"])
    market = HorizonRpcSource(horizon, rpc, SystemClock(), passphrase=PASSPHRASE)
    watching = asyncio.create_task(market.watch())
    updates = market.updates()
    first = asyncio.ensure_future(anext(updates))
    # when time passes / then nothing is yielded and nothing crashes
    await asyncio.sleep(1.5)
    assert not first.done()
    assert not watching.done()
    assert market.newest_ledger() > 0
    first.cancel()
    watching.cancel()
    await asyncio.gather(first, watching, return_exceptions=True)
    await horizon.close()
    await rpc.close()


async def test_servers_of_another_network_are_refused(localnet: StartLocalnet) -> None:
    # given servers whose passphrase is not the configured one
    network = localnet(ledger_seconds=0.2)
    horizon, rpc = HorizonClient(network.url), RpcClient([network.rpc_url])
    market = HorizonRpcSource(horizon, rpc, SystemClock(), passphrase="Test SDF Network ; September 2015")
    watching = asyncio.create_task(market.watch())
    first = asyncio.ensure_future(anext(market.updates()))
    # when ledgers close / then no market comes out
    await asyncio.sleep(1.0)
    assert market.newest_ledger() > 0
    assert not first.done()
    first.cancel()
    watching.cancel()
    await asyncio.gather(first, watching, return_exceptions=True)
    await horizon.close()
    await rpc.close()
