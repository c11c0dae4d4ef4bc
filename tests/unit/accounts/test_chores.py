"""Which chore comes next, and what it may spend."""

from dataclasses import replace

from stellar_sdk import Keypair

from arb.accounts.domain.chores import (
    AskFriendbot,
    AwaitFunding,
    CreateChannels,
    House,
    Merge,
    OpenTrustlines,
    TopUp,
    is_ready,
    may_book_opening,
    merged_away,
    next_chore,
    vanished,
)
from arb.accounts.domain.lease import Lease
from arb.accounts.domain.observation import Observation
from arb.accounts.domain.record import AccountRecord
from arb.contracts.entries import AccountState, TrustlineState
from arb.markets.asset import NATIVE, Asset

TRADING, ONE, TWO, ISSUER, GONE = (
    Keypair.from_raw_ed25519_seed(seed * 32).public_key for seed in (b"t", b"1", b"2", b"i", b"g")
)
USDC, LOST = Asset("USDC", ISSUER), Asset("LOST", GONE)
XLM = 10**7
HOUSE = House(
    trading=TRADING,
    channels=(ONE, TWO),
    assets=(NATIVE, USDC, LOST),
    friendbot=True,
    channel_minimum=5 * XLM,
    channel_target=20 * XLM,
    base_reserve=XLM // 2,
    max_fee_per_operation=1000,
)
PUBLIC = replace(HOUSE, friendbot=False)
NEW, FUNDED = AccountRecord(), AccountRecord(funded=True)


def account(address: str, balance: int, subentries: int = 0) -> AccountState:
    return AccountState(address, balance, 1, subentries, 0, 0, 0, 0)


def seen(trading: int | None, *channels: int, line: bool = False) -> Observation:
    """Balances of the trading account and of as many channels as are on the ledger."""
    held = {} if trading is None else {TRADING: account(TRADING, trading, int(line))}
    held |= {address: account(address, amount) for address, amount in zip((ONE, TWO), channels, strict=False)}
    lines = {(TRADING, USDC): TrustlineState(TRADING, USDC, 0, 2**63 - 1, True, 0, 0)} if line else {}
    return Observation(7, held, lines, frozenset({ISSUER}))


def records(trading: AccountRecord, one: AccountRecord = NEW, two: AccountRecord = NEW) -> dict[str, AccountRecord]:
    return {TRADING: trading, ONE: one, TWO: two}


ALL = records(FUNDED, FUNDED, FUNDED)


def test_friendbot_is_asked_for_every_account_that_is_absent_at_once() -> None:
    assert next_chore(HOUSE, records(NEW), seen(None)) == AskFriendbot((TRADING, ONE, TWO))
    assert next_chore(HOUSE, records(FUNDED, FUNDED), seen(100 * XLM, 100 * XLM)) == AskFriendbot((TWO,))


def test_without_friendbot_a_person_is_asked_for_enough_to_set_everything_up() -> None:
    chore = next_chore(PUBLIC, records(NEW), seen(None))
    assert isinstance(chore, AwaitFunding)
    assert chore.account == TRADING
    # and with exactly that, channels and trustlines can be paid for
    funded = records(FUNDED)
    first = next_chore(PUBLIC, funded, seen(chore.minimum))
    assert first == CreateChannels((ONE, TWO), 20 * XLM)
    left = chore.minimum - 2 * (20 * XLM + 1000)
    assert next_chore(PUBLIC, ALL, seen(left, 20 * XLM, 20 * XLM)) == OpenTrustlines((USDC,))


def test_too_little_from_a_person_is_not_the_opening_balance() -> None:
    minimum = PUBLIC.working_balance
    assert not may_book_opening(PUBLIC, TRADING, account(TRADING, minimum - 1))
    assert may_book_opening(PUBLIC, TRADING, account(TRADING, minimum))
    assert may_book_opening(PUBLIC, ONE, account(ONE, 1))
    assert may_book_opening(HOUSE, TRADING, account(TRADING, 1))


def test_channels_are_created_as_far_as_the_money_reaches() -> None:
    money = 2 * XLM // 2 + 20 * XLM + 1000
    assert next_chore(PUBLIC, records(FUNDED), seen(money)) == CreateChannels((ONE,), 20 * XLM)
    assert next_chore(PUBLIC, records(FUNDED), seen(money - 1)) is not None  # a trustline is cheaper
    assert next_chore(replace(PUBLIC, assets=(NATIVE,)), records(FUNDED), seen(money - 1)) is None


def test_trustlines_are_opened_where_the_issuer_exists() -> None:
    assert next_chore(HOUSE, ALL, seen(100 * XLM, 20 * XLM, 20 * XLM)) == OpenTrustlines((USDC,))
    assert next_chore(HOUSE, ALL, seen(100 * XLM, 20 * XLM, 20 * XLM, line=True)) is None


def test_no_trustline_is_tried_that_the_reserve_forbids() -> None:
    just_short = 2 * XLM // 2 + XLM // 2 + 999
    assert next_chore(HOUSE, ALL, seen(just_short, 20 * XLM, 20 * XLM)) is None
    assert next_chore(HOUSE, ALL, seen(just_short + 1, 20 * XLM, 20 * XLM)) == OpenTrustlines((USDC,))


def test_channels_below_the_minimum_are_brought_to_the_target() -> None:
    low = seen(100 * XLM, 5 * XLM - 1, 5 * XLM, line=True)
    assert next_chore(HOUSE, ALL, low) == TopUp(((ONE, 15 * XLM + 1),))


def test_a_top_up_never_takes_the_trading_account_below_its_reserve() -> None:
    reserve = 3 * XLM // 2
    both = seen(reserve + 38 * XLM + 2000, XLM, XLM, line=True)
    assert next_chore(HOUSE, ALL, both) == TopUp(((ONE, 19 * XLM), (TWO, 19 * XLM)))
    one = seen(reserve + 38 * XLM + 1999, XLM, XLM, line=True)
    assert next_chore(HOUSE, ALL, one) == TopUp(((ONE, 19 * XLM),))
    none = seen(reserve + 19 * XLM + 999, XLM, XLM, line=True)
    assert next_chore(HOUSE, ALL, none) is None


def test_ready_means_every_account_funded_and_every_possible_trustline_open() -> None:
    whole = seen(100 * XLM, 20 * XLM, 20 * XLM, line=True)
    assert is_ready(HOUSE, ALL, whole)
    assert not is_ready(HOUSE, ALL, None)
    assert not is_ready(HOUSE, records(FUNDED, FUNDED), whole)
    assert not is_ready(HOUSE, ALL, seen(100 * XLM, 20 * XLM, 20 * XLM))


def test_a_network_that_was_reset_is_not_paid_again() -> None:
    reset = seen(None)
    assert vanished(HOUSE, ALL, reset) == (TRADING, ONE, TWO)
    assert next_chore(HOUSE, ALL, reset) is None
    assert not is_ready(HOUSE, ALL, reset)


FEWER = replace(HOUSE, channels=(ONE,), retiring=(TWO,))
HELD = replace(FUNDED, lease=Lease(TWO, 2, "trade-1", "ab" * 32, max_time=1_000))
"""The number after the channel's, which is 1, until 1,000."""


def test_a_channel_that_is_one_too_many_is_merged_back_last_of_all() -> None:
    assert next_chore(FEWER, ALL, seen(100 * XLM, 20 * XLM, 20 * XLM)) == OpenTrustlines((USDC,))
    assert next_chore(FEWER, ALL, seen(100 * XLM, 20 * XLM, 20 * XLM, line=True)) == Merge((TWO,))
    assert is_ready(FEWER, ALL, seen(100 * XLM, 20 * XLM, 20 * XLM, line=True))


def test_no_channel_is_merged_while_an_envelope_of_it_may_live() -> None:
    whole, held = seen(100 * XLM, 20 * XLM, 20 * XLM, line=True), records(FUNDED, FUNDED, HELD)
    assert next_chore(FEWER, held, whole, 1_000) is None
    assert next_chore(FEWER, held, whole, 1_001) == Merge((TWO,))
    # or once the ledger shows its number used up
    used = whole._replace(accounts={**whole.accounts, TWO: whole.accounts[TWO]._replace(sequence=2)})
    assert next_chore(FEWER, held, used, 1_000) == Merge((TWO,))


def test_what_was_merged_has_not_vanished_and_is_not_missed() -> None:
    gone = seen(100 * XLM, 20 * XLM, line=True)
    closed = records(replace(FUNDED, merged=frozenset({TWO})), FUNDED, FUNDED)
    assert (merged_away(FEWER, closed, gone), vanished(FEWER, closed, gone)) == ((TWO,), ())
    assert is_ready(FEWER, closed, gone)
    # nor has one that somebody else closed
    assert (merged_away(FEWER, ALL, gone), vanished(FEWER, ALL, gone)) == ((), ())


def test_a_channel_that_somebody_else_merged_away_is_made_anew() -> None:
    gone = seen(100 * XLM, 20 * XLM, line=True)
    assert not is_ready(HOUSE, ALL, gone)
    assert next_chore(HOUSE, ALL, gone) == AskFriendbot((TWO,))
    assert next_chore(PUBLIC, ALL, gone) == CreateChannels((TWO,), 20 * XLM)
