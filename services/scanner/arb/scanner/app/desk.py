"""What the scanner answers when it is asked: what it sees, what it found, which assets it knows."""

from collections.abc import Sequence

from arb.markets.asset import Asset
from arb.messages.commands.scanner import Opportunities, ScannerStatus, SupportedAsset, SupportedAssets
from arb.scanner.app.market_scan import MarketScan
from arb.scanner.app.publishing import Publisher


class ScannerDesk:
    """Answers from what the scans keep; nothing is asked of the network."""

    def __init__(self, market: MarketScan, publisher: Publisher, universe: Sequence[Asset]) -> None:
        self._market = market
        self._publisher = publisher
        self._universe = tuple(universe)

    def status(self) -> ScannerStatus:
        """What the scanner sees and did since it started."""
        picture = self._market.picture
        return ScannerStatus(
            synced=self._market.synced,
            ledger=picture.ledger,
            offers=len(picture.market.offers_by_id),
            pools=len(picture.market.pools_by_id),
            ledgers_scanned=self._market.scanned,
            opportunities=self._publisher.published,
            dropped=dict(self._publisher.dropped),
        )

    def newest(self, limit: int) -> Opportunities:
        """The last opportunities, newest first."""
        return Opportunities(opportunities=self._publisher.newest(limit))

    def supported_assets(self) -> SupportedAssets:
        """The universe, as dashboards know it."""
        return SupportedAssets(
            supported_assets=tuple(
                SupportedAsset(code=asset.code, issuer=asset.issuer or "native") for asset in self._universe
            )
        )
