"""kill -9 at every named place of a trade's life and of housekeeping, on real processes: nothing is lost or doubled."""

import asyncio
from pathlib import Path

import pytest
from support.real_platform import RealPlatform, real_platform
from support.real_verdict import is_exact

from arb.runtime.failpoints import FAILPOINTS

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(240)]


async def test_executor_and_accounts_die_at_every_failpoint(tmp_path: Path) -> None:
    everywhere = ",".join(FAILPOINTS)
    async with real_platform(tmp_path) as platform:
        # Given services that die wherever they can, once at each place, and are started again
        housekeeping = {"ARB_AUDIT_ANCHOR": "on", "ARB_AUDIT_ANCHOR_SECONDS": "2"}
        await asyncio.gather(
            platform.start("accounts", ARB_FAILPOINT=everywhere, **housekeeping),
            platform.start("scanner"),
            platform.start("executor", ARB_FAILPOINT=everywhere),
        )
        await platform.start_engine()
        # When they have died everywhere
        await platform.until(lambda _: met(platform) == set(FAILPOINTS), within=150)
        # Then they trade on
        await platform.until_more("confirmed", 2)
        await platform.stop_engine()
        deaths = {name: platform.restarts(name) for name in ("executor", "accounts")}
        assert deaths == {name: sum(place.startswith(f"{name}.") for place in FAILPOINTS) for name in deaths}
        # And each trade has one end and one envelope, and the books are the ledger's
        ends = await is_exact(platform)
    assert ends["rejected"] >= 2
    assert ends["confirmed"] >= 3


def met(platform: RealPlatform) -> set[str]:
    """Where processes have died so far."""
    notes = platform.state.path.glob("failpoints-met-*")
    return {place for note in notes for place in note.read_text().splitlines()}
