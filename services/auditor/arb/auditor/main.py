"""Puts the auditor together and runs it."""

from datetime import timedelta
from typing import NoReturn

from arb.auditor.adapters.files import FileCheckpoints
from arb.auditor.app import Auditor
from arb.auditor.domain.schedule import Schedule
from arb.auditor.handlers import make_router
from arb.auditor.settings import AuditorSettings
from arb.eventlog.audit import checkpoint_path
from arb.runtime.service import Context, Service, run_service


async def build(context: Context[AuditorSettings]) -> Service:
    """The auditor over the bus's event store and a file."""
    settings = context.settings
    auditor = Auditor(
        context.bus.store,
        FileCheckpoints(checkpoint_path(settings.state_dir)),
        context.clock,
        Schedule(settings.checkpoint_events, timedelta(seconds=settings.checkpoint_seconds)),
        context.log,
    )
    await auditor.open()
    context.resources.callback(auditor.keep_checkpoint)
    return Service(
        routers=[make_router(auditor)],
        tasks={"follow": auditor.follow, "checkpoints": auditor.keep_checkpoints},
        checks={"record": auditor.health},
    )


def main() -> NoReturn:
    """Run the auditor until it is told to stop."""
    run_service("auditor", AuditorSettings, build)
