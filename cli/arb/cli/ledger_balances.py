"""Balances of own accounts on the ledger: asked of Horizon, or as a run wrote them down before its network ended."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from arb.contracts.horizon import HorizonClient
from arb.eventlog.audit import AuditReport
from arb.markets.amount import parse_amount

Balances = Mapping[str, Mapping[str, int]]
"""Stroops by account, then asset."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What the events add up to and what the ledger has, in stroops."""

    account: str
    asset: str
    events: int
    ledger: int


async def on_ledger(accounts: Iterable[str], horizon_url: str) -> dict[str, dict[str, int]]:
    """What the accounts hold now; one that is not there holds nothing. Raises NetworkError."""
    horizon = HorizonClient(horizon_url)
    try:
        return {account: _balances(await horizon.account(account)) for account in accounts}
    finally:
        await horizon.close()


def differences(found: AuditReport, ledger: Balances) -> list[Difference]:
    """Where the fold of all balance changes and the ledger disagree, account by account."""
    return [
        Difference(account, asset, events, held)
        for account, by_asset in found.balances.items()
        for asset in sorted(by_asset.keys() | ledger.get(account, {}).keys())
        if (events := by_asset.get(asset, 0)) != (held := ledger.get(account, {}).get(asset, 0))
    ]


def write_down(directory: Path, balances: Balances) -> None:
    """Keep what a network showed that will be gone: a local one forgets everything with its process."""
    _file(directory).write_text(json.dumps(balances, indent=1) + "\n")


def written_down(directory: Path) -> Balances | None:
    """What `write_down` kept, None where it kept nothing. ValueError for a file that is none of its making."""
    try:
        kept = json.loads(_file(directory).read_text())
    except FileNotFoundError:
        return None
    if not isinstance(kept, dict) or not all(isinstance(held, dict) for held in kept.values()):
        raise ValueError(f"{_file(directory)} holds no balances")
    return kept


def _file(directory: Path) -> Path:
    return directory / "ledger-balances.json"


def _balances(account: dict[str, object] | None) -> dict[str, int]:
    """Stroops by asset, as Horizon's account resource says."""
    held: dict[str, int] = {}
    lines = account.get("balances", []) if account is not None else []
    assert isinstance(lines, list)
    for line in lines:
        if line.get("asset_type") == "liquidity_pool_shares":
            continue
        native = line.get("asset_type") == "native"
        asset = "native" if native else f"{line['asset_code']}:{line['asset_issuer']}"
        held[asset] = parse_amount(line["balance"])
    return held
