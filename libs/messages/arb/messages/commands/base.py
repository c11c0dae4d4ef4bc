"""What every command shares."""

from typing import ClassVar

from pydantic import Field

from arb.messages.base import Message


class Command(Message):
    """A request on `subject`. The same `command_id` asks for the same thing: it is carried out once."""

    subject: ClassVar[str]
    command_id: str = Field(min_length=1, max_length=64)
