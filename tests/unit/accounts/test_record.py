"""The books of an account: what its events add up to, and how the ledger's first sight is booked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stellar_sdk import Keypair

from arb.accounts.domain.observation import Observation, opening
from arb.accounts.domain.record import AccountRecord, StillOpenError, booked, decide, evolve, initial_state
from arb.contracts.entries import AccountState, TrustlineState
from arb.markets.asset import Asset
from arb.messages.base import Fact
from arb.messages.events.account import (
    AccountAdopted,
    AccountFunded,
    AccountTransactionSettled,
    AccountTransactionSigned,
    FundingAwaited,
    SigningRefused,
)
from arb.messages.ledger import Balance, BalanceChange

TRADING, CHANNEL, ISSUER = (Keypair.from_raw_ed25519_seed(seed * 32).public_key for seed in (b"t", b"c", b"i"))
USDC = Asset("USDC", ISSUER)
HASH = "ab" * 32
SIGNED = AccountTransactionSigned(
    purpose="top_up", source=TRADING, sequence=5, tx_hash=HASH, envelope_xdr="AAAA", max_time=100
)


def folded(*facts: Fact) -> AccountRecord:
    record = initial_state
    for fact in facts:
        record = evolve(record, fact)
    return record


def change(account: str, delta: int, asset: str = "native") -> BalanceChange:
    return BalanceChange(account=account, asset=asset, delta=delta)


def settled(outcome: str, *changes: BalanceChange, ledger: int | None = 9) -> AccountTransactionSettled:
    return AccountTransactionSettled.model_validate(
        {
            "tx_hash": HASH,
            "outcome": outcome,
            "ledger": ledger,
            "fee_charged": 100,
            "codes": (),
            "changes": tuple(c.model_dump() for c in changes),
        }
    )


def test_a_signed_transaction_stays_open_until_it_is_settled() -> None:
    assert folded(SIGNED).open == SIGNED
    after = folded(SIGNED, settled("success", change(TRADING, -600), change(CHANNEL, 500)))
    assert after.open is None
    assert after.last_ledger == 9
    assert booked([after], TRADING) == {"native": -600}
    assert booked([after], CHANNEL) == {"native": 500}


def test_failures_in_a_row_are_counted_by_purpose_until_one_succeeds() -> None:
    failed = settled("failed", change(TRADING, -100))
    expired = settled("expired", ledger=None)
    assert folded(SIGNED, failed, SIGNED, expired).failures == {"top_up": 2}
    assert folded(SIGNED, failed, SIGNED, settled("success")).failures == {"top_up": 0}


def test_funding_ends_the_wait_for_it() -> None:
    asked = folded(FundingAwaited(account=TRADING, minimum=5))
    assert asked.awaited == 5
    funded = AccountFunded(account=TRADING, ledger=3, tx_hash=None, changes=(change(TRADING, 7),))
    record = folded(FundingAwaited(account=TRADING, minimum=5), funded)
    assert (record.awaited, record.funded, booked([record], TRADING)) == (None, True, {"native": 7})


def test_what_the_record_has_already_is_no_news() -> None:
    # Given a transaction on its way: it is recorded once, another must not be signed beside it
    assert decide(folded(), SIGNED) == [SIGNED]
    assert decide(folded(SIGNED), SIGNED) == []
    with pytest.raises(StillOpenError, match="must not be signed"):
        decide(folded(SIGNED), SIGNED.model_copy(update={"sequence": 6, "tx_hash": "cd" * 32}))
    # Then it ends once, and nothing ends that was not open
    end = settled("success")
    assert decide(folded(SIGNED), end) == [end]
    assert decide(folded(SIGNED, end), end) == decide(folded(), end) == []


def test_refusals_leave_the_record_alone() -> None:
    adopted = AccountAdopted(account=TRADING, role="trading", index=0, network_passphrase="n")
    refused = SigningRefused(account=TRADING, tx_hash=None, code="malformed", reason="because")
    assert folded(adopted, refused) == folded(adopted)


def seen(account: str, balance: int, usdc: int | None = None) -> Observation:
    lines = {} if usdc is None else {(account, USDC): TrustlineState(account, USDC, usdc, 2**63 - 1, True, 0, 0)}
    return Observation(5, {account: AccountState(account, balance, 1, 0, 0, 0, 0, 0)}, lines, frozenset())


def test_balances_list_native_first_and_nothing_for_an_absent_account() -> None:
    assert seen(TRADING, 5, 6).balances(TRADING) == (
        Balance(asset="native", amount=5),
        Balance(asset=str(USDC), amount=6),
    )
    assert seen(TRADING, 5).balances(CHANNEL) == ()


def test_an_account_friendbot_made_opens_with_all_it_holds() -> None:
    assert opening(seen(TRADING, 100, 7), TRADING, {}) == (change(TRADING, 100), change(TRADING, 7, str(USDC)))


def test_an_account_our_own_transaction_made_is_not_booked_twice() -> None:
    assert opening(seen(CHANNEL, 100), CHANNEL, {"native": 100}) == ()


@given(st.integers(0, 2**62), st.integers(0, 2**62), st.integers(-(2**62), 2**62), st.integers(-(2**62), 2**62))
def test_after_the_opening_the_books_equal_the_ledger(balance: int, usdc: int, had: int, had_usdc: int) -> None:
    # given books that say anything, and a ledger that says something else
    before = {"native": had, str(USDC): had_usdc}
    changes = opening(seen(TRADING, balance, usdc), TRADING, before)
    # when the opening is booked, the sums are the ledger's balances, to the stroop
    for made in changes:
        before[made.asset] += made.delta
    assert before == {"native": balance, str(USDC): usdc}
    assert all(made.delta for made in changes)
