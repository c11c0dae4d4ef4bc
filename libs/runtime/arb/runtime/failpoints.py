"""Places at which a process kills itself when ARB_FAILPOINT names them: proof that nothing is lost or doubled there."""

import os
import re
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import structlog

log = structlog.stdlib.get_logger(__name__)

FAILPOINTS: Final[dict[str, str]] = {
    "executor.planned.before_store": "an opportunity was taken up, nothing is on record",
    "executor.planned.after_store": "the plan is on record and not judged",
    "executor.approved.before_store": "the verdict is reached and not on record",
    "executor.approved.after_store": "approved, no channel is held and nothing is signed",
    "executor.signed.before_store": "the signature is there and its envelope not on record: sign | store",
    "executor.signed.after_store": "the envelope is on record and was not sent: store | ack | send",
    "executor.send.after": "the network has the envelope, the record does not say so: send | apply",
    "executor.submitted.before_store": "the network's answer is known and not on record",
    "executor.submitted.after_store": "submitted, the opportunity is not acknowledged",
    "executor.ack.after": "the opportunity is acknowledged, the result is still to come: apply | result",
    "executor.confirmed.before_store": "the result is read and not on record: result | ack",
    "executor.confirmed.after_store": "the end is on record, the channel still held",
    "executor.rejected.before_store": "a rejection is decided and not on record",
    "executor.rejected.after_store": "a rejection is on record, the channel still held",
    "accounts.funded.before_store": "an account was funded and its opening balance is not booked",
    "accounts.funded.after_store": "an opening balance is booked, the others are not",
    "accounts.trade_envelope_signed.before_store": "a trade's envelope is signed, and that is not on record",
    "accounts.trade_envelope_signed.after_store": "the signature is on record and was not handed out",
    "accounts.transaction_signed.before_store": "a transaction of housekeeping is signed and not on record",
    "accounts.transaction_signed.after_store": "it is on record and was not sent",
    "accounts.send.after": "it was sent and nothing is known of its end",
    "accounts.transaction_settled.before_store": "its result is read and not booked",
    "accounts.transaction_settled.after_store": "its result is booked",
}
"""Name -> what is true there. A name is `<service>.<event or call>.<when>`."""

FAILPOINTS_OF_KEYS: Final[dict[str, str]] = {
    "accounts.key_exchanged.before_store": "the ledger takes a new key of ours, the record does not say so",
    "accounts.key_exchanged.after_store": "that is on record, the keystore still has the old key in force",
}
"""Beside those above, which every run that trades comes past: here only one that exchanges keys does."""

_WANTED: Final = re.compile(r"([a-z_.]+)(?:\*([1-9][0-9]{0,5}))?")
_armed: Final[dict[str, int]] = {}
"""How often each place is still to be met in this life of the process, the last time for good."""
_notes: Final[list[Path]] = []


def wanted(text: str) -> tuple[str, int]:
    """`name` or `name*N`, the Nth time it is met. Raises ValueError, which says what was wrong."""
    read = _WANTED.fullmatch(text)
    if read is None or read[1] not in FAILPOINTS | FAILPOINTS_OF_KEYS:
        raise ValueError(f"{text!r} is no failpoint")
    return read[1], int(read[2] or 1)


def arm(service: str, places: Iterable[str], directory: Path) -> None:
    """Have this process die at each of the places that are `service`'s, once in all its lives.

    Which were met is noted in `directory`, so that a process that is started again with the same settings goes on.
    """
    note = directory / f"failpoints-met-{service}"
    met = set(note.read_text().splitlines()) if note.exists() else set()
    here = dict(map(wanted, places))
    _armed.update({name: times for name, times in here.items() if name.startswith(f"{service}.") and name not in met})
    if _armed:
        directory.mkdir(parents=True, exist_ok=True)
        _notes[:] = [note]
        log.warning("failpoints_armed", names=sorted(_armed))


def reached(name: str) -> None:
    """Die here, at once and without a chance to tidy up, if this is a place that was asked for."""
    if name not in _armed:
        return
    _armed[name] -= 1
    if _armed[name] == 0:
        with _notes[0].open("a") as note:
            note.write(f"{name}\n")
        log.warning("failpoint_reached", name=name)
        os.kill(os.getpid(), signal.SIGKILL)
