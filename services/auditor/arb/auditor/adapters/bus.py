"""The engine, as the auditor reaches it over the bus."""

import uuid

from arb.messages.commands.executor import EngineStatus, HaltEngine
from arb.runtime.bus import Bus
from arb.runtime.errors import CommandFailed, CommandTimeout

ANSWER_SECONDS = 2.0
REASON_LENGTH = 500
"""What a halt may give as its reason, in characters."""


class BusEngine:
    """Engine, behind the executor's commands."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def stop(self, reason: str) -> bool:
        """See Engine."""
        command = HaltEngine(command_id=uuid.uuid4().hex, by="auditor", reason=reason[:REASON_LENGTH])
        try:
            await self._bus.request(command, EngineStatus, timeout=ANSWER_SECONDS)
        except (CommandFailed, CommandTimeout):
            return False
        return True
