"""Trustlines for assets and pool shares: every result code, the reserves, and the life of a pool."""

import pytest
from stellar_sdk import (
    AccountMerge,
    AuthorizationFlag,
    ChangeTrust,
    CreateAccount,
    LiquidityPoolAsset,
    ManageSellOffer,
    Payment,
    SetOptions,
)
from stellar_sdk import Asset as SdkAsset
from support.network import Network, address, credit

from arb.localnet.ledger.assets import PoolShare, pool_id_of
from arb.localnet.ledger.entries import PoolEntry, TrustLine
from arb.markets.asset import Asset

EUR, USD = credit("EUR"), credit("USD")
SHARES = LiquidityPoolAsset(EUR, USD)
POOL = pool_id_of(Asset("EUR", address("issuer")), Asset("USD", address("issuer")))


@pytest.fixture
def network() -> Network:
    network = Network()
    network.fund("alice", "bob", "issuer")
    return network


def shares(network: Network, name: str) -> TrustLine | None:
    return network.ledger.root.trustline(address(name), PoolShare(POOL))


def pool(network: Network) -> PoolEntry | None:
    return network.ledger.root.pool(POOL)


def test_the_pool_id_is_the_one_stellar_sdk_computes() -> None:
    assert SHARES.liquidity_pool_id == POOL


def test_a_line_is_opened_changed_and_closed(network: Network) -> None:
    assert network.run("alice", ChangeTrust(USD, "10")) == ["CHANGE_TRUST_SUCCESS"]
    assert (network.line("alice", USD).limit, network.account("alice").num_sub_entries) == (100_000_000, 1)
    assert network.run("alice", ChangeTrust(USD, "20")) == ["CHANGE_TRUST_SUCCESS"]
    assert (network.line("alice", USD).limit, network.account("alice").num_sub_entries) == (200_000_000, 1)
    assert network.run("alice", ChangeTrust(USD, "0")) == ["CHANGE_TRUST_SUCCESS"]
    assert network.account("alice").num_sub_entries == 0
    assert list(network.ledger.root.trustlines_of(address("alice"))) == []


def test_malformed_lines(network: Network) -> None:
    assert network.run("alice", ChangeTrust(SdkAsset.native(), "1")) == ["CHANGE_TRUST_MALFORMED"]
    assert network.run("issuer", ChangeTrust(USD, "1")) == ["CHANGE_TRUST_MALFORMED"]
    backwards = LiquidityPoolAsset(EUR, USD)
    backwards.asset_a, backwards.asset_b = USD, EUR
    assert network.run("alice", ChangeTrust(backwards, "1")) == ["CHANGE_TRUST_MALFORMED"]
    other_fee = LiquidityPoolAsset(EUR, USD)
    other_fee.fee = 10
    assert network.run("alice", ChangeTrust(other_fee, "1")) == ["CHANGE_TRUST_MALFORMED"]


def test_an_asset_needs_its_issuer(network: Network) -> None:
    assert network.run("alice", ChangeTrust(credit("USD", "nobody"), "1")) == ["CHANGE_TRUST_NO_ISSUER"]
    # and a limit is changed only while the issuer is there
    network.run("alice", ChangeTrust(USD, "1"))
    network.run("issuer", AccountMerge(address("bob")))
    assert network.run("alice", ChangeTrust(USD, "2")) == ["CHANGE_TRUST_NO_ISSUER"]
    assert network.run("alice", ChangeTrust(USD, "0")) == ["CHANGE_TRUST_SUCCESS"]


def test_the_limit_covers_balance_and_what_offers_may_buy(network: Network) -> None:
    assert network.run("alice", ChangeTrust(USD, "0")) == ["CHANGE_TRUST_INVALID_LIMIT"]
    network.run("alice", ChangeTrust(USD, "100"))
    network.run("issuer", Payment(address("alice"), USD, "10"))
    assert network.run("alice", ChangeTrust(USD, "9.9999999")) == ["CHANGE_TRUST_INVALID_LIMIT"]
    assert network.run("alice", ManageSellOffer(SdkAsset.native(), USD, "5", "2")) == ["MANAGE_SELL_OFFER_SUCCESS"]
    assert network.run("alice", ChangeTrust(USD, "19.9999999")) == ["CHANGE_TRUST_INVALID_LIMIT"]
    assert network.run("alice", ChangeTrust(USD, "20")) == ["CHANGE_TRUST_SUCCESS"]


def test_a_line_costs_a_reserve_and_pool_shares_two(network: Network) -> None:
    # given an account with one reserve to spare after the fees of the trustlines to come
    network.run("alice", CreateAccount(address("poor"), "1.5001"))
    assert network.run("poor", ChangeTrust(USD, "1")) == ["CHANGE_TRUST_SUCCESS"]
    assert network.run("poor", ChangeTrust(EUR, "1")) == ["CHANGE_TRUST_LOW_RESERVE"]
    network.run("alice", Payment(address("poor"), SdkAsset.native(), "1.4"))
    assert network.run("poor", ChangeTrust(EUR, "1")) == ["CHANGE_TRUST_SUCCESS"]
    assert network.run("poor", ChangeTrust(SHARES, "1")) == ["CHANGE_TRUST_LOW_RESERVE"]
    network.run("alice", Payment(address("poor"), SdkAsset.native(), "0.2"))
    assert network.run("poor", ChangeTrust(SHARES, "1")) == ["CHANGE_TRUST_SUCCESS"]
    assert network.account("poor").num_sub_entries == 4


def test_an_account_has_at_most_a_thousand_subentries(network: Network) -> None:
    # given 1,000 trustlines, opened a hundred at a time
    for batch in range(10):
        lines = [ChangeTrust(credit(f"A{batch * 100 + index:04d}"), "1") for index in range(100)]
        assert set(network.run("alice", *lines)) == {"CHANGE_TRUST_SUCCESS"}
    assert network.run("alice", ChangeTrust(USD, "1")) == ["opTOO_MANY_SUBENTRIES"]


def test_pool_shares_need_usable_lines_of_both_assets(network: Network) -> None:
    network.run("alice", ChangeTrust(EUR, "1"))
    assert network.run("alice", ChangeTrust(SHARES, "1")) == ["CHANGE_TRUST_TRUST_LINE_MISSING"]
    network.run("issuer", SetOptions(set_flags=AuthorizationFlag(1)))
    network.run("alice", ChangeTrust(USD, "1"))
    assert network.run("alice", ChangeTrust(SHARES, "1")) == ["CHANGE_TRUST_NOT_AUTH_MAINTAIN_LIABILITIES"]
    # and nothing of the attempts stayed
    assert pool(network) is None
    assert network.line("alice", EUR).pool_use_count == 0


def test_a_pool_lives_from_its_first_trustline_to_its_last(network: Network) -> None:
    # given two accounts that trust both assets
    for name in ("alice", "bob"):
        network.run(name, ChangeTrust(EUR, "1"), ChangeTrust(USD, "1"))
    assert pool(network) is None
    # when both trust the shares, the first one brings the pool into being
    assert network.run("alice", ChangeTrust(SHARES, "5")) == ["CHANGE_TRUST_SUCCESS"]
    assert network.run("bob", ChangeTrust(SHARES, "5")) == ["CHANGE_TRUST_SUCCESS"]
    entry = pool(network)
    assert entry is not None
    assert (entry.trustline_count, entry.reserve_a, entry.reserve_b, entry.total_shares) == (2, 0, 0, 0)
    line = shares(network, "alice")
    assert line is not None
    assert (line.limit, line.balance) == (50_000_000, 0)
    # then the asset lines cannot go while the shares are there
    assert network.run("alice", ChangeTrust(USD, "0")) == ["CHANGE_TRUST_CANNOT_DELETE"]
    # and the pool goes with the last trustline
    assert network.run("alice", ChangeTrust(SHARES, "0")) == ["CHANGE_TRUST_SUCCESS"]
    assert pool(network) is not None
    assert network.run("alice", ChangeTrust(USD, "0"), ChangeTrust(EUR, "0")) == ["CHANGE_TRUST_SUCCESS"] * 2
    assert network.account("alice").num_sub_entries == 0
    assert network.run("bob", ChangeTrust(SHARES, "0")) == ["CHANGE_TRUST_SUCCESS"]
    assert pool(network) is None


def test_the_issuer_needs_no_line_of_its_own_asset_in_a_pool_with_native(network: Network) -> None:
    mine = LiquidityPoolAsset(SdkAsset.native(), USD)
    assert network.run("issuer", ChangeTrust(mine, "5")) == ["CHANGE_TRUST_SUCCESS"]
    assert network.account("issuer").num_sub_entries == 2


def test_a_new_line_takes_its_flags_from_the_issuer(network: Network) -> None:
    network.run("issuer", SetOptions(set_flags=AuthorizationFlag(2 | 8)))
    network.run("alice", ChangeTrust(USD, "1"))
    assert network.line("alice", USD).flags == 1 | 4
    network.run("issuer", SetOptions(set_flags=AuthorizationFlag(1)))
    network.run("bob", ChangeTrust(USD, "1"))
    assert network.line("bob", USD).flags == 4
