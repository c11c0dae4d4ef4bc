"""Limits: what settings and commands make of them, and that every change is one event."""

import pytest
from pydantic import ValidationError

from arb.eventlog import MemoryEventStore, MemoryStream
from arb.executor.app.limits_in_force import LimitsBook
from arb.messages.events.limits import LimitsSet
from arb.messages.limits import AssetLimits, LimitChanges, Limits
from arb.messages.subjects import LIMITS as AGGREGATE
from arb.runtime.clock import SystemClock
from arb.runtime.errors import Refusal

SETTINGS = Limits(
    max_notional=100,
    max_open_trades=3,
    min_profit=1_000,
    max_data_age_ledgers=1,
    max_trades_per_pair_per_ledger=1,
)


async def book_over(stream: MemoryStream, settings: Limits = SETTINGS) -> LimitsBook:
    book = LimitsBook(MemoryEventStore("/arb/executor", stream), SystemClock())
    await book.load(settings)
    return book


async def recorded(stream: MemoryStream) -> list[LimitsSet]:
    facts = [event.fact for event in await MemoryEventStore("/test", stream).load(AGGREGATE)]
    return [fact for fact in facts if isinstance(fact, LimitsSet)]


async def test_settings_are_recorded_once_for_every_change() -> None:
    stream = MemoryStream()
    changed = SETTINGS.model_copy(update={"min_profit": 5})
    for settings in (SETTINGS, SETTINGS, changed):
        assert (await book_over(stream, settings)).current == settings
    assert [(fact.by, fact.min_profit) for fact in await recorded(stream)] == [("settings", 1_000), ("settings", 5)]


async def test_what_a_command_set_outlives_restarts_and_other_settings() -> None:
    # Given a limit set by command
    stream = MemoryStream()
    status = await (await book_over(stream)).set(LimitChanges(max_notional=50), by="ws-1")
    assert (status.limits.max_notional, status.by, status.overridden) == (50, "ws-1", ("max_notional",))
    # When the executor starts with other settings, then that limit stays and the others follow
    changed = SETTINGS.model_copy(update={"max_notional": 999, "min_profit": 5})
    again = await book_over(stream, changed)
    assert (again.current.max_notional, again.current.min_profit) == (50, 5)
    assert again.status().overridden == ("max_notional",)
    assert [fact.by for fact in await recorded(stream)] == ["settings", "ws-1", "settings"]
    # And what changes nothing is no event
    await again.set(LimitChanges(max_notional=50), by="settings")
    assert len(await recorded(stream)) == 3


async def test_bounds_of_an_asset_replace_its_own_and_no_others() -> None:
    book = await book_over(MemoryStream())
    usdc, btc = "USDC:G" + "A" * 55, "BTC:G" + "A" * 55
    await book.set(LimitChanges(by_asset=(AssetLimits(asset=usdc, max_notional=1, max_drawdown=9),)), by="me")
    limits = (
        await book.set(
            LimitChanges(by_asset=(AssetLimits(asset=usdc, max_notional=2), AssetLimits(asset=btc, max_daily_loss=3))),
            by="me",
        )
    ).limits
    assert [limits.notional(asset) for asset in (usdc, btc, "native")] == [2, 100, 100]
    assert [limits.daily_loss(asset) for asset in (usdc, btc, "native")] == [None, 3, None]
    assert [limits.drawdown(asset) for asset in (usdc, btc, "native")] == [None, None, None]


async def test_nothing_to_set_is_refused_with_the_names_there_are() -> None:
    book = await book_over(MemoryStream())
    with pytest.raises(Refusal, match="max_notional, max_open_trades, min_profit") as refused:
        await book.set(LimitChanges(), by="me")
    assert refused.value.code == "no_limit_named"


async def test_of_two_executors_that_set_limits_neither_loses_what_the_other_set() -> None:
    stream = MemoryStream()
    first, second = await book_over(stream), await book_over(stream)
    await first.set(LimitChanges(max_notional=50), by="a")
    # The one that comes later has read what the other set, and adds to that
    limits = (await second.set(LimitChanges(min_profit=5), by="b")).limits
    assert (limits.max_notional, limits.min_profit) == (50, 5)
    assert [fact.overridden for fact in await recorded(stream)][-1] == ("max_notional", "min_profit")


@pytest.mark.parametrize(
    ("limits", "where"),
    [
        ('{"max_notinal": 1}', "max_notinal"),
        ('{"max_notional": 0}', "max_notional"),
        ('{"max_notional": -1}', "max_notional"),
        ('{"max_notional": 1.5}', "max_notional"),
        ('{"max_notional": "5"}', "max_notional"),
        ('{"max_notional": true}', "max_notional"),
        ('{"max_notional": 1e3}', "max_notional"),
        (f'{{"max_notional": {2**127}}}', "max_notional"),
        ('{"min_profit": -1}', "min_profit"),
        ('{"max_daily_loss": -1}', "max_daily_loss"),
        ('{"max_drawdown": -1}', "max_drawdown"),
        ('{"max_error_rate_bps": 10001}', "max_error_rate_bps"),
        ('{"error_rate_trades": 501}', "error_rate_trades"),
        ('{"max_open_trades": 0}', "max_open_trades"),
        ('{"balance_buffer": -1}', "balance_buffer"),
        ('{"by_asset": [{"asset": "USDC", "max_notional": 5}]}', "by_asset"),
    ],
)
def test_what_cannot_be_a_limit_is_refused_by_its_name(limits: str, where: str) -> None:
    with pytest.raises(ValidationError) as refused:
        LimitChanges.model_validate_json(limits)
    assert refused.value.errors()[0]["loc"][0] == where
