"""What a process wrote before it ended, as one line for a person."""

import json
import signal
from pathlib import Path

TAIL_BYTES = 16 * 1024
LONGEST = 400


def last_words(log_file: Path, since: int = 0) -> str:
    """The last error in a log, or else its last line; only what was written after byte `since` counts.

    A line of a structured log is reduced to its reason.
    """
    try:
        with log_file.open("rb") as log:
            end = log.seek(0, 2)
            log.seek(max(since, end - TAIL_BYTES))
            lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    except OSError:
        return "it left no log"
    if not lines:
        return "it said nothing"
    read = [_read(line) for line in lines]
    errors = [text for text, is_error in read if is_error]
    text = errors[-1] if errors else read[-1][0]
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def how_ended(exit_code: int) -> str:
    """`ended with exit code 1`, or `was killed by SIGKILL`."""
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    try:
        return f"was killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"was killed by signal {-exit_code}"


def _read(line: str) -> tuple[str, bool]:
    """A line's text, and whether it is an error of a structured log."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        return line.strip(), False
    event, reason = str(fields.get("event", line)), fields.get("reason")
    return (f"{reason}" if reason else event), fields.get("level") in ("error", "critical")
