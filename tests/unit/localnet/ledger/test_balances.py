"""What accounts can send and receive: reserve, limits, liabilities, authorization."""

import pytest
from support.network import address

from arb.localnet.ledger.balances import (
    MAX_SUBENTRIES,
    acquire_liabilities,
    add_balance,
    add_subentries,
    available,
    min_balance,
    release_liabilities,
    room,
)
from arb.localnet.ledger.entries import AUTHORIZED_TO_MAINTAIN_LIABILITIES, Account, OfferEntry, TrustLine
from arb.localnet.ledger.header import Header
from arb.localnet.ledger.state import LedgerState
from arb.localnet.ledger.txn import LedgerTxn, LedgerTxnError
from arb.markets.amount import INT64_MAX
from arb.markets.asset import NATIVE, Asset

ISSUER, HOLDER = address("issuer"), address("holder")
USD = Asset("USD", ISSUER)
RESERVE = 5_000_000


@pytest.fixture
def ltx() -> LedgerTxn:
    """A holder of 20 XLM with one subentry, and 500 of 800 USD."""
    view = LedgerTxn(LedgerState(Header(ledger_seq=5, close_time=50)))
    view.create(Account(HOLDER, 200_000_000, 1, num_sub_entries=1))
    view.create(TrustLine(HOLDER, USD, 500, 800))
    return view


def test_the_reserve_counts_subentries_and_sponsorships() -> None:
    header = Header(ledger_seq=1, close_time=0)
    account = Account(HOLDER, 0, 0, num_sub_entries=3, num_sponsoring=4, num_sponsored=1)
    assert min_balance(header, account) == (2 + 3 + 4 - 1) * RESERVE


def test_what_is_free_is_less_by_reserve_and_liabilities(ltx: LedgerTxn) -> None:
    assert available(ltx, HOLDER, NATIVE) == 200_000_000 - 3 * RESERVE
    assert available(ltx, HOLDER, USD) == 500
    assert room(ltx, HOLDER, USD) == 300
    # when an offer sells 200 USD at 2 XLM
    offer = OfferEntry(HOLDER, 1, USD, NATIVE, 200, 2, 1)
    acquire_liabilities(ltx, offer)
    # then as much is not free any more, nor is the room for its proceeds
    assert available(ltx, HOLDER, USD) == 300
    assert room(ltx, HOLDER, NATIVE) == INT64_MAX - 200_000_000 - 400
    # and all is as before when the offer goes
    release_liabilities(ltx, offer)
    assert available(ltx, HOLDER, USD) == 500
    assert room(ltx, HOLDER, NATIVE) == INT64_MAX - 200_000_000


def test_liabilities_that_do_not_fit_are_a_defect(ltx: LedgerTxn) -> None:
    with pytest.raises(LedgerTxnError, match="selling liabilities"):
        acquire_liabilities(ltx, OfferEntry(HOLDER, 1, USD, NATIVE, 501, 2, 1))
    with pytest.raises(LedgerTxnError, match="buying liabilities"):
        acquire_liabilities(ltx, OfferEntry(HOLDER, 1, NATIVE, USD, 301, 1, 1))


@pytest.mark.parametrize(("delta", "works"), [(300, True), (301, False), (-500, True), (-501, False), (0, True)])
def test_a_credit_balance_stays_between_zero_and_limit(ltx: LedgerTxn, delta: int, works: bool) -> None:
    assert add_balance(ltx, HOLDER, USD, delta) is works
    line = ltx.trustline(HOLDER, USD)
    assert line is not None
    assert line.balance == 500 + (delta if works else 0)


@pytest.mark.parametrize(("delta", "works"), [(-185_000_000, True), (-185_000_001, False), (INT64_MAX, False)])
def test_a_native_balance_keeps_the_reserve_and_fits_64_bits(ltx: LedgerTxn, delta: int, works: bool) -> None:
    assert add_balance(ltx, HOLDER, NATIVE, delta) is works


def test_an_issuer_has_no_bounds_on_its_own_asset(ltx: LedgerTxn) -> None:
    assert available(ltx, ISSUER, USD) == room(ltx, ISSUER, USD) == INT64_MAX
    assert add_balance(ltx, ISSUER, USD, -(10**18))


def test_who_has_no_trustline_can_do_nothing(ltx: LedgerTxn) -> None:
    other = Asset("EUR", ISSUER)
    assert (available(ltx, HOLDER, other), room(ltx, HOLDER, other)) == (0, 0)
    assert not add_balance(ltx, HOLDER, other, 1)


def test_a_line_that_may_only_maintain_liabilities_still_fills_offers(ltx: LedgerTxn) -> None:
    line = ltx.load_trustline(HOLDER, USD)
    assert line is not None
    line.flags = AUTHORIZED_TO_MAINTAIN_LIABILITIES
    assert available(ltx, HOLDER, USD) == 500
    line.flags = 0
    assert (available(ltx, HOLDER, USD), room(ltx, HOLDER, USD)) == (0, 0)
    assert not add_balance(ltx, HOLDER, USD, 1)


def test_subentries_need_reserve_and_are_bounded(ltx: LedgerTxn) -> None:
    account = ltx.load_account(HOLDER)
    assert account is not None
    # given exactly the reserve for one more
    account.balance = 4 * RESERVE
    assert add_subentries(ltx.header, account, 1) is None
    assert add_subentries(ltx.header, account, 1) == "LOW_RESERVE"
    assert account.num_sub_entries == 2
    account.num_sub_entries = MAX_SUBENTRIES
    assert add_subentries(ltx.header, account, 1) == "TOO_MANY_SUBENTRIES"
    with pytest.raises(LedgerTxnError):
        add_subentries(ltx.header, account, -MAX_SUBENTRIES - 1)
