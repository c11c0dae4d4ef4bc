"""A use case's result or error becomes exactly one reply."""

import asyncio
from typing import ClassVar

import pytest

from arb.eventlog.errors import StoreFullError, StoreUnavailableError, WrongVersionError
from arb.messages import subjects
from arb.messages.base import Message
from arb.messages.commands.base import Command
from arb.messages.reply import CommandError, Reply
from arb.runtime import commands
from arb.runtime.commands import Replies
from arb.runtime.errors import CommandTimeout, Refusal


class Double(Command):
    """Asks for twice the number."""

    subject: ClassVar[str] = subjects.command("test", "double")
    number: int


class Doubled(Message):
    """Twice the number."""

    number: int
    note: str | None = None


def read(raw: bytes) -> Reply[Doubled]:
    return Reply[Doubled].model_validate_json(raw)


def ask(number: int, command_id: str = "c1") -> bytes:
    return Double(command_id=command_id, number=number).model_dump_json().encode()


async def test_a_result_is_the_reply() -> None:
    async def double(command: Double) -> Doubled:
        return Doubled(number=command.number * 2)

    assert read(await Replies(Double, double).to(ask(4))) == Reply(result=Doubled(number=8))


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (Refusal("too_big", "4 is too big", retryable=False), CommandError(code="too_big", message="4 is too big")),
        (Refusal("busy", "later", retryable=True), CommandError(code="busy", message="later", retryable=True)),
        (StoreFullError("full"), CommandError(code="store_full", message="full")),
        (StoreUnavailableError("away"), CommandError(code="try_again", message="away", retryable=True)),
        (
            WrongVersionError(subjects.ENGINE, 1, 2),
            CommandError(
                code="try_again",
                message="arb.evt.engine.main is at version 2, not 1: load it again and decide anew",
                retryable=True,
            ),
        ),
        (CommandTimeout("no answer"), CommandError(code="unanswered", message="no answer", retryable=True)),
        (
            RuntimeError("secret detail"),
            CommandError(code="internal", message="arb.cmd.test.double failed; the service's log says why"),
        ),
    ],
)
async def test_an_error_is_a_typed_reply(raised: Exception, error: CommandError) -> None:
    async def double(_: Double) -> Doubled:
        raise raised

    assert read(await Replies(Double, double).to(ask(4))).error == error


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "command: Invalid JSON"),
        (b"[]", "command: Input should be an object"),
        (b'{"command_id":"c"}', "number: Field required"),
        (b'{"command_id":"c","number":"4"}', "number: Input should be a valid integer"),
        (b'{"command_id":"c","number":4,"more":1}', "more: Extra inputs are not permitted"),
        (b'{"command_id":"","number":4}', "command_id: String should have at least 1 character"),
    ],
)
async def test_a_bad_command_is_refused_without_being_carried_out(raw: bytes, message: str) -> None:
    async def double(_: Double) -> Doubled:
        pytest.fail("carried out")

    error = read(await Replies(Double, double).to(raw)).error

    assert error is not None
    assert error.code == "bad_command"
    assert error.message.startswith(message)


async def test_the_same_command_id_is_carried_out_once_even_at_once() -> None:
    carried_out: list[int] = []

    async def double(command: Double) -> Doubled:
        carried_out.append(command.number)
        await asyncio.sleep(0.01)
        return Doubled(number=command.number * 2)

    replies = Replies(Double, double)
    answers = await asyncio.gather(replies.to(ask(4)), replies.to(ask(4)))
    later = await replies.to(ask(4))
    other = await replies.to(ask(4, "c2"))

    assert carried_out == [4, 4]
    assert {*answers, later, other} == {answers[0]}


async def test_a_retryable_refusal_is_not_remembered() -> None:
    attempts: list[int] = []

    async def double(command: Double) -> Doubled:
        attempts.append(1)
        if len(attempts) == 1:
            raise Refusal("busy", "later", retryable=True)
        return Doubled(number=command.number * 2)

    replies = Replies(Double, double)

    assert read(await replies.to(ask(4))).error is not None
    assert read(await replies.to(ask(4))).result == Doubled(number=8)


async def test_what_is_remembered_is_bounded_in_number_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "REMEMBERED", 3)
    monkeypatch.setattr(commands, "REMEMBERED_BYTES", 2_000)
    carried_out: list[str] = []

    async def double(command: Double) -> Doubled:
        carried_out.append(command.command_id)
        return Doubled(number=command.number, note="x" * command.number)

    replies = Replies(Double, double)
    for command_id in ("a", "b", "c", "d", "d", "b", "a"):
        await replies.to(ask(1, command_id))
    assert carried_out == ["a", "b", "c", "d", "a"]

    await replies.to(ask(1_950, "big"))
    await replies.to(ask(1, "d"))
    assert carried_out[-2:] == ["big", "d"]


async def test_a_reply_beyond_what_the_bus_carries_is_an_error() -> None:
    async def double(_: Double) -> Doubled:
        return Doubled(number=1, note="x" * 1_100_000)

    error = read(await Replies(Double, double).to(ask(1))).error

    assert error is not None
    assert (error.code, error.message) == ("reply_too_large", "the reply has 1100046 bytes: ask for less")
