"""The engine, as the auditor reaches it over the bus."""

import uuid

from arb.messages.commands.executor import EngineStatus, StopEngine
from arb.runtime.bus import Bus
from arb.runtime.errors import CommandFailed, CommandTimeout

ANSWER_SECONDS = 2.0


class BusEngine:
    """Engine, behind the executor's commands."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def stop(self, reason: str) -> bool:
        """See Engine."""
        command = StopEngine(command_id=uuid.uuid4().hex, by="auditor", reason=reason)
        try:
            await self._bus.request(command, EngineStatus, timeout=ANSWER_SECONDS)
        except (CommandFailed, CommandTimeout):
            return False
        return True
