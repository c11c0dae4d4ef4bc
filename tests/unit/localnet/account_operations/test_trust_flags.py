"""What issuers allow: allow trust and set trust line flags, and what a revocation takes along."""

import pytest
from stellar_sdk import (
    AllowTrust,
    AuthorizationFlag,
    ChangeTrust,
    LiquidityPoolAsset,
    LiquidityPoolDeposit,
    ManageSellOffer,
    Payment,
    SetOptions,
    SetTrustLineFlags,
    TrustLineEntryFlag,
    TrustLineFlags,
)
from stellar_sdk import Asset as SdkAsset
from support.network import Network, address, credit

USD, XLM = credit("USD"), SdkAsset.native()
AUTH, MAINTAIN = TrustLineFlags.AUTHORIZED_FLAG, TrustLineFlags.AUTHORIZED_TO_MAINTAIN_LIABILITIES_FLAG
REQUIRED, REVOCABLE = 1, 2


pytestmark = pytest.mark.filterwarnings("ignore:Use `stellar_sdk.operation.set_trust_line_flags")


@pytest.fixture
def network() -> Network:
    """Alice trusts the issuer, who asks for authorization and may not revoke it."""
    network = Network()
    network.fund("alice", "bob", "issuer")
    network.run("issuer", SetOptions(set_flags=AuthorizationFlag(REQUIRED)))
    network.run("alice", ChangeTrust(USD, "1000"))
    return network


def allow(level: TrustLineEntryFlag, trustor: str = "alice") -> AllowTrust:
    return AllowTrust(address(trustor), "USD", level)


def set_flags(
    set_: TrustLineFlags | None = None, clear: TrustLineFlags | None = None, trustor: str = "alice"
) -> SetTrustLineFlags:
    return SetTrustLineFlags(address(trustor), USD, clear_flags=clear, set_flags=set_)


def test_authorization_is_given_and_only_a_revocable_issuer_takes_it(network: Network) -> None:
    assert network.line("alice", USD).flags == 0
    assert network.run("issuer", allow(TrustLineEntryFlag.AUTHORIZED_FLAG)) == ["ALLOW_TRUST_SUCCESS"]
    assert network.line("alice", USD).flags == 1
    maintain = allow(TrustLineEntryFlag.AUTHORIZED_TO_MAINTAIN_LIABILITIES_FLAG)
    revoke = allow(TrustLineEntryFlag.UNAUTHORIZED_FLAG)
    assert network.run("issuer", maintain) == ["ALLOW_TRUST_CANT_REVOKE"]
    assert network.run("issuer", revoke) == ["ALLOW_TRUST_CANT_REVOKE"]
    network.run("issuer", SetOptions(set_flags=AuthorizationFlag(REVOCABLE)))
    assert network.run("issuer", maintain) == ["ALLOW_TRUST_SUCCESS"]
    assert network.line("alice", USD).flags == 2
    assert network.run("issuer", revoke) == ["ALLOW_TRUST_SUCCESS"]
    assert network.line("alice", USD).flags == 0


def test_allow_trust_names_a_holder_of_its_own_asset(network: Network) -> None:
    authorized = TrustLineEntryFlag.AUTHORIZED_FLAG
    assert network.run("issuer", allow(authorized, "bob")) == ["ALLOW_TRUST_NO_TRUST_LINE"]
    assert network.run("issuer", allow(authorized, "issuer")) == ["ALLOW_TRUST_MALFORMED"]


def test_flags_are_set_and_only_a_revocable_issuer_clears_them(network: Network) -> None:
    assert network.run("issuer", set_flags(AUTH)) == ["SET_TRUST_LINE_FLAGS_SUCCESS"]
    assert network.run("issuer", set_flags(clear=AUTH)) == ["SET_TRUST_LINE_FLAGS_CANT_REVOKE"]
    assert network.run("issuer", set_flags(MAINTAIN)) == ["SET_TRUST_LINE_FLAGS_INVALID_STATE"]
    assert network.run("issuer", set_flags(MAINTAIN, AUTH)) == ["SET_TRUST_LINE_FLAGS_CANT_REVOKE"]
    network.run("issuer", SetOptions(set_flags=AuthorizationFlag(REVOCABLE)))
    assert network.run("issuer", set_flags(MAINTAIN, AUTH)) == ["SET_TRUST_LINE_FLAGS_SUCCESS"]
    assert network.line("alice", USD).flags == 2


def test_malformed_flags(network: Network) -> None:
    malformed = ["SET_TRUST_LINE_FLAGS_MALFORMED"]
    assert network.run("issuer", set_flags(AUTH, trustor="issuer")) == malformed
    assert network.run("issuer", set_flags(AUTH, AUTH)) == malformed
    assert network.run("issuer", set_flags(AUTH | MAINTAIN)) == malformed
    assert network.run("issuer", set_flags(TrustLineFlags.TRUSTLINE_CLAWBACK_ENABLED_FLAG)) == malformed
    assert network.run("alice", set_flags(AUTH, trustor="bob")) == malformed
    assert network.run("issuer", set_flags(AUTH, trustor="bob")) == ["SET_TRUST_LINE_FLAGS_NO_TRUST_LINE"]


@pytest.fixture
def trading(network: Network) -> Network:
    """Alice, authorized by an issuer that may revoke, holds USD and offers some of it."""
    network.run("issuer", SetOptions(set_flags=AuthorizationFlag(REVOCABLE)), allow(TrustLineEntryFlag.AUTHORIZED_FLAG))
    network.run("issuer", Payment(address("alice"), USD, "500"))
    codes = network.run("alice", ManageSellOffer(USD, XLM, "100", "2"), ManageSellOffer(XLM, USD, "10", "1"))
    assert codes == ["MANAGE_SELL_OFFER_SUCCESS"] * 2
    return network


def test_maintaining_liabilities_keeps_the_offers(trading: Network) -> None:
    trading.run("issuer", set_flags(MAINTAIN, AUTH))
    assert len(list(trading.ledger.root.offers_of(address("alice")))) == 2
    assert trading.run("alice", Payment(address("issuer"), USD, "1")) == ["PAYMENT_SRC_NOT_AUTHORIZED"]


def test_a_revocation_takes_the_offers_and_frees_what_they_held(trading: Network) -> None:
    assert trading.account("alice").num_sub_entries == 3
    trading.run("issuer", set_flags(clear=AUTH))
    assert list(trading.ledger.root.offers_of(address("alice"))) == []
    line, alice = trading.line("alice", USD), trading.account("alice")
    assert (line.buying_liabilities, line.selling_liabilities, line.balance) == (0, 0, 5_000_000_000)
    assert (alice.buying_liabilities, alice.selling_liabilities, alice.num_sub_entries) == (0, 0, 1)


def test_a_revocation_takes_empty_pool_shares_and_refuses_full_ones(trading: Network) -> None:
    # given Alice in a pool of native and USD without shares: they go with the authorization
    shares = LiquidityPoolAsset(XLM, USD)
    trading.run("alice", ChangeTrust(shares, "1000"))
    assert trading.run("issuer", set_flags(clear=AUTH)) == ["SET_TRUST_LINE_FLAGS_SUCCESS"]
    assert trading.account("alice").num_sub_entries == 1
    assert trading.ledger.root.pool(shares.liquidity_pool_id) is None
    # and with shares: core makes claimable balances of them, which this network does not model
    trading.run("issuer", set_flags(AUTH))
    trading.run("alice", ChangeTrust(shares, "1000"))
    deposit = LiquidityPoolDeposit(shares.liquidity_pool_id, "10", "10", "0.1", "10")
    assert trading.run("alice", deposit) == ["LIQUIDITY_POOL_DEPOSIT_SUCCESS"]
    assert trading.run("issuer", set_flags(clear=AUTH)) == ["opNOT_SUPPORTED"]
    assert trading.line("alice", USD).flags == 1
