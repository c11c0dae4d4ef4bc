"""The conditions under which a transaction may enter a ledger at all (XDR Preconditions, CAP-21)."""

from dataclasses import dataclass
from typing import NamedTuple

from stellar_sdk import xdr


class At(NamedTuple):
    """The ledger a transaction is judged for: its sequence and close time (seconds)."""

    ledger_seq: int
    close_time: int


@dataclass(frozen=True, slots=True)
class Preconditions:
    """Times in seconds, 0 for no bound; `extra_signers` are packed SignerKeys; `min_seq_num` None asks for seq - 1."""

    min_time: int = 0
    max_time: int = 0
    min_ledger: int = 0
    max_ledger: int = 0
    min_seq_num: int | None = None
    min_seq_age: int = 0
    min_seq_ledger_gap: int = 0
    extra_signers: tuple[bytes, ...] = ()

    def too_early(self, at: At) -> bool:
        """Whether the ledger comes before the time or ledger bounds."""
        return self.min_time > at.close_time or self.min_ledger > at.ledger_seq

    def too_late(self, at: At) -> bool:
        """Whether the ledger comes after the time or ledger bounds (the last ledger itself is excluded)."""
        return 0 < self.max_time < at.close_time or 0 < self.max_ledger <= at.ledger_seq

    def sequence_fits(self, current: int, wanted: int) -> bool:
        """Whether an account whose last sequence number is `current` may use `wanted`."""
        if self.min_seq_num is not None:
            return self.min_seq_num <= current < wanted
        return current + 1 == wanted

    def sequence_too_young(self, at: At, seq_time: int, seq_ledger: int) -> bool:
        """Whether the account's sequence number was set too recently."""
        return at.close_time - self.min_seq_age < seq_time or at.ledger_seq - self.min_seq_ledger_gap < seq_ledger

    def malformed(self) -> bool:
        """Whether the extra signers are none a transaction may name: the same twice, or an empty signed payload."""
        signers = self.extra_signers
        return len(set(signers)) != len(signers) or any(_is_empty_payload(key) for key in signers)


def preconditions_of(cond: xdr.Preconditions) -> Preconditions:
    """The conditions of an XDR union, whichever arm it uses."""
    if cond.v2 is None:
        times = cond.time_bounds
        return Preconditions() if times is None else Preconditions(*_times(times))
    v2 = cond.v2
    min_time, max_time = (0, 0) if v2.time_bounds is None else _times(v2.time_bounds)
    ledgers = v2.ledger_bounds
    return Preconditions(
        min_time,
        max_time,
        0 if ledgers is None else ledgers.min_ledger.uint32,
        0 if ledgers is None else ledgers.max_ledger.uint32,
        None if v2.min_seq_num is None else v2.min_seq_num.sequence_number.int64,
        v2.min_seq_age.duration.uint64,
        v2.min_seq_ledger_gap.uint32,
        tuple(key.to_xdr_bytes() for key in v2.extra_signers),
    )


def _times(bounds: xdr.TimeBounds) -> tuple[int, int]:
    return bounds.min_time.time_point.uint64, bounds.max_time.time_point.uint64


def _is_empty_payload(key: bytes) -> bool:
    return key[:4] == b"\x00\x00\x00\x03" and key[36:40] == b"\x00\x00\x00\x00"
