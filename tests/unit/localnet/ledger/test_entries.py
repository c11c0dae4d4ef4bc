"""Entries and their keys are the XDR that stellar_sdk reads."""

import pytest
from stellar_sdk import xdr
from support.network import address

from arb.localnet.ledger.assets import PoolShare, pool_id_of
from arb.localnet.ledger.entries import Account, DataEntry, OfferEntry, PoolEntry, Signer, TrustLine
from arb.localnet.ledger.entry import Versioned
from arb.markets.asset import NATIVE, Asset

ISSUER, HOLDER = address("issuer"), address("holder")
USD, LONG = Asset("USD", ISSUER), Asset("LONGERCODE", ISSUER)
POOL = pool_id_of(USD, LONG)

ENTRIES: list[Versioned] = [
    Account(HOLDER, 5, 1),
    Account(HOLDER, 5, 1, buying_liabilities=4),
    Account(HOLDER, 5, 1, inflation_dest=ISSUER, num_sponsoring=2, num_sponsored=1),
    Account(
        HOLDER,
        2**63 - 1,
        2**40,
        3,
        flags=15,
        home_domain=b"example.org",
        thresholds=b"\x01\x02\x03\xff",
        signers=(Signer(b"\x00\x00\x00\x01" + b"h" * 32, 7), Signer(b"\x00\x00\x00\x02" + b"x" * 32, 255)),
        seq_ledger=9,
        seq_time=1_700_000_000,
    ),
    TrustLine(HOLDER, USD, 1, 100),
    TrustLine(HOLDER, LONG, 1, 100, flags=2, buying_liabilities=3, selling_liabilities=1),
    TrustLine(HOLDER, LONG, 1, 100, pool_use_count=2),
    TrustLine(HOLDER, PoolShare(POOL), 0, 100, flags=0),
    OfferEntry(HOLDER, 7, NATIVE, LONG, 10, 2_000, 29, flags=1),
    DataEntry(HOLDER, b"name", b"12345"),
    PoolEntry(POOL, LONG, USD, 1, 2, 3, 4),
]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: type(entry).__name__)
def test_an_entry_packs_to_the_bytes_stellar_sdk_would_write(entry: Versioned) -> None:
    # given an entry changed in some ledger
    entry.touch(42)
    # when stellar_sdk reads its bytes and writes them again
    read = xdr.LedgerEntry.from_xdr_bytes(entry.packed())
    # then nothing is lost
    assert read.to_xdr_bytes() == entry.packed()
    assert read.last_modified_ledger_seq.uint32 == 42
    assert read.data.type.value == entry.entry_type


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: type(entry).__name__)
def test_a_key_is_the_ledger_key_of_its_entry(entry: Versioned) -> None:
    key = xdr.LedgerKey.from_xdr_bytes(entry.key())  # type: ignore[attr-defined]
    assert key.to_xdr_bytes() == entry.key()  # type: ignore[attr-defined]
    assert key.type.value == entry.entry_type


def test_the_fields_of_an_account_come_out_where_they_belong() -> None:
    # given an account with every extension
    account = xdr.LedgerEntry.from_xdr_bytes(ENTRIES[3].packed()).data.account
    assert account is not None
    # then each value is found by its XDR name
    assert (account.balance.int64, account.seq_num.sequence_number.int64) == (2**63 - 1, 2**40)
    assert account.thresholds.thresholds == b"\x01\x02\x03\xff"
    assert [signer.weight.uint32 for signer in account.signers] == [7, 255]
    assert account.ext.v1 is not None
    assert account.ext.v1.ext.v2 is not None
    assert account.ext.v1.ext.v2.ext.v3 is not None
    assert account.ext.v1.ext.v2.ext.v3.seq_time.time_point.uint64 == 1_700_000_000


def test_a_copy_is_equal_and_independent() -> None:
    for entry in ENTRIES:
        copy = entry.copy()  # type: ignore[attr-defined]
        assert copy == entry
        copy.touch(99)
        assert entry.last_modified != 99
        assert copy.packed() != entry.packed()


def test_the_packed_form_is_remembered_until_the_next_touch() -> None:
    # given an account whose packed form was asked for
    account = Account(HOLDER, 5, 1)
    first = account.packed()
    # when it is announced as changed and changed
    account.touch(3)
    account.balance = 6
    # then it packs anew
    assert account.packed() != first
