"""`arb audit replay --decisions` and `arb backtest` on a record made by the scanner's own code, as the operator may."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner
from support.cli import arb
from support.facts import NOON
from support.market_record import RecordedScans, published
from support.secured_nats import SecuredNats, running_secured_nats

from arb.cli.commands import audit, backtest
from arb.eventlog import EMPTY
from arb.messages import subjects
from arb.messages.events.limits import LimitsSet
from arb.runtime.bus import Bus

LIMITS = LimitsSet(
    by="settings",
    max_notional=10**12,
    max_open_trades=5,
    min_profit=1,
    max_data_age_ledgers=1,
    max_trades_per_pair_per_ledger=1,
)


@asynccontextmanager
async def as_user(server: SecuredNats, user: str) -> AsyncIterator[Bus]:
    """That user's connection; the server must not have refused it anything."""
    async with await Bus.connect(server.url(user), user, structlog.stdlib.get_logger(user), limit=5.0) as bus:
        yield bus
        assert bus._troubles.last == ""


@asynccontextmanager
async def recorded(directory: Path) -> AsyncIterator[SecuredNats]:
    """A record of six ledgers and the limits."""
    async with running_secured_nats(directory) as server:
        async with as_user(server, "provision") as bus:
            await bus.provision()
        async with as_user(server, "executor") as bus:
            await bus.store.append(subjects.LIMITS, LIMITS, expected=EMPTY, time=NOON)
        async with as_user(server, "scanner") as bus:
            await RecordedScans(bus.market, bus.store).six_ledgers()
        yield server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[SecuredNats]:
    async with recorded(tmp_path) as running:
        yield running


async def test_decisions_are_made_again_and_an_invented_one_is_named(server: SecuredNats, tmp_path: Path) -> None:
    url = server.url("operator")
    same = await arb("audit", "replay", "--decisions", "--json", directory=tmp_path, NATS_URL=url)
    assert (same.code, same.err) == (0, "")
    assert (same.json["decisions"], same.json["differences"]) == (12, 0)
    assert same.json["scanner"]["bytes"] < 12 * 1000

    # when an opportunity is slipped in that the market of its ledger does not give
    async with as_user(server, "scanner") as bus:
        found = next(iter((await published(bus.store)).values()))
        invented = found.model_copy(update={"id": "ab" * 16, "ledger": 9})
        await bus.store.append(subjects.opportunity(invented.id), invented, expected=EMPTY, time=NOON)
    other = await arb("audit", "replay", "--decisions", directory=tmp_path, NATS_URL=url)
    assert other.code == 1
    assert "scanner: 12 decisions made again, 1 differ" in other.out
    assert f"scan classic, ledger 9, opportunity {invented.id}" in other.out


async def test_a_backtest_finds_the_same_or_what_other_settings_admit(server: SecuredNats, tmp_path: Path) -> None:
    async with as_user(server, "scanner") as bus:
        real = set(await published(bus.store))

    async def under(*arguments: str) -> dict[str, object]:
        outcome = await arb("backtest", "--json", *arguments, directory=tmp_path, NATS_URL=server.url("operator"))
        assert outcome.code == 0, outcome.err
        said: dict[str, object] = outcome.json
        assert said["hypothetical"] is True
        return said

    def ids(said: dict[str, object]) -> set[str]:
        opportunities = said["opportunities"]
        assert isinstance(opportunities, list)
        return {one["id"] for one in opportunities}

    same = await under()
    assert ids(same) == real
    assert (same["plans"], same["approved"], same["rejected"]) == (9, 9, {})
    changed = ("--set", "max_route_notional=1", "--set", "min_profit=1000000000000")
    fewer = await under("--from", "8", "--to", "11", *changed)
    assert (fewer["ledgers"], fewer["plans"], fewer["approved"]) == (8, 3, 0)
    assert fewer["rejected"] == {"min_profit": 3}
    assert fewer["settings"] == {"max_route_notional": 1, "min_profit": 1_000_000_000_000}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--set", "max_profit=1"], "expected NAME=VALUE, NAME one of basket_payments, "),
        (["--set", "max_notional"], "expected NAME=VALUE"),
        (["--set", "max_notional=much"], "max_notional='much': expected a whole number"),
        (["--set", "max_notional=0"], "max_notional=0: input should be greater than 0"),
        (["--set", "basket_payments=101"], "basket_payments=101: input should be less than or equal to 100"),
        (["--from", "yesterday"], "--from 'yesterday' names no moment; accepted: "),
    ],
)
def test_wrong_settings_are_one_line(arguments: list[str], complaint: str) -> None:
    outcome = CliRunner().invoke(backtest.command, arguments)
    assert outcome.exit_code == 2
    [line] = outcome.stderr.splitlines()
    assert complaint in line


def test_decisions_are_made_again_whole_or_not_at_all() -> None:
    outcome = CliRunner().invoke(audit.command, ["replay", "--decisions", "--at", "5"])
    assert (outcome.exit_code, "leave --at away" in outcome.stderr) == (2, True)
