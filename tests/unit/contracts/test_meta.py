"""Meta of every version is read as the network wrote it: market changes and balance changes."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stellar_sdk import xdr
from support.meta_entries import (
    LONG,
    OWN,
    POOL_ID,
    STRANGER,
    USDC,
    VERSIONS,
    account,
    account_id,
    created,
    key,
    meta,
    offer,
    pool,
    removed,
    state,
    trustline,
    unused_kinds,
    updated,
)

from arb.contracts.balance_changes import BalanceDelta, balance_changes
from arb.contracts.entries import (
    AccountKey,
    AccountState,
    OfferKey,
    PoolKey,
    TrustlineKey,
    TrustlineState,
    decode_entry,
)
from arb.contracts.errors import Malformed
from arb.contracts.market_changes import OfferChanged, OfferRemoved, PoolChanged, PoolRemoved, market_changes
from arb.contracts.meta import entry_changes
from arb.markets.asset import NATIVE
from arb.markets.book import Offer
from arb.markets.pool import Pool


def plain_offer(offer_id: int, amount: int) -> Offer:
    return Offer(offer_id, STRANGER, USDC, NATIVE, amount, 3, 2, passive=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_last_state_of_each_offer_and_pool_counts(version: int) -> None:
    # given two operations that touch offer 1 twice, remove offer 2, move a pool, and much that is not a market
    operations = [
        [state(offer(1, 50)), updated(offer(1, 40)), state(offer(2, 9)), removed(key(OfferKey(STRANGER, 2)))],
        [
            *unused_kinds(),
            state(offer(1, 40)),
            updated(offer(1, 30)),
            state(pool(10, 20)),
            updated(pool(12, 18)),
            created(offer(3, 5)),
        ],
    ]
    before = [state(account(STRANGER, 5)), updated(account(STRANGER, 5, extended=False))]
    # when the meta is read
    changes = market_changes(meta(version, operations, before))
    # then one change is left per venue, with the pair of what is gone
    assert set(changes) == {
        OfferChanged(plain_offer(1, 30)),
        OfferRemoved(2, USDC, NATIVE),
        OfferChanged(plain_offer(3, 5)),
        PoolChanged(Pool(POOL_ID, NATIVE, LONG, 12, 18, 9, 30)),
    }
    assert len(changes) == 4


def test_what_came_and_went_within_a_transaction_is_no_change() -> None:
    came_and_went = [[created(offer(1, 5))], [state(offer(1, 5)), removed(key(OfferKey(STRANGER, 1)))]]
    assert market_changes(meta(4, came_and_went)) == []


def test_a_pool_that_is_gone_names_its_pair() -> None:
    gone = [[state(pool(1, 1)), removed(key(PoolKey(POOL_ID)))]]
    assert market_changes(meta(4, gone)) == [PoolRemoved(POOL_ID, NATIVE, LONG)]


@pytest.mark.parametrize("version", VERSIONS)
def test_balance_changes_sum_all_moves_and_the_fee(version: int) -> None:
    # given a transaction that moves XLM and USDC of ours in two steps, and balances of others
    operations = [
        [
            state(account(OWN, 1000)),
            updated(account(OWN, 900)),
            state(account(STRANGER, 7)),
            updated(account(STRANGER, 107)),
            created(trustline(OWN, LONG, 0, extended=False)),
        ],
        [
            state(account(OWN, 900)),
            updated(account(OWN, 950)),
            state(trustline(OWN, USDC, 10)),
            updated(trustline(OWN, USDC, 25)),
            state(trustline(OWN, POOL_ID, 1)),
            updated(trustline(OWN, POOL_ID, 2)),
        ],
    ]
    # when another account, not ours, pays the fee
    changes = balance_changes(meta(version, operations), own={OWN}, fee_source=STRANGER, fee_charged=100)
    # then
    assert changes == [BalanceDelta(OWN, NATIVE, -50), BalanceDelta(OWN, USDC, 15)]
    # and when we pay it
    changes = balance_changes(meta(version, operations), own={OWN}, fee_source=OWN, fee_charged=100)
    assert changes == [BalanceDelta(OWN, NATIVE, -150), BalanceDelta(OWN, USDC, 15)]


def test_a_failed_transaction_costs_its_fee_and_nothing_else() -> None:
    bumped = [state(account(OWN, 900)), updated(account(OWN, 900))]
    changes = balance_changes(meta(4, [], bumped), own={OWN}, fee_source=OWN, fee_charged=100)
    assert changes == [BalanceDelta(OWN, NATIVE, -100)]


def test_a_refund_is_in_fee_charged_and_not_counted_again() -> None:
    refund = [state(account(OWN, 900)), updated(account(OWN, 940))]
    changes = balance_changes(meta(3, [[]], after=refund), own={OWN}, fee_source=OWN, fee_charged=60)
    assert changes == [BalanceDelta(OWN, NATIVE, -60)]


def test_created_and_merged_accounts_count_whole() -> None:
    born = [[created(account(OWN, 500))]]
    assert balance_changes(meta(4, born), own={OWN}, fee_source=STRANGER, fee_charged=1) == [
        BalanceDelta(OWN, NATIVE, 500)
    ]
    merged = [[state(account(OWN, 500)), removed(key(AccountKey(OWN)))]]
    assert balance_changes(meta(4, merged), own={OWN}, fee_source=OWN, fee_charged=1) == [
        BalanceDelta(OWN, NATIVE, -501)
    ]


@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=8), st.integers(0, 10**6))
def test_deltas_sum_to_the_difference_of_balances(balances: list[int], fee: int) -> None:
    # given an account that goes through any balances in as many operations
    steps = [[state(account(OWN, old)), updated(account(OWN, new))] for old, new in itertools.pairwise(balances)]
    changes = balance_changes(meta(4, steps), own={OWN}, fee_source=OWN, fee_charged=fee)
    assert sum(change.delta for change in changes) == balances[-1] - balances[0] - fee


def test_entries_answered_by_rpc_are_read_whole() -> None:
    assert decode_entry(account(OWN, 900).data.to_xdr()) == AccountState(OWN, 900, 400, 4, 3, 2, 11, 22)
    assert decode_entry(account(OWN, 900, extended=False).data.to_xdr()) == AccountState(OWN, 900, 400, 4, 0, 0, 0, 0)
    line = decode_entry(trustline(OWN, USDC, 10).data.to_xdr())
    assert line == TrustlineState(OWN, USDC, 10, 1000, True, 5, 6)
    assert line.room == 985
    assert decode_entry(offer(4, 8).data.to_xdr()) == plain_offer(4, 8)
    with pytest.raises(Malformed, match="neither"):
        decode_entry(unused_kinds()[0].created.data.to_xdr())  # type: ignore[union-attr]


def test_an_account_may_spend_what_reserves_and_offers_leave() -> None:
    held = AccountState(OWN, 100_000_000, 1, 4, 3, 2, 0, 20_000_000)
    assert held.available(5_000_000) == 100_000_000 - (2 + 4 + 3 - 2) * 5_000_000 - 20_000_000
    assert held.available(50_000_000) == 0


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (AccountKey(OWN), xdr.LedgerKeyAccount(account_id(OWN))),
        (OfferKey(OWN, 5), xdr.LedgerKeyOffer(account_id(OWN), xdr.Int64(5))),
        (PoolKey(POOL_ID), xdr.LedgerKeyLiquidityPool(xdr.PoolID(xdr.Hash(bytes.fromhex(POOL_ID))))),
        (
            TrustlineKey(OWN, LONG),
            xdr.LedgerKeyTrustLine(account_id(OWN), xdr.TrustLineAsset.from_xdr_bytes(LONG.to_xdr())),
        ),
    ],
)
def test_keys_are_the_sdks(built: AccountKey | TrustlineKey | OfferKey | PoolKey, expected: object) -> None:
    parsed = key(built)
    arms = [parsed.account, parsed.offer, parsed.liquidity_pool, parsed.trust_line]
    assert [arm for arm in arms if arm is not None] == [expected]


@pytest.mark.parametrize("version", VERSIONS)
def test_meta_that_was_cut_is_malformed(version: int) -> None:
    whole = xdr.TransactionMeta.from_xdr(meta(version, [[state(offer(1, 50)), updated(offer(1, 40))]])).to_xdr_bytes()
    for length in range(0, len(whole) - (20 if version == 4 else 8), 4):
        with pytest.raises(Malformed):
            list(entry_changes(whole[:length]))


def test_an_unknown_version_is_malformed() -> None:
    with pytest.raises(Malformed, match="version 9"):
        list(entry_changes(b"\0\0\0\x09"))
