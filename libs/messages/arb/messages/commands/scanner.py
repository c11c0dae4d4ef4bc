"""Commands the scanner answers."""

from typing import ClassVar

from pydantic import Field

from arb.messages.base import Message
from arb.messages.commands.base import Command
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.subjects import command


class GetSupportedAssets(Command):
    """Answers SupportedAssets."""

    subject: ClassVar[str] = command("scanner", "supported_assets")


class SupportedAsset(Message):
    """An asset as dashboards know it: native is code XLM with issuer `native`."""

    code: str
    issuer: str


class SupportedAssets(Message):
    """The asset universe that is scanned and traded."""

    supported_assets: tuple[SupportedAsset, ...]


class GetOpportunities(Command):
    """Answers Opportunities: the newest first."""

    subject: ClassVar[str] = command("scanner", "opportunities")
    limit: int = Field(default=50, ge=1, le=500)


class Opportunities(Message):
    """Opportunities, newest first."""

    opportunities: tuple[OpportunityFound, ...]


class GetScannerStatus(Command):
    """Answers ScannerStatus."""

    subject: ClassVar[str] = command("scanner", "status")


class ScannerStatus(Message):
    """What the scanner sees, and what it saw and dropped since it started (by reason)."""

    synced: bool
    ledger: int
    offers: int
    pools: int
    contract_pools: int = 0
    ledgers_scanned: int
    opportunities: int
    dropped: dict[str, int]
