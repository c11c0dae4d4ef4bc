"""Carries out a client's request: one bus command (or a few) in, one reply out."""

import asyncio
import uuid

from arb.gateway.domain import replies
from arb.gateway.domain.replies import Json
from arb.gateway.domain.requests import (
    TOPICS,
    GetAccounts,
    GetOpportunities,
    GetStatus,
    GetSupportedAssets,
    GetTrades,
    Ping,
    Request,
    RequestError,
    StartEngine,
    StopEngine,
    Subscribe,
    Unsubscribe,
)
from arb.gateway.ports import Client, CommandPort
from arb.messages.commands.accounts import Accounts
from arb.messages.commands.accounts import GetAccounts as ListAccounts
from arb.messages.commands.executor import EngineStatus, GetEngineStatus, Trades
from arb.messages.commands.executor import GetTrades as ListTrades
from arb.messages.commands.executor import StartEngine as Start
from arb.messages.commands.executor import StopEngine as Stop
from arb.messages.commands.scanner import GetOpportunities as ListOpportunities
from arb.messages.commands.scanner import GetScannerStatus, Opportunities, ScannerStatus, SupportedAssets
from arb.messages.commands.scanner import GetSupportedAssets as ListSupportedAssets
from arb.runtime.errors import CommandFailed, CommandTimeout


class CommandDesk:
    """Answers requests of every client."""

    def __init__(self, bus: CommandPort) -> None:
        self._bus = bus

    async def answer(self, request: Request, client: Client) -> Json:
        """The reply to one request. Raises RequestError when a service refuses or does not answer."""
        try:
            return await self._answer(request, client)
        except CommandFailed as failed:
            raise RequestError(failed.code, str(failed), request.id) from None
        except CommandTimeout as timeout:
            raise RequestError("unavailable", f"{timeout}: try again", request.id) from None

    async def _answer(self, request: Request, client: Client) -> Json:
        bus, id_ = self._bus, uuid.uuid4().hex
        match request:
            case Ping():
                return {"type": "pong"}
            case GetSupportedAssets():
                return replies.supported_assets(await bus.request(ListSupportedAssets(command_id=id_), SupportedAssets))
            case StartEngine():
                # Subscribed first, so that the line that tells of the start reaches this client too.
                client.topics.add("log")
                return replies.engine(await bus.request(Start(command_id=id_, by=client.name), EngineStatus))
            case StopEngine():
                stop = Stop(command_id=id_, by=client.name, reason=request.reason)
                return replies.engine(await bus.request(stop, EngineStatus))
            case GetStatus():
                return replies.status(
                    *await asyncio.gather(
                        bus.request(GetEngineStatus(command_id=id_), EngineStatus),
                        bus.request(GetScannerStatus(command_id=id_), ScannerStatus),
                        bus.request(ListAccounts(command_id=id_), Accounts),
                    )
                )
            case GetOpportunities():
                return replies.opportunities(
                    await bus.request(ListOpportunities(command_id=id_, limit=request.limit), Opportunities)
                )
            case GetTrades():
                return replies.trades(await bus.request(ListTrades(command_id=id_, limit=request.limit), Trades))
            case GetAccounts():
                return replies.accounts(await bus.request(ListAccounts(command_id=id_), Accounts))
            case Subscribe():
                client.topics.update(request.topics)
                return replies.subscribed(client.topics)
            case Unsubscribe():
                client.topics.difference_update(TOPICS if request.topics is None else request.topics)
                return replies.subscribed(client.topics)
