"""The price oracle contract over RPC, by simulation only."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from arb.contracts.errors import NetworkError
from arb.contracts.venues.errors import UnusablePriceError
from arb.contracts.venues.sep40 import OracleAsset, OracleTerms, PriceOracle
from arb.executor.ports import NetworkDownError
from arb.markets.asset import Asset
from arb.markets.oracle import twap
from arb.markets.soroban.tokens import asset_contract
from arb.messages.oracle import OraclePrice

log = structlog.get_logger(__name__)

RECORDS = 3
"""Records an average is made of: whoever bends the price for one of them bends a third of it."""


class ContractOracle:
    """Implements `arb.executor.ports.Oracle` for the assets of the universe, by their token contracts.

    `now` gives the network's time in unix seconds: the close time of the newest ledger.
    """

    def __init__(
        self, oracle: PriceOracle, universe: Sequence[Asset], network_passphrase: str, now: Callable[[], int]
    ) -> None:
        self._oracle = oracle
        self._assets = {OracleAsset("Stellar", asset_contract(a, network_passphrase)): a for a in universe}
        self._now = now

    async def prices(self) -> tuple[OraclePrice, ...]:
        """See Oracle. What an oracle lists of other things is not asked for; a price that cannot be is left out."""
        try:
            terms = await self._oracle.terms()
            listed = [asset for asset in await self._oracle.assets() if asset in self._assets]
            found = await asyncio.gather(*(self._price(asset, terms) for asset in listed))
        except NetworkError as fault:
            raise NetworkDownError(str(fault)) from fault
        prices = [price for price in found if price is not None]
        own = self._assets.get(terms.base)
        if own is not None and all(price.asset != str(own) for price in prices):
            # What prices are counted in is worth one of itself.
            prices.append(
                OraclePrice(asset=str(own), price=10**terms.decimals, decimals=terms.decimals, timestamp=self._now())
            )
        return tuple(prices)

    async def _price(self, asset: OracleAsset, terms: OracleTerms) -> OraclePrice | None:
        try:
            records = await self._oracle.prices(asset, RECORDS)
        except UnusablePriceError as unusable:
            log.warning("price_unusable", asset=str(self._assets[asset]), reason=str(unusable))
            return None
        average = twap(records, self._now(), terms.resolution)
        if average is None:
            return None
        return OraclePrice(
            asset=str(self._assets[asset]), price=average, decimals=terms.decimals, timestamp=records[0].timestamp
        )
