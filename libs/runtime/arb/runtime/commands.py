"""Answering commands: a use case becomes a handler; its result or refusal becomes the reply's bytes."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog
from faststream.nats import NatsMessage, NatsRouter
from pydantic import ValidationError

from arb.eventlog.errors import StoreFullError, StoreUnavailableError, WrongVersionError
from arb.messages.base import Message
from arb.messages.commands.base import Command
from arb.messages.reply import CommandError, Reply
from arb.runtime.broker import undecoded
from arb.runtime.errors import CommandFailed, CommandTimeout, Refusal

C = TypeVar("C", bound=Command)
R = TypeVar("R", bound=Message)
Answer = Callable[[C], Awaitable[R]]

REMEMBERED = 512
REMEMBERED_BYTES = 2**20
"""Replies kept per kind of command, so that one that is sent again is answered and not carried out again."""
REPLY_BYTES = 1_000_000
"""What fits into one NATS message with its default limit of 1 MiB."""


class CommandRouter(NatsRouter):
    """A FastStream router whose handlers answer commands in the queue group of their service.

    ```
    router = CommandRouter("executor")

    @router.answers(StartEngine)
    async def start(command: StartEngine) -> EngineStatus:
        return await engine.start(command.by)
    ```
    """

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def answers(self, command_type: type[C]) -> Callable[[Answer[C, R]], Answer[C, R]]:
        """Subscribe the decorated use case to the command's subject. It may raise Refusal."""

        def register(use_case: Answer[C, R]) -> Answer[C, R]:
            replies = Replies(command_type, use_case)

            async def handle(message: NatsMessage) -> bytes:
                return await replies.to(message.body)

            handle.__name__ = use_case.__name__  # what log lines and API documents call it
            handle.__doc__ = inspect.getdoc(use_case) or command_type.__doc__
            self.subscriber(command_type.subject, queue=self._service, max_workers=8, decoder=undecoded)(handle)
            return use_case

        return register


class Replies:
    """Replies of one kind of command. A `command_id` seen before gets the reply it got before."""

    def __init__(self, command_type: type[C], use_case: Answer[C, R]) -> None:
        self._command_type = command_type
        self._use_case: Callable[[Any], Awaitable[Message]] = use_case
        self._given: dict[str, asyncio.Task[bytes]] = {}
        self._sizes: dict[str, int] = {}

    async def to(self, request: Any) -> bytes:
        """The reply to a request as it came off the wire; never raises for a request's sake."""
        try:
            command = self._command_type.model_validate_json(request)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            return _wire(refused("bad_command", f"{where or 'command'}: {first['msg']}"))
        task = self._given.get(command.command_id)
        if task is None:
            task = asyncio.create_task(self._answer(command))
            self._given[command.command_id] = task
        # The use case runs to its end even if whoever waits for it is stopped.
        return await asyncio.shield(task)

    async def _answer(self, command: Command) -> bytes:
        reply = await self._carry_out(command)
        wire = _wire(reply)
        if len(wire) > REPLY_BYTES:
            wire = _wire(refused("reply_too_large", f"the reply has {len(wire)} bytes: ask for less"))
        if reply.error is not None and reply.error.retryable:
            self._given.pop(command.command_id, None)
        else:
            self._remember(command.command_id, len(wire))
        return wire

    def _remember(self, command_id: str, size: int) -> None:
        """Count a finished reply in, and forget the oldest ones beyond what may be kept."""
        self._sizes[command_id] = size
        while len(self._sizes) > REMEMBERED or sum(self._sizes.values()) > REMEMBERED_BYTES:
            oldest = next(iter(self._sizes))
            del self._sizes[oldest]
            self._given.pop(oldest, None)

    async def _carry_out(self, command: Command) -> Reply[Any]:
        try:
            return Reply[Any].model_construct(result=await self._use_case(command), error=None)
        except Refusal as refusal:
            return refused(refusal.code, str(refusal), retryable=refusal.retryable)
        except CommandFailed as failed:
            return refused(failed.code, failed.message, retryable=failed.retryable)
        except CommandTimeout as timeout:
            return refused("unanswered", str(timeout), retryable=True)
        except StoreFullError as error:
            return refused("store_full", str(error))
        except (StoreUnavailableError, WrongVersionError) as error:
            return refused("try_again", str(error), retryable=True)
        except Exception:  # noqa: BLE001  (whoever asked must get an answer, whatever broke)
            structlog.stdlib.get_logger().exception("command_failed", command=command.subject)
            return refused("internal", f"{command.subject} failed; the service's log says why")


def refused(code: str, message: str, *, retryable: bool = False) -> Reply[Any]:
    """A reply that holds an error."""
    return Reply[Any].model_construct(result=None, error=CommandError(code=code, message=message, retryable=retryable))


def _wire(reply: Reply[Any]) -> bytes:
    return reply.model_dump_json(serialize_as_any=True, exclude_none=False).encode()
