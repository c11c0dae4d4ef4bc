"""Creating accounts and paying: every result code, and the order in which core looks for them."""

import pytest
from stellar_sdk import AccountMerge, AuthorizationFlag, ChangeTrust, CreateAccount, Payment, SetOptions, TrustLineFlags
from stellar_sdk import Asset as SdkAsset
from stellar_sdk import SetTrustLineFlags as SetFlags
from support.network import Network, address, credit

XLM, USD = SdkAsset.native(), credit("USD")


@pytest.fixture
def network() -> Network:
    """Alice and Bob trust the issuer's USD up to 100 and hold 50 each."""
    network = Network()
    network.fund("alice", "bob", "issuer")
    for name in ("alice", "bob"):
        network.run(name, ChangeTrust(USD, "100"))
        network.run("issuer", Payment(address(name), USD, "50"))
    return network


@pytest.mark.parametrize(
    ("to", "balance", "code"),
    [
        ("carol", "5", "CREATE_ACCOUNT_SUCCESS"),
        ("carol", "1", "CREATE_ACCOUNT_SUCCESS"),
        ("alice", "5", "CREATE_ACCOUNT_MALFORMED"),
        ("bob", "5", "CREATE_ACCOUNT_ALREADY_EXIST"),
        ("carol", "0.9999999", "CREATE_ACCOUNT_LOW_RESERVE"),
        ("carol", "0", "CREATE_ACCOUNT_LOW_RESERVE"),
        ("carol", "998.5", "CREATE_ACCOUNT_UNDERFUNDED"),
    ],
)
def test_create_account(network: Network, to: str, balance: str, code: str) -> None:
    assert network.run("alice", CreateAccount(address(to), balance)) == [code]


def test_a_new_account_starts_at_the_ledgers_sequence_number(network: Network) -> None:
    network.run("alice", CreateAccount(address("carol"), "5"))
    carol = network.account("carol")
    assert (carol.seq_num, carol.balance) == (network.ledger.last.seq << 32, 50_000_000)
    assert carol.thresholds == b"\x01\x00\x00\x00"


@pytest.mark.parametrize(
    ("to", "asset", "amount", "code"),
    [
        ("bob", XLM, "5", "PAYMENT_SUCCESS"),
        ("bob", USD, "50", "PAYMENT_SUCCESS"),
        ("issuer", USD, "50", "PAYMENT_SUCCESS"),
        ("alice", XLM, "99999", "PAYMENT_SUCCESS"),
        ("alice", USD, "50", "PAYMENT_SUCCESS"),
        ("alice", USD, "51", "PAYMENT_LINE_FULL"),
        ("bob", XLM, "0", "PAYMENT_MALFORMED"),
        ("bob", XLM, "998.5", "PAYMENT_UNDERFUNDED"),
        ("issuer", USD, "50.0000001", "PAYMENT_UNDERFUNDED"),
        ("bob", credit("EUR"), "1", "PAYMENT_NO_TRUST"),
        ("issuer", credit("EUR"), "1", "PAYMENT_SRC_NO_TRUST"),
        ("nobody", XLM, "1", "PAYMENT_NO_DESTINATION"),
        ("nobody", USD, "1", "PAYMENT_NO_DESTINATION"),
        ("bob", USD, "50.0000001", "PAYMENT_LINE_FULL"),
    ],
)
def test_payment(network: Network, to: str, asset: SdkAsset, amount: str, code: str) -> None:
    assert network.run("alice", Payment(address(to), asset, amount)) == [code]


def test_payment_of_an_asset_with_a_bad_code(network: Network) -> None:
    asset = credit("USD")
    asset.code = "U-D"  # set past the SDK's own check
    assert network.run("alice", Payment(address("bob"), asset, "1")) == ["PAYMENT_MALFORMED"]


def test_the_issuer_creates_what_it_pays(network: Network) -> None:
    assert network.run("issuer", Payment(address("bob"), USD, "50")) == ["PAYMENT_SUCCESS"]
    assert network.line("bob", USD).balance == 1_000_000_000
    assert network.run("issuer", Payment(address("bob"), USD, "1")) == ["PAYMENT_LINE_FULL"]


def test_assets_of_an_issuer_that_is_gone_still_move_back_and_forth(network: Network) -> None:
    # given an issuer that created an asset and merged away
    assert network.run("issuer", AccountMerge(address("bob"))) == ["ACCOUNT_MERGE_SUCCESS"]
    # then holders pay each other, and even the address of the issuer
    assert network.run("alice", Payment(address("bob"), USD, "1")) == ["PAYMENT_SUCCESS"]
    assert network.run("alice", Payment(address("issuer"), USD, "1")) == ["PAYMENT_SUCCESS"]


@pytest.mark.parametrize(
    ("revoked", "code"), [("bob", "PAYMENT_NOT_AUTHORIZED"), ("alice", "PAYMENT_SRC_NOT_AUTHORIZED")]
)
def test_both_ends_have_to_be_authorized(network: Network, revoked: str, code: str) -> None:
    network.run("issuer", SetOptions(set_flags=AuthorizationFlag(2)))
    revoke = SetFlags(address(revoked), USD, clear_flags=TrustLineFlags.AUTHORIZED_FLAG)
    assert network.run("issuer", revoke) == ["SET_TRUST_LINE_FLAGS_SUCCESS"]
    assert network.run("alice", Payment(address("bob"), USD, "1")) == [code]


def test_one_failure_undoes_the_whole_transaction_but_tells_of_every_operation(network: Network) -> None:
    # given three payments of which the second cannot work
    seq, coins = network.account("alice").seq_num, network.account("alice").balance
    codes = network.run(
        "alice",
        Payment(address("bob"), XLM, "1"),
        Payment(address("nobody"), XLM, "1"),
        Payment(address("bob"), XLM, "1"),
    )
    # then each is told, but only fee and sequence number are gone
    assert codes == ["PAYMENT_SUCCESS", "PAYMENT_NO_DESTINATION", "PAYMENT_SUCCESS"]
    assert network.account("alice").balance == coins - 300
    assert network.account("alice").seq_num == seq + 1


def test_later_operations_see_what_earlier_ones_did(network: Network) -> None:
    codes = network.run(
        "alice",
        CreateAccount(address("carol"), "10"),
        Payment(address("bob"), XLM, "9", source=address("carol")),
        signers=["alice", "carol"],
    )
    assert codes == ["CREATE_ACCOUNT_SUCCESS", "PAYMENT_SUCCESS"]
    assert network.account("carol").balance == 10_000_000
