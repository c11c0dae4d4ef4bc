"""Carries out a client's request: one bus command (or a few) in, one reply out."""

import asyncio
import uuid
from typing import TypeVar

from arb.gateway.app.doorkeeper import Doorkeeper
from arb.gateway.app.history import History
from arb.gateway.domain import money, replies
from arb.gateway.domain.replies import Json
from arb.gateway.domain.requests import (
    TOPICS,
    Authenticate,
    GetAccounts,
    GetLimits,
    GetOpportunities,
    GetPnl,
    GetStatus,
    GetSupportedAssets,
    GetTrades,
    Halt,
    Ping,
    Replay,
    Request,
    RequestError,
    Resume,
    SetLimits,
    StartEngine,
    StopEngine,
    Subscribe,
    Unsubscribe,
)
from arb.gateway.ports import Client, CommandPort
from arb.messages.base import Message
from arb.messages.commands.accounts import Accounts
from arb.messages.commands.accounts import GetAccounts as ListAccounts
from arb.messages.commands.base import Command
from arb.messages.commands.executor import (
    EngineStatus,
    GetEngineStatus,
    HaltEngine,
    LimitsInForce,
    Pnl,
    ResumeEngine,
    Trades,
)
from arb.messages.commands.executor import GetLimits as AskLimits
from arb.messages.commands.executor import GetPnl as AskPnl
from arb.messages.commands.executor import GetTrades as ListTrades
from arb.messages.commands.executor import SetLimits as ChangeLimits
from arb.messages.commands.executor import StartEngine as Start
from arb.messages.commands.executor import StopEngine as Stop
from arb.messages.commands.scanner import GetOpportunities as ListOpportunities
from arb.messages.commands.scanner import GetScannerStatus, Opportunities, ScannerStatus, SupportedAssets
from arb.messages.commands.scanner import GetSupportedAssets as ListSupportedAssets
from arb.runtime.errors import CommandFailed, CommandTimeout

T = TypeVar("T", bound=Message)

ANSWER_SECONDS = 2.0
"""How long a service may take. Clients wait a little longer, so that they still read `unavailable`."""


class CommandDesk:
    """Answers requests of every client."""

    def __init__(self, bus: CommandPort, history: History, door: Doorkeeper) -> None:
        self._bus = bus
        self._history = history
        self._door = door

    def left(self, client: Client) -> None:
        """This client is gone."""
        self._history.forget(client)

    async def answer(self, request: Request, client: Client) -> Json:
        """The reply to one request. Raises RequestError when the client may not, a service refuses or is silent."""
        self._door.admit(request, client)
        try:
            return await self._answer(request, client)
        except CommandFailed as failed:
            raise RequestError(failed.code, str(failed), request.id) from None
        except CommandTimeout as timeout:
            raise RequestError("unavailable", f"{timeout}: try again", request.id) from None

    async def _answer(self, request: Request, client: Client) -> Json:
        id_ = uuid.uuid4().hex
        by = client.holder.name if client.holder is not None else client.name
        match request:
            case Ping():
                return {"type": "pong"}
            case Authenticate():
                return await self._door.authenticate(request, client)
            case GetSupportedAssets():
                return replies.supported_assets(await self._ask(ListSupportedAssets(command_id=id_), SupportedAssets))
            case StartEngine():
                # Subscribed first, so that the line that tells of the start reaches this client too.
                client.topics.add("log")
                return replies.engine(await self._ask(Start(command_id=id_, by=by), EngineStatus))
            case StopEngine():
                stop = Stop(command_id=id_, by=by, reason=request.reason)
                return replies.engine(await self._ask(stop, EngineStatus))
            case Halt():
                halt = HaltEngine(command_id=id_, by=by, reason=request.reason)
                return replies.engine(await self._ask(halt, EngineStatus))
            case Resume():
                return replies.engine(await self._ask(ResumeEngine(command_id=id_, by=by), EngineStatus))
            case GetLimits():
                return money.limits(await self._ask(AskLimits(command_id=id_), LimitsInForce))
            case SetLimits():
                change = ChangeLimits(command_id=id_, by=by, changes=request.limits)
                return money.limits(await self._ask(change, LimitsInForce))
            case GetPnl():
                return money.pnl(await self._ask(AskPnl(command_id=id_), Pnl))
            case GetStatus():
                return replies.status(
                    *await asyncio.gather(
                        self._ask(GetEngineStatus(command_id=id_), EngineStatus),
                        self._ask(GetScannerStatus(command_id=id_), ScannerStatus),
                        self._ask(ListAccounts(command_id=id_), Accounts),
                    )
                )
            case GetOpportunities():
                return replies.opportunities(
                    await self._ask(ListOpportunities(command_id=id_, limit=request.limit), Opportunities)
                )
            case GetTrades():
                return replies.trades(await self._ask(ListTrades(command_id=id_, limit=request.limit), Trades))
            case GetAccounts():
                return replies.accounts(await self._ask(ListAccounts(command_id=id_), Accounts))
            case Subscribe():
                client.topics.update(request.topics)
                return replies.subscribed(client.topics)
            case Replay():
                return await self._history.start(client, request)
            case Unsubscribe():
                client.topics.difference_update(TOPICS if request.topics is None else request.topics)
                return replies.subscribed(client.topics)

    async def _ask(self, command: Command, result_type: type[T]) -> T:
        return await self._bus.request(command, result_type, timeout=ANSWER_SECONDS)
