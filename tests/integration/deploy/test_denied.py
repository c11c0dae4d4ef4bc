"""What a stolen password of one service is not good for, by the word of a real server that runs deploy/nats.conf."""

import asyncio

import nats.errors
import pytest
import structlog
from support.secured_nats import USERS, SecuredNats

from arb.messages.topology import CONSUMERS, STREAMS
from arb.runtime.bus import Bus

EVENTS_OF = {
    "scanner": {"arb.evt.opportunity.x"},
    "executor": {"arb.evt.trade.x", "arb.evt.engine.main", "arb.evt.limits.main"},
    "accounts": {"arb.evt.account.x"},
    "auditor": {"arb.evt.audit.main"},
}
ALL_EVENTS = (
    "arb.evt.opportunity.x",
    "arb.evt.trade.x",
    "arb.evt.engine.main",
    "arb.evt.limits.main",
    "arb.evt.account.x",
    "arb.evt.audit.main",
)
COMMANDS_OF = {
    "executor": {"arb.cmd.accounts.sign", "arb.cmd.accounts.list"},
    "auditor": {"arb.cmd.executor.halt"},
    "operator": {"arb.cmd.executor.redrive"},
    "gateway": {
        "arb.cmd.executor.start",
        "arb.cmd.executor.stop",
        "arb.cmd.executor.halt",
        "arb.cmd.executor.resume",
        "arb.cmd.executor.set_limits",
        "arb.cmd.executor.redrive",
        "arb.cmd.scanner.status",
        "arb.cmd.accounts.list",
        "arb.cmd.auditor.status",
    },
}
ALL_COMMANDS = (
    "arb.cmd.accounts.sign",
    "arb.cmd.accounts.list",
    "arb.cmd.executor.start",
    "arb.cmd.executor.stop",
    "arb.cmd.executor.halt",
    "arb.cmd.executor.resume",
    "arb.cmd.executor.set_limits",
    "arb.cmd.executor.redrive",
    "arb.cmd.scanner.status",
    "arb.cmd.auditor.status",
)
SNAPSHOTS_OF = ("executor", "accounts")
"""Who keeps snapshots."""
SERVICES = tuple(user for user in USERS if user not in ("provision", "operator"))


@pytest.mark.parametrize("user", USERS)
async def test_nobody_writes_events_or_commands_of_others(secured: SecuredNats, user: str) -> None:
    events = await secured.refusals(user, publish=ALL_EVENTS)
    commands = await secured.refusals(user, publish=ALL_COMMANDS)

    assert set(ALL_EVENTS) - events == EVENTS_OF.get(user, set())
    assert set(ALL_COMMANDS) - commands == COMMANDS_OF.get(user, set())


@pytest.mark.parametrize("user", USERS)
async def test_nobody_writes_or_reads_snapshots_of_others(secured: SecuredNats, user: str) -> None:
    """A snapshot that somebody else wrote would be a state that somebody else made up."""
    keys = tuple(f"$KV.SNAPSHOTS.{owner}.trades" for owner in USERS)
    reads = tuple(f"$JS.API.DIRECT.GET.KV_SNAPSHOTS.{key}" for key in keys)
    reads += ("$JS.API.DIRECT.GET.KV_SNAPSHOTS", "$JS.API.STREAM.MSG.GET.KV_SNAPSHOTS")
    own = {subject for subject in (*keys, *reads) if f".{user}." in subject and user in SNAPSHOTS_OF}

    refused = await secured.refusals(user, publish=(*keys, *reads))

    assert {*keys, *reads} - refused - {"$JS.API.STREAM.MSG.GET.KV_SNAPSHOTS"} == own
    assert ("$JS.API.STREAM.MSG.GET.KV_SNAPSHOTS" in refused) == (user != "operator")


@pytest.mark.parametrize("user", USERS)
async def test_nobody_listens_in_or_answers_for_others(secured: SecuredNats, user: str) -> None:
    others = [other for other in SERVICES if other != user]
    inboxes = tuple(f"_INBOX.{other}.abc" for other in others)
    commands = tuple(f"arb.cmd.{other}.>" for other in others)

    assert await secured.refusals(user, publish=inboxes) == set(inboxes)
    listening = (*inboxes, *commands, ">", "arb.>", "arb.evt.>", "$SYS.>", "$JS.EVENT.ADVISORY.>")
    assert await secured.refusals(user, subscribe=listening) == set(listening)


@pytest.mark.parametrize("user", USERS)
async def test_nobody_harms_streams(secured: SecuredNats, user: str) -> None:
    verbs = ("DELETE", "PURGE", "MSG.DELETE", "SNAPSHOT", "RESTORE") + (
        () if user == "provision" else ("CREATE", "UPDATE")
    )
    harm = tuple(f"$JS.API.STREAM.{verb}.{stream.name}" for verb in verbs for stream in STREAMS)

    assert await secured.refusals(user, publish=harm) == set(harm)


@pytest.mark.parametrize("user", USERS)
async def test_only_the_provisioner_changes_durables_and_only_their_owner_consumes_them(
    secured: SecuredNats, user: str
) -> None:
    """A new durable must be added to the deny lists of deploy/nats.conf: this test says so."""
    for consumer in CONSUMERS:
        at, owner = f"{consumer.stream}.{consumer.durable}", consumer.durable.split("-")[0]
        change = [f"$JS.API.CONSUMER.CREATE.{at}", f"$JS.API.CONSUMER.DURABLE.CREATE.{at}"]
        change += [f"$JS.API.CONSUMER.{verb}.{at}" for verb in ("DELETE", "PAUSE", "RESET", "UNPIN")]
        change += [f"$JS.API.CONSUMER.CREATE.{consumer.stream}"]  # legacy: the name would stand in the body only
        if user != "provision":
            change.append(f"$JS.API.CONSUMER.CREATE.{at}.arb.evt.trade.x")
        consume = [f"$JS.API.CONSUMER.MSG.NEXT.{at}", f"$JS.ACK.{at}.1.1.1.1.1"] if user != owner else []

        forbidden = (*change, *consume)
        assert await secured.refusals(user, publish=forbidden) == set(forbidden)


async def test_a_reading_cannot_be_made_to_rewrite_the_executors_durable(secured: SecuredNats) -> None:
    """Given a scanner that names its reading like the durable, when it asks for it, then the durable stays as it is."""
    async with await Bus.connect(secured.url("scanner"), "scanner", structlog.stdlib.get_logger()) as scanner:
        with pytest.raises((nats.errors.Error, TimeoutError)):
            await scanner.js.add_consumer(
                "EVENTS",
                name="executor-opportunities",
                filter_subject="arb.evt.trade.>",
                ack_policy="explicit",
                timeout=0.3,
            )
    async with await Bus.connect(secured.url("operator"), "cli", structlog.stdlib.get_logger()) as operator:
        info = await operator.js.consumer_info("EVENTS", "executor-opportunities")
        assert info.config.filter_subject == "arb.evt.opportunity.*"


async def test_without_a_password_there_is_no_connection(secured: SecuredNats) -> None:
    with pytest.raises(nats.errors.Error, match="Authorization"):
        await asyncio.wait_for(
            nats.connect(f"nats://127.0.0.1:{secured.port}", allow_reconnect=False, max_reconnect_attempts=0), 5
        )
