"""The seeded market at work: in every ledger a few makers move their quotes, takers trade, balances are kept up."""

import math

import structlog

from arb.localnet.node.node import Node
from arb.localnet.settings import Settings
from arb.localnet.traffic import genesis
from arb.localnet.traffic.claims import Claims, pair
from arb.localnet.traffic.contracts.deployment import Deployment
from arb.localnet.traffic.contracts.market import ContractMarket
from arb.localnet.traffic.desk import Desk
from arb.localnet.traffic.liquidity import change_depth, provider
from arb.localnet.traffic.makers import due, makers, requote
from arb.localnet.traffic.market import MarketSight
from arb.localnet.traffic.model import ReferencePrices, generator
from arb.localnet.traffic.takers import Flow, large_order, small_order
from arb.localnet.traffic.treasury import (
    SMALL_ORDERS,
    endowments,
    large_takers,
    replenish,
    small_takers,
    treasury,
)

_MAKERS_A_LEDGER = 3
_MOST_MAKERS = 5
"""Makers who move in a ledger at rate 1, and at any rate: takers need books that stand still."""
_LARGE_ORDERS = (0.8, 0.3)
"""Odds of a first and of a second large order in a ledger; they do not grow with the rate, nor does profit."""
_DEPTH_CHANGES = 0.2

log = structlog.get_logger("localnet.traffic")


class SeededMarket:
    """Traffic of one seed. Every decision follows from the seed, the ledger's number and the ledger's state."""

    def __init__(self, node: Node, settings: Settings) -> None:
        """The rate scales the number of transactions: 0 is a still market, 1 about 15 a ledger, 19 about 200.

        Above 1 small orders shrink as they become more, and large ones stay as rare as they are.

        Raises:
            GenesisError: contracts are wanted, but their code is not to be had.
        """
        self._node = node
        self._seed = seed = settings.seed
        self._rate = rate = settings.traffic_rate
        self._reference = ReferencePrices(seed)
        self._sight = MarketSight(node.ledger.root, self._reference)
        self._desk = Desk(node, node.ledger.root)
        self._makers = makers()
        self._small, self._large = small_takers(rate), large_takers()
        self._endowments = endowments(rate)
        self._contracts = ContractMarket(node, self._desk, self._sight, settings) if settings.soroban else None
        if self._contracts is not None:
            self._endowments += tuple(self._contracts.endowments())
        self._running = True

    @property
    def contracts(self) -> Deployment | None:
        """The market's contracts, if it has any."""
        return self._contracts.deployment if self._contracts is not None else None

    async def start(self) -> None:
        """Set the market up and trade before every close from then on. Raises GenesisError."""
        genesis.set_up(self._node, self._desk, self._sight, self._seed, self._endowments)
        if self._contracts is not None:
            self._contracts.set_up()
        genesis.refill(self._node, self._desk, self._sight, self._endowments)
        self._node.on_before_close(self.before_close)
        log.info("market set up", seed=self._seed, rate=self._rate, accounts=len(self._endowments))

    async def stop(self) -> None:
        """Send nothing any more."""
        self._running = False

    def before_close(self) -> None:
        """Decide on and submit this ledger's transactions."""
        if not self._running:
            return
        self._desk.next_ledger()
        self._reference.step()
        ledger = self._node.ledger.last.seq + 1
        claims = Claims(exclusive=self._rate <= 1)
        self._move_quotes(ledger, claims)
        self._take(ledger, Flow(self._sight, claims, 1 / max(1.0, self._rate)))
        draw = generator(self._seed, ledger, "depth")
        if draw.random() < _DEPTH_CHANGES * min(1.0, self._rate):
            self._desk.send(provider(), change_depth(self._sight, claims, draw))
        if self._contracts is not None:
            self._contracts.before_close(ledger)
        refill = replenish(self._sight, self._endowments)
        self._desk.send(treasury(), refill.operations, refill.cosigners)

    def _move_quotes(self, ledger: int, claims: Claims) -> None:
        """Let the makers whose turn it is requote."""
        draw = generator(self._seed, ledger, "makers")
        count = min(_MOST_MAKERS, math.ceil(_MAKERS_A_LEDGER * self._rate))
        for maker in due(self._makers, self._sight, count):
            claims.close(pair(maker.venue.base, maker.venue.quote))
            self._desk.send(maker.actor, requote(maker, self._sight, draw))

    def _take(self, ledger: int, flow: Flow) -> None:
        draw = generator(self._seed, ledger, "large orders")
        for odds, taker in zip(_LARGE_ORDERS, draw.sample(self._large, len(_LARGE_ORDERS)), strict=True):
            if draw.random() < odds * min(1.0, self._rate):
                self._desk.send(taker, large_order(taker, flow, draw))
        draw = generator(self._seed, ledger, "small orders")
        count = min(len(self._small), round(SMALL_ORDERS * self._rate * draw.uniform(0.7, 1.3)))
        for taker in draw.sample(self._small, count):
            self._desk.send(taker, small_order(taker, flow, draw))
