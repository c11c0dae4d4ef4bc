"""Folds over the whole record: is it intact, and what does it say. Shared by the auditor and the command line."""

from arb.eventlog.audit.checkpoint import (
    Checkpoint,
    CheckpointError,
    CheckpointFile,
    checkpoint_path,
    known_key,
    public_key_path,
)
from arb.eventlog.audit.report import AuditReport, PaperReport, Report, TradeRow
from arb.eventlog.audit.states import States
from arb.eventlog.audit.verify import Finding, Verdict, Verifier

__all__ = [
    "AuditReport",
    "Checkpoint",
    "CheckpointError",
    "CheckpointFile",
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
]
