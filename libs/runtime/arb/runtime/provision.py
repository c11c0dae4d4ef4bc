"""`python -m arb.runtime.provision`: create and reconcile streams and consumers, once, before the services start."""

import asyncio
import sys
from typing import Annotated

from pydantic import Field

from arb.eventlog.errors import EventLogError
from arb.runtime.bus import Bus
from arb.runtime.errors import EXIT_NO_BUS, StartupError
from arb.runtime.logging import configure
from arb.runtime.settings import ServiceSettings


class ProvisionSettings(ServiceSettings):
    """What the provisioner reads."""

    replicas: Annotated[int, Field(ge=1, le=5)] = Field(
        1, validation_alias="ARB_STREAM_REPLICAS", description="1, 3 or 5"
    )


def main() -> int:
    """Exit code 0 when the server holds the topology, 3 when it cannot."""
    settings = ProvisionSettings.load()
    log = configure("provision", settings.log_level, settings.log_format)

    async def run() -> list[str]:
        async with await Bus.connect(settings.nats_url, "provision", log, limit=settings.connect_seconds) as bus:
            return await bus.provision(replicas=settings.replicas)

    try:
        for line in asyncio.run(run()):
            log.info("provisioned", change=line)
    except StartupError as error:
        log.error("cannot_start", reason=str(error))
        return error.exit_code
    except EventLogError as error:
        log.error("cannot_provision", reason=str(error))
        return EXIT_NO_BUS
    return 0


if __name__ == "__main__":
    sys.exit(main())
