"""What a command answers: a result, or an error with a stable code."""

from typing import Generic, TypeVar

from pydantic import model_validator

from arb.messages.base import Message

T = TypeVar("T", bound=Message)


class CommandError(Message):
    """Why a command was not carried out. `code` is stable; `message` is for people and holds no secret."""

    code: str
    message: str
    retryable: bool = False


class Reply(Message, Generic[T]):
    """Exactly one of `result` and `error` is set."""

    result: T | None = None
    error: CommandError | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "Reply[T]":
        if (self.result is None) == (self.error is None):
            raise ValueError("a reply holds either a result or an error")
        return self
