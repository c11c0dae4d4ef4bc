"""Ledgers that others fill, on real processes: what is left out is bid for again, and everything stays exact."""

import asyncio
from pathlib import Path

import pytest
from support.cli import arb
from support.crowd import Crowd
from support.real_platform import Trades, real_platform
from support.real_verdict import is_exact

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(240)]

ROOM = 60
"""Operations a ledger takes: others fill it with one transaction."""
DEAR = 1_500
"""Stroops an operation, where calm ledgers cost 100."""
FULL, CALM = 4, 12
"""Ledgers: fees are seen over the last ten, so after a dozen calm ones bids are low again."""
WAVES = 8


def rebid(trades: Trades, state: str = "") -> int:
    """How many trades were bid for again, and are in this state."""
    return sum(trade.rebid is not None and state in (trade.state, "") for trade in trades.values())


async def test_full_ledgers_that_come_and_go(tmp_path: Path) -> None:
    async with real_platform(tmp_path, traffic_rate=4, max_operations=ROOM) as platform:
        await asyncio.gather(platform.start("accounts"), platform.start("scanner"), platform.start("executor"))
        await platform.accounts()
        crowd = await Crowd(platform.network, 1).fund()
        await platform.start_engine()
        await platform.until_more("confirmed")
        # When others fill ledger after ledger, and leave again
        for _ in range(WAVES):
            await crowd.flood(ROOM, DEAR, FULL)
            await asyncio.sleep(CALM / 2)
            if rebid(await platform.trades(), "confirmed"):
                break
        await crowd.leave()
        await platform.until_more("confirmed")
        await platform.stop_engine()
        # Then trades that were left out were confirmed by a higher bid, and by the ledger and the record all is exact
        assert rebid(await platform.trades(), "confirmed") > 0
        ends = await is_exact(platform)
        assert set(ends) <= {"confirmed", "failed", "expired", "rejected"}
        # and every bid follows from what was seen of fees
        again = await arb("audit", "replay", "--decisions", "--nats", platform.bus.url, "--json", directory=tmp_path)
        assert (again.code, again.json["differences"]) == (0, 0), again
