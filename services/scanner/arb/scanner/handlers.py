"""What the scanner answers on the bus."""

from arb.messages.commands.scanner import (
    GetOpportunities,
    GetScannerStatus,
    GetSupportedAssets,
    Opportunities,
    ScannerStatus,
    SupportedAssets,
)
from arb.runtime.commands import CommandRouter
from arb.scanner.app.desk import ScannerDesk


def make_router(desk: ScannerDesk) -> CommandRouter:
    """Commands of the scanner."""
    router = CommandRouter("scanner")

    @router.answers(GetSupportedAssets)
    async def supported_assets(_: GetSupportedAssets) -> SupportedAssets:
        return desk.supported_assets()

    @router.answers(GetOpportunities)
    async def opportunities(command: GetOpportunities) -> Opportunities:
        return desk.newest(command.limit)

    @router.answers(GetScannerStatus)
    async def status(_: GetScannerStatus) -> ScannerStatus:
        return desk.status()

    return router
