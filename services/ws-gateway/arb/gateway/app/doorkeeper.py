"""Lets clients do what their token allows, and bounds how often they may be wrong about it."""

import asyncio
from collections.abc import Iterable
from time import monotonic
from typing import NoReturn

import structlog

from arb.gateway.domain import access, replies
from arb.gateway.domain.access import Rights, WrongTokens
from arb.gateway.domain.replies import Json
from arb.gateway.domain.requests import Authenticate, Request, RequestError
from arb.gateway.ports import Client, TokenHolders

log = structlog.get_logger(__name__)

WRONG_SECONDS = 0.5
"""How long whoever shows a wrong token waits for the answer."""
LOOK_SECONDS = 2.0
"""How often it is looked whether a token was revoked."""


class Doorkeeper:
    """`anonymous`: what those may do who show no token."""

    def __init__(self, holders: TokenHolders, anonymous: Rights) -> None:
        self._holders = holders
        self._anonymous = anonymous
        self._wrong = WrongTokens()

    def admit(self, request: Request, client: Client) -> None:
        """Raises RequestError unless this client may ask this: `unauthorized` without a token, else `forbidden`."""
        wanted = access.needed(request.command)
        rights = client.holder.role if client.holder is not None else self._anonymous
        if access.suffices(rights, wanted):
            return
        if client.holder is None:
            told = f"{request.command} needs a token of role {wanted}: send authenticate first"
            raise RequestError("unauthorized", told, request.id)
        told = f"{request.command} needs the role {wanted}; {client.holder.name} is {client.holder.role}"
        log.warning("forbidden", client=client.name, holder=client.holder.name, command=request.command)
        raise RequestError("forbidden", told, request.id)

    async def authenticate(self, request: Authenticate, client: Client) -> Json:
        """Let the client act as the holder of the token. A wrong one costs half a second, the third the connection."""
        seconds = self._wrong.wait(client.address, monotonic())
        if seconds > 0:
            told = f"too many wrong tokens from {client.address}: try again in {seconds:.0f} s"
            self._refuse(request, client, "too_many_attempts", told)
        self._holders.refresh()
        holder = self._holders.find(request.token.get_secret_value())
        if holder is None:
            self._wrong.note(client.address, monotonic())
            await asyncio.sleep(WRONG_SECONDS)
            self._refuse(request, client, "unauthorized", "nobody holds this token")
        client.holder, client.wrong_tokens = holder, 0
        log.info("client_authenticated", client=client.name, holder=holder.name, role=holder.role)
        return replies.authenticated(holder.name, holder.role)

    async def watch(self, clients: Iterable[Client]) -> NoReturn:
        """Say what needs no token, then disconnect those whose token was revoked, without end."""
        log.info("without_a_token", rights=self._anonymous, meaning=access.MEANING[self._anonymous])
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._holders.refresh()
            for client in clients:
                if client.holder is not None and not self._holders.still(client.holder):
                    log.warning("token_revoked", client=client.name, holder=client.holder.name)
                    client.holder = None
                    client.dismiss("the token was revoked")

    def _refuse(self, request: Authenticate, client: Client, code: str, told: str) -> NoReturn:
        client.wrong_tokens += 1
        log.warning("authentication_refused", client=client.name, address=client.address, code=code)
        if client.wrong_tokens >= access.WRONG_PER_CONNECTION:
            client.dismiss("too many wrong tokens")
        raise RequestError(code, told, request.id)
