"""A route over pools that were simulated is built without another simulation, and the network takes it."""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest
from support.arbitrage import PASSPHRASE
from support.contract_routes import Stranger, find_route
from support.executor_world import World, world_on
from support.localnet import Localnet

from arb.contracts.rpc import RpcClient
from arb.contracts.simulation import Simulation
from arb.executor.adapters.contract_routes import RouteBuilder
from arb.executor.adapters.frame import Frame
from arb.executor.ports import PlanRefusedError
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.routes import SorobanRoute

pytestmark = pytest.mark.timeout(90)


class CountingRpc(RpcClient):
    """Says how often a simulation was asked for."""

    simulations = 0

    async def simulate_transaction(self, envelope_xdr: str) -> Simulation:
        self.simulations += 1
        return await super().simulate_transaction(envelope_xdr)


@pytest.fixture
async def world(localnet: Callable[..., Localnet]) -> AsyncIterator[World]:
    running = localnet(traffic="on", traffic_rate=0, ledger_seconds=0.25)
    async with world_on(running) as still:
        stranger = Stranger(running)
        await stranger.arrive()
        await stranger.swap(5_000_0000000)
        yield still


@pytest.fixture
async def rpc(world: World) -> AsyncIterator[CountingRpc]:
    client = CountingRpc([world.localnet.rpc_url])
    yield client
    await client.close()


async def frame_for(world: World, found: OpportunityFound) -> Frame:
    channel = world.accounts.channels[0]
    sequence = (await world.network.sequences([channel]))[channel]
    bid, most = 200, found.plan.profit
    return Frame(channel, sequence + 1, world.accounts.trading, bid, most, found.close_time + 60, PASSPHRASE)


async def status_in_ledger(world: World, rpc: RpcClient, tx_hash: str) -> str:
    async for _ in world.network.ledgers():
        answer = await rpc.get_transaction(tx_hash)
        if answer.status != "NOT_FOUND":
            return answer.status
    raise AssertionError("the stream of ledgers has no end")


async def test_a_route_is_built_from_what_is_known_until_it_fails(world: World, rpc: CountingRpc) -> None:
    found = await find_route(world.localnet)
    plan, frame, ledger = found.plan, await frame_for(world, found), found.ledger
    assert isinstance(plan, SorobanRoute)
    routes = RouteBuilder(rpc)
    simulated = await routes.build(plan, frame, scanned=ledger, newest=ledger)
    assert rpc.simulations == 1
    # When the pools are known, the newest ledger's plan is built at once, any other is simulated
    known = await routes.build(plan, frame, scanned=ledger, newest=ledger)
    assert rpc.simulations == 1
    assert known.transaction.hash_hex != simulated.transaction.hash_hex
    assert known.resource_fee > simulated.resource_fee
    await routes.build(plan, frame, scanned=ledger, newest=ledger + 1)
    assert rpc.simulations == 2
    # Then the network takes what was never simulated, and keeps little of what was declared too much
    signed = await world.accounts.sign(found.id, known.transaction.envelope_xdr)
    assert (await rpc.send_transaction(signed.envelope_xdr)).status == "PENDING"
    assert await status_in_ledger(world, rpc, signed.tx_hash) == "SUCCESS"
    # and when such a one fails its pools are simulated again
    routes.failed(simulated.transaction.hash_hex)
    await routes.build(plan, frame, scanned=ledger, newest=ledger)
    assert rpc.simulations == 2
    routes.failed(known.transaction.hash_hex)
    with suppress(PlanRefusedError):  # it is taken by now, or most of it
        await routes.build(plan, frame, scanned=ledger, newest=ledger)
    assert rpc.simulations == 3


async def test_a_plan_that_the_margin_makes_too_dear_is_simulated(world: World, rpc: CountingRpc) -> None:
    found = await find_route(world.localnet)
    plan, frame, ledger = found.plan, await frame_for(world, found), found.ledger
    assert isinstance(plan, SorobanRoute)
    routes = RouteBuilder(rpc)
    simulated = await routes.build(plan, frame, scanned=ledger, newest=ledger)
    poor = plan.model_copy(update={"profit": simulated.resource_fee + 1_000})
    await routes.build(poor, frame, scanned=ledger, newest=ledger)
    assert rpc.simulations == 2
