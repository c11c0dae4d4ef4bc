"""Numbers and assets that are none, through the gateway to a running executor: refused by name, and nothing changes."""

import json
from pathlib import Path

import pytest
from support.cli import arb
from support.dashboard import dashboard, executor, lost
from support.gateway import running_gateway
from support.processes import running

from arb.markets.universe import default_universe
from arb.messages import subjects
from arb.messages.events.engine import EngineHalted
from arb.runtime.bus import Bus
from arb.runtime.nats_server import EmbeddedNats

pytestmark = pytest.mark.timeout(90)

USDC = str(default_universe("LOCAL")[-1])
LOOK_ALIKE = "USDC:" + USDC.partition(":")[2][:-1] + "A"
AMOUNTS = {
    "1e-7": "invalid_field",
    "1e3": "invalid_field",
    "1.00000001": "invalid_field",
    "-1": "invalid_field",
    "0": "invalid_field",
    "9223372036854775808": "invalid_field",
    "18446744073709551617": "invalid_field",
    "true": "invalid_field",
    '"5"': "invalid_field",
    '"\\u0661\\u0662"': "invalid_field",
    '"1_000"': "invalid_field",
    '"1e-7"': "invalid_field",
    "1_000": "malformed",
    "\u0661\u0662": "malformed",
    "NaN": "malformed",
    "-Infinity": "malformed",
    "0x10": "malformed",
    "+5": "malformed",
    "007": "malformed",
}
ASSETS = {
    LOOK_ALIKE: "unknown_asset",
    "XLM:" + USDC.partition(":")[2]: "unknown_asset",
    "usdc:" + USDC.partition(":")[2]: "unknown_asset",
    "XLM": "invalid_field",
    "USDC": "invalid_field",
    "native:" + USDC.partition(":")[2]: "unknown_asset",
    "USDC\u0410:" + USDC.partition(":")[2]: "invalid_field",
}


async def test_a_limit_that_is_no_number_or_of_another_asset_is_refused_by_arb_send(
    bus: Bus, nats_server: EmbeddedNats, tmp_path: Path
) -> None:
    async with (
        executor(tmp_path, nats_server.url),
        running_gateway(tmp_path, nats_server.url) as gateway,
        dashboard(tmp_path, nats_server.url) as ask,
    ):
        before = (await ask("get_limits"))["limits"]
        # `arb send` itself refuses what is no JSON; the rest the gateway does
        for text in ("NaN", "1_000", "1e-7", "9223372036854775808"):
            request = '{"command": "set_limits", "limits": {"max_notional": %s}}' % text  # noqa: UP031
            sent = await arb("send", request, directory=tmp_path, ARB_WS_URL=gateway.url)
            assert sent.code == (2 if AMOUNTS[text] == "malformed" else 1), text
        for asset, code in ASSETS.items():
            bounds = [{"asset": asset, "max_notional": 5}]
            assert (await ask("set_limits", limits={"by_asset": bounds}))["code"] == code, asset
        # Then nothing was set, and for the genuine asset it can be
        assert (await ask("get_limits"))["limits"] == before
        told = await ask("set_limits", limits={"by_asset": [{"asset": USDC, "max_notional": 5}]})
        assert [each["asset"] for each in told["limits"]["by_asset"]] == [USDC]


@pytest.mark.parametrize("name", ["max_notional", "max_daily_loss", "max_fee"])
async def test_what_is_no_amount_is_answered_over_the_socket(
    nats_server: EmbeddedNats, tmp_path: Path, name: str
) -> None:
    async with dashboard(tmp_path, nats_server.url) as ask:
        for text, code in AMOUNTS.items():
            if (name, text) == ("max_daily_loss", "0"):
                continue  # nothing may be lost: a limit like any other
            reply = await ask.raw('{"command": "set_limits", "id": 1, "limits": {"%s": %s}}' % (name, text))  # noqa: UP031
            assert reply["code"] == code, text
            assert code == "malformed" or f"limits.{name}" in reply["error"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *(("ARB_MAX_NOTIONAL", text) for text in ("1e-7", "1_000", "١٢", "NaN", "-1", "1.00000001", str(2**63))),
        ("ARB_ASSETS", LOOK_ALIKE),
        ("ARB_ASSETS", "XLM:" + USDC.partition(":")[2]),
    ],
)
async def test_a_setting_that_is_none_ends_the_start_with_its_name(
    nats_server: EmbeddedNats, tmp_path: Path, variable: str, value: str
) -> None:
    environment = {"NATS_URL": nats_server.url, variable: value}
    async with running("-m", "arb.executor", directory=tmp_path, environment=environment) as service:
        assert await service.process.wait() == 2
    [line] = service.log.splitlines()
    assert line.startswith(f"{variable}={value!r} ")
    assert "; accepted: " in line


async def test_each_limit_on_losses_and_errors_halts_and_only_a_person_ends_it(
    bus: Bus, nats_server: EmbeddedNats, tmp_path: Path
) -> None:
    breaches = {
        "max_daily_loss": {"max_daily_loss": 99},
        "max_drawdown": {"max_drawdown": 99},
        "max_error_rate_bps": {"max_error_rate_bps": 9_999, "error_rate_trades": 1},
    }
    lenient = {"max_daily_loss": 10**15, "max_drawdown": 10**15, "max_error_rate_bps": 10_000, "error_rate_trades": 0}
    async with executor(tmp_path, nats_server.url), dashboard(tmp_path, nats_server.url) as ask:
        for number, (name, limit) in enumerate(breaches.items()):
            # Given a running engine, and a trade that failed and cost its fee
            await ask("set_limits", limits=lenient)
            assert (await ask("resume"))["halted"] is None
            assert (await ask("start_engine"))["running"] is True
            await lost(bus, f"t{number}", 100)
            # When one limit is passed
            await ask("set_limits", limits=lenient | limit)
            while (status := await ask("start_engine")).get("code") != "halted":
                assert status["running"], status
            # Then it stands still whatever a program asks, until a person resumes
            assert name in status["error"]
            await ask("set_limits", limits=lenient)
            await ask("stop_engine")
            assert (await ask("start_engine"))["code"] == "halted"

    halts = [event.fact for event in await bus.store.load(subjects.ENGINE) if isinstance(event.fact, EngineHalted)]
    assert [(fact.limit, fact.value) for fact in halts] == [
        ("max_daily_loss", 100),
        ("max_drawdown", 100),
        ("max_error_rate_bps", 10_000),
    ]
    assert json.dumps([fact.by for fact in halts]) == '["executor", "executor", "executor"]'
