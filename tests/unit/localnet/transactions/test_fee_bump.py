"""Fee bumps: who pays, what is refused, and how the inner result is carried."""

import pytest
from stellar_sdk import Asset as SdkAsset
from stellar_sdk import CreateAccount, FeeBumpTransactionEnvelope, Payment, TransactionBuilder, xdr
from support.network import PASSPHRASE, Network, address, keypair, op_codes

from arb.localnet.transactions.envelope import Frame

XLM = SdkAsset.native()


@pytest.fixture
def network() -> Network:
    """Alice, who can hardly pay a fee, Bob, and a sponsor."""
    network = Network()
    network.fund("bob", "sponsor")
    network.fund("alice", xlm="1.5")
    return network


def bump(
    network: Network, *, fee: int = 200, inner_fee: int = 100, amount: str = "0.1", signer: str = "sponsor"
) -> tuple[Frame, bytes]:
    """Alice pays Bob, the sponsor bids `fee` an operation (two of them); also the inner hash."""
    builder = network.builder("alice", fee=inner_fee).append_operation(Payment(address("bob"), XLM, amount))
    inner = builder.build()
    inner.sign(keypair("alice"))
    envelope: FeeBumpTransactionEnvelope = TransactionBuilder.build_fee_bump_transaction(
        keypair("sponsor").public_key, max(fee, inner_fee), inner, PASSPHRASE
    )
    envelope.transaction.fee = fee * 2
    envelope.sign(keypair(signer))
    frame = network.parse(envelope)
    assert frame.hash == envelope.hash()
    return frame, inner.hash()


def test_the_sponsor_pays_and_the_inner_transaction_runs(network: Network) -> None:
    # given what everybody has
    before = {name: network.account(name) for name in ("alice", "bob", "sponsor")}
    frame, inner_hash = bump(network)
    assert frame.inner_hash == inner_hash
    assert frame.source == address("alice")
    assert network.check(frame).ok
    # when the fee bump is applied
    applied = network.apply(frame)
    result = network.result(applied)
    # then the result carries the inner hash, the inner result, and what the sponsor paid
    assert result.result.code.name == "txFEE_BUMP_INNER_SUCCESS"
    assert result.result.inner_result_pair is not None
    assert result.result.inner_result_pair.transaction_hash.hash == inner_hash
    assert result.result.inner_result_pair.result.result.code.name == "txSUCCESS"
    assert op_codes(result) == ["PAYMENT_SUCCESS"]
    assert result.fee_charged.int64 == applied.fee_charged == 200
    # and only the sponsor paid a fee, while Alice's sequence number was used
    assert network.account("sponsor").balance == before["sponsor"].balance - 200
    assert network.account("alice").balance == before["alice"].balance - 1_000_000
    assert network.account("alice").seq_num == before["alice"].seq_num + 1
    assert network.account("sponsor").seq_num == before["sponsor"].seq_num
    assert network.coins_add_up()


def test_an_inner_transaction_may_bid_nothing(network: Network) -> None:
    frame, _ = bump(network, inner_fee=0)
    assert network.apply(frame).successful


def test_a_failing_inner_transaction_is_told_as_such(network: Network) -> None:
    frame, _ = bump(network, amount="1000")
    result = network.result(network.apply(frame))
    assert result.result.code.name == "txFEE_BUMP_INNER_FAILED"
    assert op_codes(result) == ["PAYMENT_UNDERFUNDED"]


def test_an_invalid_inner_transaction_is_refused_with_its_own_code(network: Network) -> None:
    frame, _ = bump(network)
    network.apply(frame)
    judged = network.check(frame).to_xdr()
    assert judged.result.code.name == "txFEE_BUMP_INNER_FAILED"
    assert judged.result.inner_result_pair is not None
    assert judged.result.inner_result_pair.result.result.code.name == "txBAD_SEQ"


def test_the_fee_has_to_be_enough_and_above_the_inner_bid(network: Network) -> None:
    low, _ = bump(network, fee=99)
    assert (network.check(low).code.name, network.check(low).fee_charged) == ("txINSUFFICIENT_FEE", 200)
    no_raise, _ = bump(network, fee=150, inner_fee=300)
    assert (network.check(no_raise).code.name, network.check(no_raise).fee_charged) == ("txINSUFFICIENT_FEE", 600)


def test_the_sponsor_has_to_sign_exist_and_have_the_fee(network: Network) -> None:
    unsigned, _ = bump(network, signer="alice")
    assert network.check(unsigned).code.name == "txBAD_AUTH"
    dear, _ = bump(network, fee=10**10)
    assert network.check(dear).code.name == "txINSUFFICIENT_BALANCE"
    fresh = Network()
    fresh.fund("alice", "bob")
    assert fresh.check(bump(fresh)[0]).code.name == "txNO_ACCOUNT"


def test_a_superfluous_signature_and_a_negative_fee(network: Network) -> None:
    frame, _ = bump(network)
    envelope = frame.envelope
    assert envelope.fee_bump is not None
    envelope.fee_bump.signatures.append(keypair("bob").sign_decorated(frame.hash).to_xdr_object())
    assert network.check(network.ledger.parse(envelope.to_xdr_bytes())).code.name == "txBAD_AUTH_EXTRA"
    envelope.fee_bump.tx.fee = xdr.Int64(-1)
    assert network.check(network.ledger.parse(envelope.to_xdr_bytes())).code.name == "txMALFORMED"


def test_a_fee_bump_counts_one_operation_more(network: Network) -> None:
    frame, _ = bump(network)
    assert frame.op_count == 2
    assert len(frame.operations) == 1
    assert network.close(frame).tx_set_op_count == 2


def test_the_meta_tells_of_both_accounts_before_the_operations(network: Network) -> None:
    frame, _ = bump(network)
    meta = xdr.TransactionMeta.from_xdr_bytes(network.apply(frame).result_meta).v4
    assert meta is not None
    kinds = [each.type.name.removeprefix("LEDGER_ENTRY_") for each in meta.tx_changes_before.ledger_entry_changes]
    assert kinds == ["STATE", "UPDATED", "STATE", "UPDATED"]


def test_the_source_may_sponsor_itself(network: Network) -> None:
    network.run("bob", CreateAccount(address("carol"), "5"))
    inner = network.builder("carol").append_operation(Payment(address("bob"), XLM, "1")).build()
    inner.sign(keypair("carol"))
    envelope = TransactionBuilder.build_fee_bump_transaction(address("carol"), 300, inner, PASSPHRASE)
    envelope.sign(keypair("carol"))
    applied = network.apply(network.parse(envelope))
    assert applied.successful
    assert applied.fee_charged == 200
    assert network.account("carol").balance == 50_000_000 - 10_000_000 - 200
