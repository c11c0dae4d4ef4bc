"""The commands the auditor answers."""

from arb.auditor.app import Auditor
from arb.messages.commands.auditor import AuditStatus, GetAuditStatus
from arb.runtime.commands import CommandRouter


def make_router(auditor: Auditor) -> CommandRouter:
    """Handlers over `auditor`."""
    router = CommandRouter("auditor")

    @router.answers(GetAuditStatus)
    async def status(_: GetAuditStatus) -> AuditStatus:
        return await auditor.status()

    return router
