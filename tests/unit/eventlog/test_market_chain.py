"""The market record's chain: what is kept is whole from its oldest message on, and is what checkpoints name."""

import pytest

from arb.eventlog import Stored
from arb.eventlog.audit.market_chain import MarketChain, MarketVerdict
from arb.eventlog.market_link import hash_of, link_of, linked, unlinked
from arb.messages.envelope import GENESIS_HASH
from arb.messages.events.audit import MarketHead


def chain(count: int = 6) -> list[Stored]:
    messages, before = [], GENESIS_HASH
    for number in range(1, count + 1):
        raw = linked(before, b"ledger %d" % number)
        messages.append(Stored(number, "arb.market.classic", raw))
        before = hash_of(raw)
    return messages


def verdict(messages: list[Stored], *heads: MarketHead, last: int = 6) -> MarketVerdict:
    fold = MarketChain(heads)
    for stored in messages:
        fold.add(stored)
    fold.ended_at(last)
    return fold.verdict()


def head_of(stored: Stored) -> MarketHead:
    return MarketHead(sequence=stored.sequence, hash=hash_of(stored.raw))


def test_a_link_is_put_before_the_record_and_taken_off_again() -> None:
    message = linked("ab" * 32, b"what was seen")
    assert (link_of(message), unlinked(message)) == ("ab" * 32, b"what was seen")
    assert (link_of(b"something else"), unlinked(b"something else")) == (None, b"something else")


def test_a_whole_record_says_where_it_begins_and_what_vouches_for_it() -> None:
    messages = chain()
    found = verdict(messages, head_of(messages[2]), head_of(messages[4]))
    assert (found.ok, found.messages, found.first_sequence, found.last_sequence) == (True, 6, 1, 6)
    assert (found.predecessor, found.head, found.checkpointed) == (GENESIS_HASH, hash_of(messages[5].raw), 5)


def test_a_record_whose_oldest_aged_away_begins_with_what_it_follows() -> None:
    messages = chain()
    found = verdict(messages[3:], head_of(messages[1]))
    assert (found.ok, found.first_sequence, found.predecessor) == (True, 4, hash_of(messages[2].raw))


def test_nothing_recorded_is_whole() -> None:
    assert verdict([], last=0).ok


@pytest.mark.parametrize("at", range(6))
@pytest.mark.parametrize("bit", [0, 40, 300])
def test_a_bit_changed_anywhere_is_found(at: int, bit: int) -> None:
    messages = chain()
    signed = head_of(messages[5])
    raw = bytearray(messages[at].raw)
    raw[bit // 8 % len(raw)] ^= 1 << bit % 8
    messages[at] = messages[at]._replace(raw=bytes(raw))
    found = verdict(messages, signed)
    assert found.first_bad is not None
    assert found.first_bad.sequence in (at + 1, at + 2)


@pytest.mark.parametrize(("lost", "first_bad"), [(1, 2), (3, 4), (5, 6)])
def test_a_message_taken_out_is_found(lost: int, first_bad: int) -> None:
    messages = chain()
    del messages[lost]
    found = verdict(messages)
    assert found.first_bad is not None
    assert (found.first_bad.sequence, "missing" in found.first_bad.problem) == (first_bad, True)


def test_a_record_that_was_shortened_is_found_by_the_checkpoint() -> None:
    messages = chain()
    found = verdict(messages[:4], head_of(messages[5]), last=4)
    assert found.first_bad is not None
    assert found.first_bad.problem == ("it went backwards: it ends at message 4, a signed checkpoint names message 6")


def test_a_record_forged_as_a_whole_is_found_by_the_checkpoint() -> None:
    signed = head_of(chain()[3])
    forged, before = [], GENESIS_HASH
    for stored in chain():
        raw = linked(before, b"forged " + unlinked(stored.raw))
        forged.append(stored._replace(raw=raw))
        before = hash_of(raw)
    found = verdict(forged, signed)
    assert verdict(forged).ok
    assert found.first_bad is not None
    assert found.first_bad.problem == "message 4 is not the one that a signed checkpoint names"
