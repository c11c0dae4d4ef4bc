"""The further ways to sign: hash preimages, transactions authorised in advance, signed payloads."""

from hashlib import sha256

import pytest
from stellar_sdk import Asset as SdkAsset
from stellar_sdk import Payment, SetOptions, SignedPayloadSigner, Signer, SignerKey
from stellar_sdk.decorated_signature import DecoratedSignature
from support.network import Network, address, keypair

from arb.localnet.ledger.entries import Signer as LedgerSigner
from arb.localnet.transactions.signatures import SignatureChecker, ed25519_signer, verify

PREIMAGE = b"the secret that unlocks the account"


@pytest.fixture
def network() -> Network:
    network = Network()
    network.fund("alice", "bob")
    return network


def pay() -> Payment:
    return Payment(address("bob"), SdkAsset.native(), "1")


def test_a_hash_preimage_signs_for_whoever_knows_it(network: Network) -> None:
    network.run("alice", SetOptions(signer=Signer.sha256_hash(sha256(PREIMAGE).digest(), 1)))
    envelope = network.builder("alice").append_operation(pay()).build()
    envelope.sign_hashx(b"another secret")
    assert network.check(network.parse(envelope)).code.name == "txBAD_AUTH"
    envelope.signatures.clear()
    envelope.sign_hashx(PREIMAGE)
    assert network.apply(network.parse(envelope)).successful


def test_a_transaction_authorised_in_advance_needs_no_signature_and_works_once(network: Network) -> None:
    # given a transaction for the sequence number after next, whose hash Alice makes a signer
    seq = network.account("alice").seq_num
    later = network.frame("alice", pay(), seq=seq + 2, signers=[])
    network.run("alice", SetOptions(signer=Signer.pre_auth_tx(later.hash, 1)))
    assert network.account("alice").num_sub_entries == 1
    # when it is sent without a signature
    applied = network.apply(later)
    # then it succeeds, and the signer is gone
    assert applied.successful
    assert network.account("alice").signers == ()
    assert network.account("alice").num_sub_entries == 0


def test_an_authorisation_in_advance_is_used_up_by_a_failure_too(network: Network) -> None:
    seq = network.account("alice").seq_num
    too_much = Payment(address("bob"), SdkAsset.native(), "100000")
    later = network.frame("alice", too_much, seq=seq + 2, signers=[])
    network.run("alice", SetOptions(signer=Signer.pre_auth_tx(later.hash, 1)))
    assert not network.apply(later).successful
    assert network.account("alice").signers == ()


def test_a_signed_payload_signs_for_its_key_and_payload(network: Network) -> None:
    # given Bob's signature over a payload as a signer of Alice
    payload = b"ok"
    signer = SignerKey.ed25519_signed_payload(SignedPayloadSigner(address("bob"), payload))
    network.run("alice", SetOptions(signer=Signer(signer, 1)))
    # when Bob signs that payload
    envelope = network.builder("alice").append_operation(pay()).build()
    hint = bytes(a ^ b for a, b in zip(keypair("bob").signature_hint(), payload.ljust(4, b"\x00"), strict=True))
    envelope.signatures.append(DecoratedSignature(hint, keypair("bob").sign(payload)))
    # then Alice's transaction is authorised
    assert network.apply(network.parse(envelope)).successful


def test_weights_add_up_but_no_signer_counts_twice() -> None:
    # given two signatures of the same key
    tx_hash = sha256(b"tx").digest()
    decorated = keypair("alice").sign_decorated(tx_hash).to_xdr_object()
    checker = SignatureChecker(tx_hash, [decorated, decorated])
    alice = LedgerSigner(ed25519_signer(address("alice")), 1)
    # then its weight counts once
    assert checker.check([alice], 1)
    assert not checker.check([alice], 2)


def test_a_hint_of_another_key_or_a_wrong_signature_does_not_sign() -> None:
    tx_hash = sha256(b"tx").digest()
    alice = [LedgerSigner(ed25519_signer(address("alice")), 1)]
    good = keypair("alice").sign(tx_hash)
    wrong_hint = DecoratedSignature(b"\x00\x00\x00\x00", good).to_xdr_object()
    wrong_signature = DecoratedSignature(keypair("alice").signature_hint(), good[:-1] + b"\x00").to_xdr_object()
    assert not SignatureChecker(tx_hash, [wrong_hint]).check(alice, 1)
    assert not SignatureChecker(tx_hash, [wrong_signature]).check(alice, 1)
    assert not verify(keypair("alice").raw_public_key(), tx_hash, b"short")


def test_a_threshold_of_zero_still_asks_for_a_signature() -> None:
    tx_hash = sha256(b"tx").digest()
    alice = [LedgerSigner(ed25519_signer(address("alice")), 1)]
    assert not SignatureChecker(tx_hash, []).check(alice, 0)
    assert SignatureChecker(tx_hash, [keypair("alice").sign_decorated(tx_hash).to_xdr_object()]).check(alice, 0)
