"""Our library before other people's exchanges in a localnet process: everything goes by RPC, as it would on a network.

Deployed, filled and traded by `arb.contracts` from what the contracts declare; reserves read in bulk off what they
store; the pools of `arb.markets` made of that quote, refuse and change as the contracts do.
"""

import asyncio
import random
from itertools import permutations
from typing import NamedTuple

import pytest
from support.localnet import running_localnet
from support.third_party import DIRECTORY, STATES, Tally, wasm
from support.third_party_network import Call, ThirdPartyNetwork
from support.third_party_venues import EXCHANGES, Exchange

from arb.contracts.spec.interface import Interface
from arb.contracts.venues.reserves import ReserveReader
from arb.markets.soroban.pools import AquariusStablePool, PhoenixPool, SorobanPool
from arb.markets.soroban.swap import Refusal, Swap

pytestmark = pytest.mark.skipif(
    not DIRECTORY,
    reason="ARB_THIRD_PARTY_WASM names no directory: the third-party contracts of the README were not tried",
)

MOST = 10**34
DEEPEST = 10**18


class Order(NamedTuple):
    """An amount sold, and an amount whose least price is asked for."""

    sold: str
    bought: str
    amount: int
    wanted: int


class Trial:
    """Pools of one exchange: asked about in every state, then changed by a transaction each, all in a ledger or two."""

    def __init__(self, name: str, exchange: Exchange) -> None:
        self.exchange, self.network = exchange, exchange.network
        self.tally, self.rng = Tally(f"{name}, by RPC"), random.Random(31)
        self.reader = ReserveReader(exchange.network.rpc)

    async def interfaces(self) -> None:
        """Every contract's interface, as the ledger has it, is that of its file and usable to the last function."""
        for contract, name in self.network.codes.items():
            interface = await self.network.contract(contract).interface()
            assert interface.functions.keys() == Interface.from_wasm(wasm(name)).functions.keys()
            assert not interface.unusable, (name, interface.unusable)
        self.tally["contracts whose interface was read"] = len(self.network.codes)

    async def fill(self) -> None:
        calls = (self.exchange.adding(pool, self.exchange.first(self.rng, pool)) for pool in self.exchange.sides)
        await asyncio.gather(*map(self.network.send, calls))

    async def pools(self) -> tuple[SorobanPool, ...]:
        read = await self.reader.read(self.exchange.at)
        assert not read.skipped, read.skipped
        return read.pools

    async def round(self) -> None:
        """Compare every pool, then change it."""
        pools = await self.pools()
        await asyncio.gather(*(self.compare(pool, self.orders(pool)) for pool in pools))
        async with self.network.closing():
            expected = await asyncio.gather(*map(self.changed, pools))
        for foretold, found in zip(expected, await self.pools(), strict=True):
            if foretold is not None:
                self.tally.same(found, foretold, "transaction: reserves after equal")
        self.tally["states"] += len(pools)

    async def compare(self, pool: SorobanPool, orders: list[Order]) -> None:
        self.tally.same(await self.exchange.held(pool), pool.reserves, "reserves: as the contract says")
        for order in orders:
            await self._sold(pool, order)
            await self._least(pool, order)

    async def _sold(self, pool: SorobanPool, order: Order) -> None:
        """The contract's quote and what its swap would give, against ours."""
        trade = (order.sold, order.bought, order.amount)
        quoted = await self.exchange.quote(pool, *trade)
        swap = await self.network.tried(self.exchange.selling(pool, *trade))
        paid = None if swap is None else self.exchange.paid(swap)
        answer = pool.swap(*trade)
        if isinstance(answer, Swap) and quoted == 0 and isinstance(pool, AquariusStablePool):
            # Its quote answers 0 for so much that nothing but a unit is left; its swap pays.
            self.tally.same((paid, pool, order), (answer.amount_out, pool, order), "swap equal, quoted 0")
        elif isinstance(answer, Swap):
            expected = answer.amount_out
            self.tally.same((quoted, paid, pool, order), (expected, expected, pool, order), "quote and swap equal")
        elif answer is Refusal.NOTHING_OUT and paid == 0:
            self.tally["refused by us: pays nothing"] += 1
        else:
            self.tally.same((paid, pool, order), (None, pool, order), f"refused alike: {answer.name}")

    async def _least(self, pool: SorobanPool, order: Order) -> None:
        """The least input we name buys the amount by the contract's quote, and a unit less does not."""
        least = pool.least_in(order.sold, order.bought, order.wanted)
        if least is None:
            most = await self._brought(pool, order, MOST)
            self.tally.same((most < order.wanted, pool, order), (True, pool, order), "least input: none")
            return
        found, below = await self._brought(pool, order, least), await self._brought(pool, order, least - 1)
        bounds = (found, order.wanted, below, least, pool, order)
        self.tally.same((found >= order.wanted > below, bounds), (True, bounds), "least input: equal")

    async def _brought(self, pool: SorobanPool, order: Order, amount: int) -> int:
        """By the contract's quote, or its swap where it quotes nothing; 0 where it refuses.

        Nothing brings nothing: no swap takes it, though a stable pool can round it up to a few units in its quote.
        """
        trade = (order.sold, order.bought, amount)
        if not amount:
            return 0
        quoted = await self.exchange.quote(pool, *trade)
        if quoted == 0:
            swap = await self.network.tried(self.exchange.selling(pool, *trade))
            return 0 if swap is None else self.exchange.paid(swap)
        return quoted or 0

    async def changed(self, pool: SorobanPool) -> SorobanPool | None:
        """Change a pool by a transaction; what it is then, where our library says so."""
        share, trade = self.rng.random(), self._trade(pool)
        if share < 0.75 and trade is not None:
            paid = self.exchange.paid(await self.network.send(self.exchange.selling(pool, *trade)))
            self.tally.same(paid, pool.quote_in(*trade), "transaction: paid as quoted")
            return pool.after(*trade)
        if share < 0.9 and max(pool.reserves) < DEEPEST:
            factor = 10 ** self.rng.uniform(-2, 1)
            call = self.exchange.adding(pool.contract, [int(held * factor) + 1 for held in pool.reserves])
        else:
            part = self.rng.uniform(0.01, 0.95)
            shares = int(await self.exchange.shares(pool.contract) * part)
            call = self.exchange.taking(pool.contract, shares)
        await self._sent_if_allowed(call)
        return None

    async def _sent_if_allowed(self, call: Call) -> None:
        """Deposits and withdrawals have rules of their own, which are not what is tried here."""
        if await self.network.tried(call) is not None:
            await self.network.send(call)

    def orders(self, pool: SorobanPool) -> list[Order]:
        """Both ways; of three tokens two of the six."""
        ways = self.rng.sample(list(permutations(pool.tokens, 2)), 2)
        if len(pool.tokens) == 2:
            ways = list(permutations(pool.tokens, 2))
        return [Order(*way, self._amount(pool, *way), self._size(self._held(pool, way[1]) * 21 // 20)) for way in ways]

    def _amount(self, pool: SorobanPool, sold: str, bought: str) -> int:
        """Nothing, dust, up to more than there is, all that overflows, or what the spread limit lets just pass."""
        kind, reserve = self.rng.random(), self._held(pool, sold)
        if isinstance(pool, PhoenixPool) and kind < 0.4:
            return _last_accepted(pool, sold, bought) + self.rng.randrange(2)
        if kind < 0.1:
            return self.rng.randrange(4)
        return self._size(4 * reserve if kind < 0.85 else MOST)

    def _trade(self, pool: SorobanPool) -> tuple[str, str, int] | None:
        for _ in range(20):
            sold, bought = self.rng.sample(pool.tokens, 2)
            amount = self._size(2 * self._held(pool, sold))
            if isinstance(pool.swap(sold, bought, amount), Swap):
                return sold, bought, amount
        return None

    def _size(self, most: int) -> int:
        """Any number of digits is as likely as any other."""
        return self.rng.randrange(1, 2 + (most >> self.rng.randrange(max(1, most.bit_length()))))

    @staticmethod
    def _held(pool: SorobanPool, token: str) -> int:
        return pool.reserves[pool.tokens.index(token)]


def _last_accepted(pool: PhoenixPool, sold: str, bought: str) -> int:
    """An amount that the pool takes though it would not take a unit more, or that of all its reserve."""
    accepted, refused = 0, pool.reserves[pool.tokens.index(sold)] * 2
    while refused - accepted > 1:
        middle = (accepted + refused) // 2
        if pool.swap(sold, bought, middle) is Refusal.SPREAD_ABOVE_LIMIT:
            refused = middle
        else:
            accepted = middle
    return accepted


@pytest.mark.parametrize("name", EXCHANGES)
async def test_our_pools_are_the_contracts(name: str) -> None:
    with running_localnet(manual="on") as process:
        async with ThirdPartyNetwork(process) as network:
            # given an exchange that our library deployed, and whose every interface it read
            async with network.closing():
                trial = Trial(name, await EXCHANGES[name].on(network))
                await trial.interfaces()
                await trial.fill()
            # when its pools are asked and traded, then all numbers and refusals are those of our library
            while trial.tally["states"] < STATES:
                await trial.round()
    trial.tally.show()
    assert trial.tally["quote and swap equal"] > STATES // 2
    assert trial.tally["transaction: paid as quoted"] > STATES // 4
