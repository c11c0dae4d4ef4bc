"""The head of an envelope, against envelopes that stellar_sdk builds."""

import pytest
from stellar_sdk import Account, Keypair, MuxedAccount, TransactionBuilder, TransactionEnvelope

from arb.contracts.errors import Malformed
from arb.contracts.sources import Sources, sources

PASSPHRASE = "Standalone Network ; February 2017"
ANN, BOB = (Keypair.from_raw_ed25519_seed(seed * 32) for seed in (b"a", b"b"))


def transaction(source: str | MuxedAccount, *, v1: bool = True) -> TransactionEnvelope:
    builder = TransactionBuilder(Account(source, 1), PASSPHRASE, 100, v1=v1).add_time_bounds(0, 0)
    envelope = builder.append_bump_sequence_op(9, source=BOB.public_key).build()
    envelope.sign(ANN)
    return envelope


@pytest.mark.parametrize("v1", [True, False])
def test_a_transaction_pays_for_itself(v1: bool) -> None:
    envelope = transaction(ANN.public_key, v1=v1)
    assert sources(envelope.to_xdr()) == Sources(ANN.public_key, ANN.public_key)


def test_a_multiplexed_source_is_the_account_behind_it() -> None:
    assert sources(transaction(MuxedAccount(ANN.public_key, 7)).to_xdr()).source == ANN.public_key


@pytest.mark.parametrize("payer", [BOB.public_key, MuxedAccount(BOB.public_key, 2**40)])
def test_a_fee_bump_names_both(payer: str | MuxedAccount) -> None:
    inner = transaction(ANN.public_key)
    bump = TransactionBuilder.build_fee_bump_transaction(payer, 200, inner, PASSPHRASE)
    assert sources(bump.to_xdr()) == Sources(ANN.public_key, BOB.public_key)


@pytest.mark.parametrize("wrong", ["AAAACQ==", "AAAAAg==", "AAAAAgAAAAc=", "no base64"])
def test_what_is_no_envelope_is_malformed(wrong: str) -> None:
    with pytest.raises(Malformed):
        sources(wrong)
