"""Puts the auditor together and runs it."""

from datetime import timedelta
from typing import NoReturn

from arb.auditor.adapters.bus import BusEngine
from arb.auditor.adapters.files import SigningKeyError, signing_key
from arb.auditor.app import Auditor
from arb.auditor.domain.schedule import Schedule
from arb.auditor.handlers import make_router
from arb.auditor.settings import AuditorSettings
from arb.eventlog.audit import CheckpointFile, checkpoint_path
from arb.runtime.errors import EXIT_SETTINGS, StartupError
from arb.runtime.service import Context, Service, run_service


async def build(context: Context[AuditorSettings]) -> Service:
    """The auditor over the bus's event store and its files."""
    settings = context.settings
    try:
        key = signing_key(settings.state_dir)
    except SigningKeyError as error:
        raise StartupError(str(error), EXIT_SETTINGS) from None
    auditor = Auditor(
        context.bus.store,
        CheckpointFile(checkpoint_path(settings.state_dir), key.verify_key.encode().hex()),
        context.bus.market,
        key,
        BusEngine(context.bus),
        context.clock,
        Schedule(settings.checkpoint_events, timedelta(seconds=settings.checkpoint_seconds)),
        context.log,
    )
    await auditor.open()
    context.resources.callback(auditor.keep_checkpoint)
    return Service(
        routers=[make_router(auditor)],
        tasks={
            "follow": auditor.follow,
            "checkpoints": auditor.keep_checkpoints,
            "engine": auditor.guard_engine,
        },
        checks={"record": auditor.health},
    )


def main() -> NoReturn:
    """Run the auditor until it is told to stop."""
    run_service("auditor", AuditorSettings, build, background=True)
