"""What the executor answers and consumes on the bus."""

import structlog
from faststream.nats import NatsMessage

from arb.eventlog import EventStore, Recorded, Stored
from arb.eventlog.errors import EventLogError, MalformedEventError, StoreFullError
from arb.executor.app.engine_switch import EngineSwitch
from arb.executor.app.trade_book import TradeBook
from arb.executor.app.trade_list import newest_trades
from arb.executor.app.trading import Trading
from arb.messages.commands.executor import (
    EngineStatus,
    GetEngineStatus,
    GetTrades,
    HaltEngine,
    Redrive,
    Redriven,
    ResumeEngine,
    StartEngine,
    StopEngine,
    Trades,
)
from arb.messages.deadletter import Poison, deadletter
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.topology import EXECUTOR_OPPORTUNITIES
from arb.runtime.broker import durable
from arb.runtime.bus import Bus
from arb.runtime.commands import CommandRouter
from arb.runtime.errors import Refusal
from arb.runtime.failpoints import reached

log = structlog.get_logger(__name__)

RETRY_SECONDS = 0.5


def make_router(
    switch: EngineSwitch, trading: Trading, trades: TradeBook, bus: Bus, *, workers: int = 1
) -> CommandRouter:
    """Commands of the engine, and the durable of opportunities, `workers` of which are taken up at once."""
    router = CommandRouter("executor")

    @router.answers(StartEngine)
    async def start(command: StartEngine) -> EngineStatus:
        return await switch.start(command.by)

    @router.answers(StopEngine)
    async def stop(command: StopEngine) -> EngineStatus:
        return await switch.stop(command.by, command.reason)

    @router.answers(HaltEngine)
    async def halt(command: HaltEngine) -> EngineStatus:
        return await switch.halt_on_request(command.reason, by=command.by)

    @router.answers(ResumeEngine)
    async def resume(command: ResumeEngine) -> EngineStatus:
        return await switch.resume(command.by)

    @router.answers(GetEngineStatus)
    async def status(_: GetEngineStatus) -> EngineStatus:
        return switch.status()

    @router.answers(GetTrades)
    async def list_trades(command: GetTrades) -> Trades:
        return newest_trades(trades, command.limit)

    @router.answers(Redrive)
    async def redrive(command: Redrive) -> Redriven:
        return await take_up_again(command.sequence, switch=switch, trading=trading, store=bus.store)

    async def on_opportunity(message: NatsMessage) -> None:
        place = message.raw_message.metadata.sequence.stream
        try:
            recorded = Recorded.read(Stored(place, message.raw_message.subject, message.body))
            fact = recorded.fact
        except MalformedEventError as error:
            await _set_aside(bus, message, str(error))
            return
        if isinstance(fact, OpportunityFound):
            try:
                await trading.take_up(fact, event_id=recorded.said.id.decode())
            except EventLogError as error:
                if isinstance(error, StoreFullError):
                    await switch.halt(str(error))
                # Bytes are only sent once they are stored, so nothing is lost: seen again, the trade is as it is.
                log.warning("opportunity_postponed", opportunity=fact.id, error=str(error))
                await message.nack(delay=RETRY_SECONDS)
                return
        await message.ack()
        reached("executor.ack.after")

    router.subscriber(**durable(EXECUTOR_OPPORTUNITIES, workers=workers))(on_opportunity)
    return router


async def take_up_again(sequence: int, *, switch: EngineSwitch, trading: Trading, store: EventStore) -> Redriven:
    """Take up what had been set aside. Raises Refusal when it cannot be, and says why."""
    stored = await store.at(sequence)
    if stored is None:
        raise Refusal("no_such_message", f"the record has no message {sequence}")
    try:
        recorded = Recorded.read(stored)
        fact = recorded.fact
    except MalformedEventError as error:
        raise Refusal("still_unreadable", str(error)) from None
    if not isinstance(fact, OpportunityFound):
        raise Refusal("no_opportunity", f"message {sequence} is {recorded.type}: the executor takes up opportunities")
    if not switch.engine.running:
        raise Refusal("engine_stopped", "the engine does not run: start it first")
    await trading.take_up(fact, event_id=recorded.said.id.decode())
    state = trading.state_of(fact.id)
    if state is None:
        raise Refusal("other_network", f"message {sequence} is of another network: {fact.network_passphrase}")
    return Redriven(trade_id=fact.id, state=state)


async def _set_aside(bus: Bus, message: NatsMessage, reason: str) -> None:
    poison = Poison(
        consumer=EXECUTOR_OPPORTUNITIES.durable,
        subject=message.raw_message.subject,
        sequence=message.raw_message.metadata.sequence.stream,
        reason=reason,
        body=message.body.decode(errors="replace"),
    )
    await bus.publish_stored(deadletter("executor"), poison)
    await message.ack()
