"""Who holds a channel: of each of its sequence numbers, at most one envelope that may still be applied.

A lease is nothing but the signer's own `trade_envelope_signed` on the channel's record: it begins with that event and
ends by what the ledger shows. Nobody gives it back, so a process that was killed or paused cannot take it along.
"""

from typing import NamedTuple, Self

from arb.messages.events.account import TradeEnvelopeSigned


class Seen(NamedTuple):
    """What is known of the ledger. Both only grow: an older look never gives a channel away."""

    closed_at: int
    """Close time of the last ledger, unix seconds; 0 before the first."""
    sequence: int
    """The channel's sequence number; 0 while it was not read."""


class Lease(NamedTuple):
    """One envelope and the sequence number that it holds."""

    channel: str
    sequence: int
    trade_id: str
    tx_hash: str
    max_time: int
    """Unix seconds: no ledger that closes later can include it."""

    @classmethod
    def given(cls, fact: TradeEnvelopeSigned) -> Self:
        """The lease that this event is, or would be."""
        return cls(fact.source, fact.sequence, fact.trade_id, fact.tx_hash, fact.max_time)

    def lives(self, seen: Seen) -> bool:
        """Whether a ledger may still include the envelope: none closed after its time, its number is not used up."""
        return seen.closed_at <= self.max_time and seen.sequence < self.sequence

    def bars(self, wanted: "Lease", seen: Seen) -> bool:
        """Whether it stands in the way of another. The same envelope for the same trade is the same lease.

        A later number of the channel is barred as well until this one was seen used up or dead.
        """
        return self != wanted and self.lives(seen)
