"""What the event record of a run says: is it whole, what was done, and does the ledger agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from arb.contracts.horizon import HorizonClient
from arb.eventlog.audit import (
    AuditReport,
    Checkpoint,
    CheckpointFile,
    Report,
    Verdict,
    Verifier,
    checkpoint_path,
    known_key,
)
from arb.eventlog.errors import HistoryChangedError
from arb.eventlog.ports import EventStore, Recorded
from arb.markets.amount import parse_amount
from arb.messages import subjects


@dataclass(frozen=True, slots=True)
class Difference:
    """A balance on the ledger that is not what the events add up to. Stroops."""

    account: str
    asset: str
    events: int
    ledger: int


async def verify(store: EventStore, state_dir: Path | None, public_key: str | None = None) -> Verdict:
    """Check every message of the record, against the auditor's checkpoints too when its state directory is known.

    `public_key` (hex) is the auditor's, if somebody kept it; else the one it left in the state directory is believed.
    Raises CheckpointError when that cannot be read, StoreUnavailableError.
    """
    checkpoints: Sequence[Checkpoint] = ()
    if state_dir is not None:
        public_key = public_key or known_key(state_dir)
        # Before the record's end: of a record that still grows, no checkpoint read here can reach beyond it.
        checkpoints = list(CheckpointFile(checkpoint_path(state_dir), public_key))
    last = await store.last_sequence()
    verifier = Verifier(checkpoints, public_key)
    try:
        async for stored in store.replay_stored(subjects.EVERY_EVENT, upto=last):
            verifier.add(stored)
        verifier.ended_at(last)
    except HistoryChangedError as error:
        verifier.condemn(error.sequence, str(error))
    return verifier.verdict()


async def report(store: EventStore) -> AuditReport:
    """Fold the whole record. Raises MalformedEventError at an event that cannot be read."""
    fold = Report()
    async for stored in store.replay_stored(subjects.EVERY_EVENT):
        fold.add(Recorded.read(stored))
    return fold.result()


async def reconcile(found: AuditReport, horizon_url: str) -> list[Difference]:
    """Compare the fold of all balance changes with the ledger, account by account. Raises NetworkError."""
    horizon = HorizonClient(horizon_url)
    differences: list[Difference] = []
    try:
        for account, by_asset in found.balances.items():
            on_ledger = _balances(await horizon.account(account))
            for asset in sorted(by_asset.keys() | on_ledger.keys()):
                events, ledger = by_asset.get(asset, 0), on_ledger.get(asset, 0)
                if events != ledger:
                    differences.append(Difference(account, asset, events, ledger))
    finally:
        await horizon.close()
    return differences


def _balances(account: dict[str, object] | None) -> dict[str, int]:
    """Stroops by asset, as Horizon's account resource says; an account that is not there has none."""
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
