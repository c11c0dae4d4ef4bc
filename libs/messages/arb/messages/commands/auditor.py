"""Commands the auditor answers."""

from typing import ClassVar

from arb.messages.base import HashText, Message
from arb.messages.commands.base import Command
from arb.messages.subjects import command


class GetAuditStatus(Command):
    """Answers AuditStatus."""

    subject: ClassVar[str] = command("auditor", "status")


class AuditStatus(Message):
    """How far the record was folded and whether it is whole. `first_bad` is the first sequence that is not."""

    ok: bool
    events: int
    last_sequence: int
    head: HashText
    first_bad: int | None
    problem: str | None
