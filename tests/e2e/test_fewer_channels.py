"""NUM_ACCOUNTS lowered while the platform trades: channels are merged back under it, and everything stays exact."""

import asyncio
from pathlib import Path

import pytest
from support.real_platform import real_platform
from support.real_verdict import is_exact

from arb.messages.events.account import AccountRetired
from arb.messages.subjects import every

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(180)]


async def test_channels_are_retired_under_an_executor_that_trades(tmp_path: Path) -> None:
    async with real_platform(tmp_path, traffic_rate=4) as platform:
        # Given a platform that trades over four channels
        await asyncio.gather(
            platform.start("accounts", NUM_ACCOUNTS="4"),
            platform.start("scanner"),
            platform.start("executor", ARB_TRADE_VALIDITY="6"),
        )
        before = await platform.accounts()
        await platform.start_engine()
        await platform.until_more("confirmed", 3)
        # When the accounts service comes back and keeps one, and the executor knows nothing of it
        await platform.end("accounts")
        await platform.start("accounts", NUM_ACCOUNTS="1")
        # Then the others are merged back, and it trades on
        retired: list[str] = []
        async with asyncio.timeout(60), platform.bus.store.subscribe(every("account")) as events:
            async for recorded in events:
                if isinstance(recorded.fact, AccountRetired):
                    retired.append(recorded.fact.account)
                if len(retired) == 3:
                    break
        await platform.until_more("confirmed", 2)
        await platform.stop_engine()
        assert set(retired) == {a.account for a in before.accounts[2:]}
        assert [a.account for a in (await platform.accounts()).accounts] == [a.account for a in before.accounts[:2]]
        # and all of it is exact, the balances of accounts that are gone too
        ends = await is_exact(platform)
        assert set(ends) <= {"confirmed", "failed", "expired", "rejected"}
