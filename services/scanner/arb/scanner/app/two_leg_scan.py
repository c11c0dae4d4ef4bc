"""What classic venues and contract pools would pay against each other, published for the record where that is wanted.

No transaction holds both legs, so nothing trades these plans: they show what atomic routes leave on the table.
"""

import asyncio

from arb.markets.asset import NATIVE, Asset
from arb.markets.soroban.pools import SorobanPool
from arb.markets.soroban.tokens import AssetTokens
from arb.markets.two_leg import BuyOn, TwoLeg, best_two_leg
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.two_leg import TwoLeg as TwoLegPlan
from arb.scanner.app.contract_scan import ContractScan
from arb.scanner.app.engine import EngineWatch
from arb.scanner.app.market_scan import MarketScan
from arb.scanner.app.publishing import Publisher
from arb.scanner.ports import LedgerClose, MarketSource

_POLL_SECONDS = 0.02


class TwoLegScan:
    """Runs beside the other scans and gives way to them. `largest`: stroops of XLM; `fee`: stroops for both legs."""

    def __init__(
        self,
        source: MarketSource,
        classic: MarketScan,
        contracts: ContractScan,
        engine: EngineWatch,
        publisher: Publisher,
        tokens: AssetTokens,
        *,
        largest: int,
        fee: int,
    ) -> None:
        self._source = source
        self._classic = classic
        self._contracts = contracts
        self._engine = engine
        self._publisher = publisher
        self._tokens = tokens
        self._largest = largest
        self._fee = fee

    async def follow(self) -> None:
        """Every ledger that both pictures show, without end."""
        async for close in self._source.closes():
            if await self._both_show(close) and self._engine.running:
                await self.on_ledger(close)

    async def on_ledger(self, close: LedgerClose) -> OpportunityFound | None:
        """The best pair of legs at this ledger, published; None when none pays or a newer ledger closes meanwhile."""
        best: TwoLeg | None = None
        for pool in self._contracts.pools:
            for found in self._of_pool(pool):
                if found is not None and (best is None or found.profit > best.profit):
                    best = found
                await asyncio.sleep(0)
                if self._outdated(close):
                    return None
        if best is None:
            return None
        plan = _plan(best, self._fee)
        return (await self._publisher.publish(plan, close, lambda: self._outdated(close))).published

    def _of_pool(self, pool: SorobanPool) -> list[TwoLeg | None]:
        """The best sizes in both directions, where the pool trades the base for a classic asset."""
        assets = [self._tokens.asset(token) for token in pool.tokens]
        if NATIVE not in assets:
            return []
        others = [asset for asset in assets if asset is not None and asset != NATIVE]
        return [self._best(pool, asset, buy_on) for asset in others for buy_on in BuyOn]

    def _best(self, pool: SorobanPool, asset: Asset, buy_on: BuyOn) -> TwoLeg | None:
        path = (NATIVE, asset) if buy_on is BuyOn.CLASSIC else (asset, NATIVE)
        market = self._classic.picture.market
        return best_two_leg(market, path, pool, self._tokens, buy_on, cost=self._fee, largest=self._largest)

    async def _both_show(self, close: LedgerClose) -> bool:
        while not self._outdated(close):
            shown = self._contracts.close
            if shown is not None and shown.ledger == close.ledger == self._classic.picture.ledger:
                return True
            await asyncio.sleep(_POLL_SECONDS)
        return False

    def _outdated(self, close: LedgerClose) -> bool:
        return self._source.newest_ledger() > close.ledger


def _plan(found: TwoLeg, fee: int) -> TwoLegPlan:
    return TwoLegPlan(
        base=str(NATIVE),
        buy_on=found.buy_on.value,
        path=tuple(map(str, found.path)),
        pool=found.pool.contract,
        amount=found.amount,
        spent=found.spent,
        received=found.received,
        profit=found.profit,
        fee=fee,
        net_profit=found.profit - fee,
    )
