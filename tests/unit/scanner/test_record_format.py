"""The market record's format: exact both ways, gaps that show, and damage that is named."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.market_ledgers import (
    LIFE,
    classic_ledgers,
    contract_ledgers,
    held_signals,
    read,
    written,
)

from arb.markets.book import Offer
from arb.markets.pool import Pool
from arb.markets.soroban.pools import AquariusPool, AquariusStablePool, PhoenixPool, PoolKind, SoroswapPool
from arb.scanner.record import messages as format_of
from arb.scanner.record.errors import MarketRecordError, RecordDamagedError, RecordVersionError
from arb.scanner.record.ledgers import ClassicLedger
from arb.scanner.record.messages import messages, read_part
from arb.scanner.record.octets import Names, OctetReader, OctetWriter
from arb.scanner.record.streams import Gap, Ledger, Recorded, RecordReader, RecordWriter

any_ledger = st.one_of(classic_ledgers(), contract_ledgers(), held_signals)


def ledgers(found: list[Recorded | Gap]) -> list[Ledger]:
    return [item.ledger for item in found if isinstance(item, Recorded)]


@settings(max_examples=50)
@given(st.lists(any_ledger, max_size=5))
def test_what_is_written_is_read_exactly(records: list[Ledger]) -> None:
    writer = RecordWriter(LIFE)
    assert ledgers(read(m for record in records for m in written(writer, record))) == records


@settings(max_examples=30)
@given(classic_ledgers(), st.lists(classic_ledgers(ledger=501, whole=False), max_size=4))
def test_changes_follow_on_a_whole_market_with_the_names_it_gave(
    first: ClassicLedger, rest: list[ClassicLedger]
) -> None:
    writer = RecordWriter(LIFE)
    assert ledgers(read(m for record in (first, *rest) for m in written(writer, record))) == [first, *rest]


@given(st.integers(), st.integers(0))
def test_numbers_of_any_size_are_exact(signed: int, unsigned: int) -> None:
    signed, unsigned = signed % 2**300 - 2**299, unsigned % 2**500
    out = OctetWriter(Names())
    out.signed(signed)
    out.number(unsigned)
    octets = OctetReader(out.taken(), Names())
    assert (octets.signed(), octets.number()) == (signed, unsigned)
    octets.ended()


def three(whole_again: bool = False) -> list[list[bytes]]:
    writer, found = RecordWriter(LIFE), []
    for ledger, whole in ((500, True), (501, False), (502, False), (503, whole_again)):
        example = classic_ledgers(ledger=ledger, whole=whole).example()
        found.append(written(writer, example))
    return found


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
@pytest.mark.parametrize("whole_again", [False, True])
def test_a_lost_record_is_a_gap_until_the_market_is_whole_again(whole_again: bool) -> None:
    first, lost, second, third = three(whole_again)
    found = read([*first, *second, *third])
    assert lost
    gaps = [item for item in found if isinstance(item, Gap)]
    assert [(gap.after, gap.upto) for gap in gaps[:2]] == [(500, 501), (501, 502)]
    usable = [item.place.ledger for item in found if isinstance(item, Recorded)]
    assert usable == ([500, 503] if whole_again else [500])
    # A reading that begins in the middle claims nothing of what was before
    assert [item.place.ledger for item in read([*second, *third]) if isinstance(item, Recorded)] == usable[1:]


@settings(max_examples=30)
@given(classic_ledgers())
def test_a_market_too_large_for_one_message_comes_in_parts(record: ClassicLedger) -> None:
    writer = RecordWriter(LIFE)
    place = writer.place("classic", 500, whole=True)
    whole = writer.written(place, record)
    body = format_of.joined([read_part(m) for m in whole])
    parts = list(messages(place, body, most=50))
    assert len(parts) > 1
    assert ledgers(read(parts)) == [record]
    # and with one of them missing it is a gap, not a smaller market
    for at in range(len(parts)):
        following = list(messages(writer.place("classic", 501 + at, whole=True), body, most=50))
        found = read([*parts[:at], *parts[at + 1 :], *following])
        assert len(ledgers(found)) == 1
        assert any(isinstance(item, Gap) for item in found) or at == 0


@settings(max_examples=60)
@given(any_ledger, st.data())
def test_bytes_that_end_too_soon_or_were_altered_are_refused(record: Ledger, data: st.DataObject) -> None:
    [message] = written(RecordWriter(LIFE), record)
    at, bit = data.draw(st.integers(0, len(message) - 1)), data.draw(st.integers(0, 7))
    altered = bytes([*message[:at], message[at] ^ 1 << bit, *message[at + 1 :]])
    for damaged in (altered, message[:at]):
        with pytest.raises(MarketRecordError):
            list(RecordReader().read(damaged))


def test_another_version_is_refused_by_its_number() -> None:
    with pytest.raises(RecordVersionError, match="version 9 is unknown to this version, which reads 1") as refused:
        read_part(b"AM\x09" + b"\0" * 40)
    assert refused.value.version == 9


@pytest.mark.parametrize(
    "message", [b"", b"AM", b"AM\x01", b"AM\x01" + b"\0" * 40, b"hello world, this is no record of any market"]
)
def test_what_is_no_record_is_said_to_be_none(message: bytes) -> None:
    with pytest.raises(RecordDamagedError):
        read_part(message)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Offer, "id seller selling buying amount n d passive"),
        (Pool, "id a b reserve_a reserve_b shares fee_bps"),
        (SoroswapPool, "contract tokens reserves"),
        (AquariusPool, "contract tokens reserves fee_bps protocol_share_bps"),
        (AquariusStablePool, "contract tokens reserves fee_bps amp decimals protocol_share_bps"),
        (PhoenixPool, "contract tokens reserves fee_bps max_spread_bps clamps_spread"),
    ],
)
def test_an_entry_has_no_field_that_the_format_does_not_know(kind: type, fields: str) -> None:
    """Who adds one has to write it down too, under a new version of the format."""
    assert [field.name for field in dataclasses.fields(kind)] == fields.split()
    assert set(PoolKind) == {each.kind for each in (SoroswapPool, AquariusPool, AquariusStablePool, PhoenixPool)}
