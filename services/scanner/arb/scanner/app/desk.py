"""What the scanner answers when it is asked: what it sees, what it found, which assets it knows."""

from collections.abc import Sequence

from arb.markets.asset import Asset
from arb.messages.commands.scanner import Opportunities, ScannerStatus, SupportedAsset, SupportedAssets
from arb.scanner.app.contract_scan import ContractScan
from arb.scanner.app.detector_scan import DetectorScan
from arb.scanner.app.market_scan import MarketScan
from arb.scanner.app.publishing import Publisher


class ScannerDesk:
    """Answers from what the scans keep; nothing is asked of the network."""

    def __init__(
        self,
        market: MarketScan,
        publisher: Publisher,
        universe: Sequence[Asset],
        contracts: ContractScan | None = None,
        detector: DetectorScan | None = None,
    ) -> None:
        self._market = market
        self._publisher = publisher
        self._universe = tuple(universe)
        self._contracts = contracts
        self._detector = detector

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
            contract_pools=0 if self._contracts is None else len(self._contracts.pools),
            dropped=dict(self._publisher.dropped),
        )

    def newest(self, limit: int) -> Opportunities:
        """The last opportunities, newest first."""
        return Opportunities(opportunities=self._publisher.newest(limit))

    def supported_assets(self) -> SupportedAssets:
        """The detector contract's own list where one is set and has answered, else the universe that is scanned."""
        if self._detector is not None and self._detector.assets is not None:
            return SupportedAssets(supported_assets=self._detector.assets)
        return SupportedAssets(
            supported_assets=tuple(
                SupportedAsset(code=asset.code, issuer=asset.issuer or "native") for asset in self._universe
            )
        )
