"""A fee bump of ours is packed as the SDK packs it, read back, and nothing else is taken for one."""

import base64

import pytest
from stellar_sdk import (
    Account,
    FeeBumpTransaction,
    FeeBumpTransactionEnvelope,
    Keypair,
    TransactionBuilder,
    TransactionEnvelope,
)

from arb.contracts.errors import TransactionShapeError
from arb.contracts.fee_bump import build_fee_bump, is_fee_bump, read_fee_bump
from arb.contracts.sources import sources
from arb.contracts.transactions import Cycle, Signer, Transaction, attach, build_basket, sign
from arb.markets.asset import NATIVE, Asset

PASSPHRASE = "Standalone Network ; February 2017"
TRADING, CHANNEL, STRANGER = (Signer(seed * 32) for seed in (b"t", b"c", b"s"))
USDC = Asset("USDC", STRANGER.address)


def basket() -> Transaction:
    return build_basket(
        [Cycle((NATIVE, USDC, NATIVE), 100, 110)],
        channel=CHANNEL.address,
        trading=TRADING.address,
        sequence=7,
        fee=200,
        max_time=1_700_000_000,
        passphrase=PASSPHRASE,
    )


def signed() -> Transaction:
    return sign(basket(), CHANNEL, TRADING)


def bumped(fee: int = 4_000) -> Transaction:
    return build_fee_bump(signed().envelope_xdr, fee_source=CHANNEL.address, fee=fee, passphrase=PASSPHRASE)


def test_it_is_what_the_sdk_packs_and_signs() -> None:
    inner = TransactionEnvelope.from_xdr(signed().envelope_xdr, PASSPHRASE)
    theirs = FeeBumpTransactionEnvelope(FeeBumpTransaction(CHANNEL.address, 4_000, inner), PASSPHRASE)
    ours = bumped()
    assert ours.hash_hex == theirs.hash_hex()
    theirs.sign(Keypair.from_raw_ed25519_seed(b"c" * 32))
    assert sign(ours, CHANNEL).envelope_xdr == theirs.to_xdr()
    assert sources(ours.envelope) == (CHANNEL.address, CHANNEL.address)


def test_it_is_read_back_with_the_trade_within() -> None:
    read = read_fee_bump(bumped().envelope_xdr, PASSPHRASE)
    assert (read.fee_source, read.fee, read.transaction) == (CHANNEL.address, 4_000, bumped())
    assert read.inner.transaction == basket()
    assert is_fee_bump(bumped().envelope_xdr)
    assert not is_fee_bump(basket().envelope_xdr)


def test_what_is_no_unsigned_bump_of_a_signed_trade_is_refused() -> None:
    payment = (
        TransactionBuilder(Account(CHANNEL.address, 6), PASSPHRASE)
        .append_bump_sequence_op(9)
        .add_time_bounds(0, 9)
        .build()
    )
    payment.sign(Keypair.from_raw_ed25519_seed(b"c" * 32))
    alien = build_fee_bump(payment.to_xdr(), fee_source=CHANNEL.address, fee=4_000, passphrase=PASSPHRASE)
    trailing = base64.b64encode(bumped().envelope + b"\0" * 4).decode()
    for envelope, codes in (
        (basket().envelope_xdr, {"envelope_type"}),
        (sign(bumped(), CHANNEL).envelope_xdr, {"signatures_present"}),
        (alien.envelope_xdr, {"operation_type", "operation_source"}),
        (trailing, {"not_canonical", "malformed"}),
        ("AAAA", {"malformed"}),
    ):
        with pytest.raises(TransactionShapeError) as refused:
            read_fee_bump(envelope, PASSPHRASE)
        assert refused.value.code in codes


def test_only_a_signed_transaction_is_bumped_and_for_a_fee_that_fits() -> None:
    with pytest.raises(TransactionShapeError, match="signed"):
        build_fee_bump(basket().envelope_xdr, fee_source=CHANNEL.address, fee=4_000, passphrase=PASSPHRASE)
    for fee in (0, -1, 2**63):
        with pytest.raises(TransactionShapeError, match="does not fit"):
            bumped(fee)
    assert attach(bumped(), CHANNEL.decorated(bumped().hash)) == sign(bumped(), CHANNEL)
