"""Set options, account merge, bump sequence and manage data: every result code."""

import pytest
from stellar_sdk import (
    AccountMerge,
    AuthorizationFlag,
    BumpSequence,
    ChangeTrust,
    CreateAccount,
    ManageData,
    Operation,
    Payment,
    SetOptions,
    SignedPayloadSigner,
    Signer,
    SignerKey,
    xdr,
)
from stellar_sdk import Asset as SdkAsset
from support.network import Network, address, credit, keypair, op_codes

USD = credit("USD")


@pytest.fixture
def network() -> Network:
    network = Network()
    network.fund("alice", "bob", "issuer")
    return network


def signer(name: str, weight: int = 1) -> Signer:
    return Signer.ed25519_public_key(address(name), weight)


def test_options_are_kept(network: Network) -> None:
    codes = network.run(
        "alice",
        SetOptions(
            inflation_dest=address("bob"),
            set_flags=AuthorizationFlag.AUTHORIZATION_REQUIRED | AuthorizationFlag.AUTHORIZATION_REVOCABLE,
            master_weight=10,
            low_threshold=1,
            med_threshold=2,
            high_threshold=3,
            home_domain="example.org",
            signer=signer("bob", 5),
        ),
    )
    assert codes == ["SET_OPTIONS_SUCCESS"]
    alice = network.account("alice")
    assert (alice.flags, alice.thresholds, alice.home_domain) == (3, bytes([10, 1, 2, 3]), b"example.org")
    assert (alice.inflation_dest, alice.num_sub_entries) == (address("bob"), 1)
    assert [each.weight for each in alice.signers] == [5]
    network.run("alice", SetOptions(clear_flags=AuthorizationFlag.AUTHORIZATION_REQUIRED))
    assert network.account("alice").flags == 2


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (SetOptions(set_flags=AuthorizationFlag(16)), "SET_OPTIONS_UNKNOWN_FLAG"),
        (SetOptions(clear_flags=AuthorizationFlag(32)), "SET_OPTIONS_UNKNOWN_FLAG"),
        (SetOptions(set_flags=AuthorizationFlag(1), clear_flags=AuthorizationFlag(1)), "SET_OPTIONS_BAD_FLAGS"),
        (SetOptions(master_weight=256), "SET_OPTIONS_THRESHOLD_OUT_OF_RANGE"),
        (SetOptions(low_threshold=256), "SET_OPTIONS_THRESHOLD_OUT_OF_RANGE"),
        (SetOptions(med_threshold=256), "SET_OPTIONS_THRESHOLD_OUT_OF_RANGE"),
        (SetOptions(high_threshold=256), "SET_OPTIONS_THRESHOLD_OUT_OF_RANGE"),
        (SetOptions(signer=signer("alice")), "SET_OPTIONS_BAD_SIGNER"),
        (SetOptions(signer=signer("bob", 256)), "SET_OPTIONS_BAD_SIGNER"),
        (SetOptions(home_domain="bad\ndomain"), "SET_OPTIONS_INVALID_HOME_DOMAIN"),
        (SetOptions(inflation_dest=address("nobody")), "SET_OPTIONS_INVALID_INFLATION"),
        (SetOptions(set_flags=AuthorizationFlag(8)), "SET_OPTIONS_AUTH_REVOCABLE_REQUIRED"),
        (SetOptions(set_flags=AuthorizationFlag(8 | 2)), "SET_OPTIONS_SUCCESS"),
    ],
)
def test_set_options_codes(network: Network, options: SetOptions, code: str) -> None:
    assert network.run("alice", options) == [code]


def test_immutable_flags_stay(network: Network) -> None:
    network.run("alice", SetOptions(set_flags=AuthorizationFlag.AUTHORIZATION_IMMUTABLE))
    assert network.run("alice", SetOptions(set_flags=AuthorizationFlag(1))) == ["SET_OPTIONS_CANT_CHANGE"]
    assert network.run("alice", SetOptions(clear_flags=AuthorizationFlag(4))) == ["SET_OPTIONS_CANT_CHANGE"]
    assert network.run("alice", AccountMerge(address("bob"))) == ["ACCOUNT_MERGE_IMMUTABLE_SET"]


def test_signers_are_added_changed_sorted_and_removed(network: Network) -> None:
    names = ["bob", "carol", "dave"]
    network.run("alice", *[SetOptions(signer=signer(name)) for name in names])
    alice = network.account("alice")
    assert [each.key for each in alice.signers] == sorted(each.key for each in alice.signers)
    assert alice.num_sub_entries == 3
    network.run("alice", SetOptions(signer=signer("carol", 9)))
    assert sorted(each.weight for each in network.account("alice").signers) == [1, 1, 9]
    network.run("alice", SetOptions(signer=signer("carol", 0)), SetOptions(signer=signer("nobody", 0)))
    assert network.account("alice").num_sub_entries == 2


def test_an_account_has_at_most_twenty_signers(network: Network) -> None:
    network.run("alice", *[SetOptions(signer=signer(f"friend {index}")) for index in range(20)])
    assert network.run("alice", SetOptions(signer=signer("one more"))) == ["SET_OPTIONS_TOO_MANY_SIGNERS"]


def test_a_signer_costs_a_reserve(network: Network) -> None:
    network.run("alice", CreateAccount(address("poor"), "1.4"))
    assert network.run("poor", SetOptions(signer=signer("bob"))) == ["SET_OPTIONS_LOW_RESERVE"]


def test_who_signs_is_a_matter_of_the_high_threshold(network: Network) -> None:
    network.run("alice", SetOptions(med_threshold=1, high_threshold=2))
    assert network.run("alice", SetOptions(home_domain="x")) == ["SET_OPTIONS_SUCCESS"]
    for options in (SetOptions(master_weight=2), SetOptions(low_threshold=0), SetOptions(signer=signer("bob"))):
        assert network.run("alice", options) == ["opBAD_AUTH"]


def test_an_empty_signed_payload_signs_nothing(network: Network) -> None:
    # given an envelope in which a payload of four bytes was cut to none
    key = SignerKey.ed25519_signed_payload(SignedPayloadSigner(address("bob"), b"cut!"))
    envelope = network.frame("alice", SetOptions(signer=Signer(key, 1)), signers=[]).envelope_xdr
    cut = network.ledger.parse(envelope.replace(b"\x00\x00\x00\x04cut!", b"\x00\x00\x00\x00"))
    envelope_v1 = cut.envelope.v1
    assert envelope_v1 is not None
    envelope_v1.signatures.append(keypair("alice").sign_decorated(cut.hash).to_xdr_object())
    # then it is refused
    result = network.check(network.ledger.parse(cut.envelope.to_xdr_bytes()))
    assert op_codes(result.to_xdr()) == ["SET_OPTIONS_BAD_SIGNER"]


def test_a_merge_moves_everything_and_removes_the_account(network: Network) -> None:
    alice, bob = network.account("alice").balance, network.account("bob").balance
    applied = network.apply(network.frame("alice", AccountMerge(address("bob"))))
    merged = xdr.AccountMergeResult(xdr.AccountMergeResultCode.ACCOUNT_MERGE_SUCCESS, xdr.Int64(alice - 100))
    assert applied.result.endswith(merged.to_xdr_bytes() + bytes(4))
    assert network.account("bob").balance == bob + alice - 100
    assert network.ledger.root.account(address("alice")) is None
    assert network.coins_add_up()


def test_merge_codes(network: Network) -> None:
    assert network.run("alice", AccountMerge(address("alice"))) == ["ACCOUNT_MERGE_MALFORMED"]
    assert network.run("alice", AccountMerge(address("nobody"))) == ["ACCOUNT_MERGE_NO_ACCOUNT"]
    network.run("alice", ChangeTrust(USD, "1"))
    assert network.run("alice", AccountMerge(address("bob"))) == ["ACCOUNT_MERGE_HAS_SUB_ENTRIES"]
    network.run("alice", ChangeTrust(USD, "0"), BumpSequence((network.ledger.last.seq + 3) << 32))
    assert network.run("alice", AccountMerge(address("bob"))) == ["ACCOUNT_MERGE_SEQNUM_TOO_FAR"]


def test_signers_do_not_stand_against_a_merge(network: Network) -> None:
    network.run("alice", SetOptions(signer=signer("bob")))
    assert network.run("alice", AccountMerge(address("bob"))) == ["ACCOUNT_MERGE_SUCCESS"]


def test_an_operation_after_the_merge_of_its_source_fails(network: Network) -> None:
    pay = Payment(address("bob"), SdkAsset.native(), "1")
    assert network.run("alice", AccountMerge(address("bob")), pay) == ["ACCOUNT_MERGE_SUCCESS", "opNO_ACCOUNT"]
    assert network.ledger.root.account(address("alice")) is not None


def test_a_sequence_number_is_raised_never_lowered(network: Network) -> None:
    seq = network.account("alice").seq_num
    assert network.run("alice", BumpSequence(seq + 100)) == ["BUMP_SEQUENCE_SUCCESS"]
    assert network.account("alice").seq_num == seq + 100
    assert network.run("alice", BumpSequence(5)) == ["BUMP_SEQUENCE_SUCCESS"]
    assert network.account("alice").seq_num == seq + 101


def test_a_negative_sequence_number(network: Network) -> None:
    operation = BumpSequence(1)
    operation.bump_to = -1  # set past the SDK's own check
    assert network.run("alice", operation) == ["BUMP_SEQUENCE_BAD_SEQ"]


def test_data_is_created_changed_and_removed(network: Network) -> None:
    assert network.run("alice", ManageData("name", "one")) == ["MANAGE_DATA_SUCCESS"]
    assert network.run("alice", ManageData("name", "two")) == ["MANAGE_DATA_SUCCESS"]
    assert [(each.name, each.value) for each in network.ledger.root.data_of(address("alice"))] == [(b"name", b"two")]
    assert network.account("alice").num_sub_entries == 1
    assert network.run("alice", ManageData("name", None)) == ["MANAGE_DATA_SUCCESS"]
    assert network.account("alice").num_sub_entries == 0


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (ManageData("nothing", None), "MANAGE_DATA_NAME_NOT_FOUND"),
        (ManageData("", "x"), "MANAGE_DATA_INVALID_NAME"),
        (ManageData("bad\x00name", "x"), "MANAGE_DATA_INVALID_NAME"),
    ],
)
def test_manage_data_codes(network: Network, operation: Operation, code: str) -> None:
    assert network.run("alice", operation) == [code]


def test_data_costs_a_reserve(network: Network) -> None:
    network.run("alice", CreateAccount(address("poor"), "1.4"))
    assert network.run("poor", ManageData("name", "x")) == ["MANAGE_DATA_LOW_RESERVE"]
