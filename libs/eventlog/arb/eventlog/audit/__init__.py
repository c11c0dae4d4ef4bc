"""Folds over the whole record: is it intact, and what does it say. Shared by the auditor and the command line."""

from arb.eventlog.audit.checkpoint import (
    Checkpoint,
    CheckpointError,
    CheckpointFile,
    checkpoint_path,
    known_key,
    public_key_path,
)
from arb.eventlog.audit.contents import Contents
from arb.eventlog.audit.finding import Finding
from arb.eventlog.audit.report import AuditReport, PaperReport, Report, TradeRow
from arb.eventlog.audit.states import States
from arb.eventlog.audit.verify import Verdict, Verifier
from arb.eventlog.audit.whole import verify_whole

__all__ = [
    "AuditReport",
    "Checkpoint",
    "CheckpointError",
    "CheckpointFile",
    "Contents",
    "Finding",
    "PaperReport",
    "Report",
    "States",
    "TradeRow",
    "Verdict",
    "Verifier",
    "checkpoint_path",
    "known_key",
    "public_key_path",
    "verify_whole",
]
