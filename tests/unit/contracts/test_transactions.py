"""Every byte this platform packs is the byte stellar_sdk would pack."""

import pytest
import stellar_sdk as sdk
from hypothesis import given
from hypothesis import strategies as st

from arb.contracts.basket import read_basket
from arb.contracts.errors import TransactionShapeError
from arb.contracts.transactions import (
    Cycle,
    Signer,
    Transaction,
    build_basket,
    build_transaction,
    change_trust,
    create_account,
    payment,
    sign,
)
from arb.markets.asset import NATIVE, Asset

PASSPHRASE = "Standalone Network ; February 2017"
CHANNEL = sdk.Keypair.from_raw_ed25519_seed(b"c" * 32)
TRADING = sdk.Keypair.from_raw_ed25519_seed(b"t" * 32)
ISSUER = sdk.Keypair.from_raw_ed25519_seed(b"i" * 32).public_key
USDC, LONG = Asset("USDC", ISSUER), Asset("yUSDC", ISSUER)

assets = st.sampled_from([NATIVE, USDC, LONG, Asset("A", ISSUER), Asset("ABCDEFGHIJKL", ISSUER)])
amounts = st.integers(1, 2**63 - 1)
cycles = st.builds(
    lambda base, path, send_max, dest: Cycle((base, *path, base), send_max, dest),
    assets,
    st.lists(assets, max_size=5),
    amounts,
    amounts,
)


def sdk_asset(asset: Asset) -> sdk.Asset:
    return sdk.Asset.native() if asset.issuer is None else sdk.Asset(asset.code, asset.issuer)


def basket(cycles: list[Cycle], **changed: int) -> Transaction:
    values = {"sequence": 7, "fee": 1000, "max_time": 1_700_000_000} | changed
    return build_basket(cycles, channel=CHANNEL.public_key, trading=TRADING.public_key, passphrase=PASSPHRASE, **values)


def sdk_basket(cycles: list[Cycle], sequence: int, fee: int, max_time: int) -> sdk.TransactionEnvelope:
    operations = [
        sdk.PathPaymentStrictReceive(
            destination=TRADING.public_key,
            send_asset=sdk_asset(cycle.assets[0]),
            send_max=sdk.Operation.from_xdr_amount(cycle.send_max),
            dest_asset=sdk_asset(cycle.assets[-1]),
            dest_amount=sdk.Operation.from_xdr_amount(cycle.dest_amount),
            path=[sdk_asset(asset) for asset in cycle.assets[1:-1]],
            source=TRADING.public_key,
        )
        for cycle in cycles
    ]
    transaction = sdk.Transaction(
        CHANNEL,
        sequence,
        fee,
        operations,
        preconditions=sdk.Preconditions(time_bounds=sdk.TimeBounds(0, max_time)),
    )
    return sdk.TransactionEnvelope(transaction, PASSPHRASE)


@given(
    st.lists(cycles, min_size=1, max_size=100),
    st.integers(1, 2**62),
    st.integers(1, 2**32 - 1),
    st.integers(1, 2**62),
)
def test_a_basket_is_byte_for_byte_the_sdks(many: list[Cycle], sequence: int, fee: int, max_time: int) -> None:
    ours = basket(many, sequence=sequence, fee=fee, max_time=max_time)
    theirs = sdk_basket(many, sequence, fee, max_time)
    assert ours.envelope_xdr == theirs.to_xdr()
    assert ours.hash == theirs.hash()


@given(st.lists(cycles, min_size=1, max_size=5))
def test_both_signatures_are_the_sdks(many: list[Cycle]) -> None:
    # given the same basket on either side
    ours = basket(many)
    theirs = sdk_basket(many, 7, 1000, 1_700_000_000)
    # when channel and trading account sign
    signed = sign(ours, Signer(CHANNEL.raw_secret_key()), Signer(TRADING.raw_secret_key()))
    theirs.sign(CHANNEL)
    theirs.sign(TRADING)
    # then the envelopes are equal, and the hash did not change
    assert signed.envelope_xdr == theirs.to_xdr()
    assert signed.hash == ours.hash


@given(st.lists(cycles, min_size=1, max_size=20), st.integers(1, 2**32 - 1))
def test_a_basket_reads_back_as_it_was_built(many: list[Cycle], fee: int) -> None:
    built = basket(many, fee=fee)
    read = read_basket(built.envelope_xdr, PASSPHRASE)
    assert (read.channel, read.trading) == (CHANNEL.public_key, TRADING.public_key)
    assert (read.sequence, read.fee, read.max_time) == (7, fee, 1_700_000_000)
    assert read.cycles == tuple(many)
    assert read.transaction == built


def test_housekeeping_operations_are_the_sdks() -> None:
    ours = build_transaction(
        [
            change_trust(USDC, 2**63 - 1),
            change_trust(LONG, 0),
            payment(CHANNEL.public_key, NATIVE, 123),
            payment(CHANNEL.public_key, LONG, 5),
            create_account(CHANNEL.public_key, 10**8),
        ],
        source=TRADING.public_key,
        sequence=3,
        fee=500,
        max_time=1_700_000_000,
        passphrase=PASSPHRASE,
    )
    theirs = sdk.Transaction(
        TRADING,
        3,
        500,
        [
            sdk.ChangeTrust(sdk_asset(USDC)),
            sdk.ChangeTrust(sdk_asset(LONG), "0"),
            sdk.Payment(CHANNEL.public_key, sdk.Asset.native(), "0.0000123"),
            sdk.Payment(CHANNEL.public_key, sdk_asset(LONG), "0.0000005"),
            sdk.CreateAccount(CHANNEL.public_key, "10"),
        ],
        preconditions=sdk.Preconditions(time_bounds=sdk.TimeBounds(0, 1_700_000_000)),
    )
    envelope = sdk.TransactionEnvelope(theirs, PASSPHRASE)
    assert (ours.envelope_xdr, ours.hash) == (envelope.to_xdr(), envelope.hash())


ONE = Cycle((NATIVE, USDC, NATIVE), 10, 11)


@pytest.mark.parametrize("count", [0, 101])
def test_a_basket_holds_1_to_100_cycles(count: int) -> None:
    with pytest.raises(TransactionShapeError, match=f"{count} operations"):
        basket([ONE] * count)


def test_a_signed_envelope_is_not_signed_again() -> None:
    signed = sign(basket([ONE]), Signer(b"c" * 32))
    with pytest.raises(TransactionShapeError) as refused:
        sign(signed, Signer(b"t" * 32))
    assert refused.value.code == "signatures_present"


def altered(operation: sdk.Operation | None = None, **changed: object) -> str:
    path_payment = sdk.PathPaymentStrictReceive(
        TRADING.public_key, sdk.Asset.native(), "1", sdk.Asset.native(), "2", [], source=TRADING.public_key
    )
    values = {
        "preconditions": sdk.Preconditions(time_bounds=sdk.TimeBounds(0, 1_700_000_000)),
        **changed,
    }
    transaction = sdk.Transaction(CHANNEL, 3, 500, [path_payment, *([operation] if operation else [])], **values)  # type: ignore[arg-type]
    return sdk.TransactionEnvelope(transaction, PASSPHRASE).to_xdr()


def fee_bump() -> str:
    inner = sdk.TransactionEnvelope.from_xdr(altered(), PASSPHRASE)
    return sdk.TransactionBuilder.build_fee_bump_transaction(TRADING, 1000, inner, PASSPHRASE).to_xdr()


@pytest.mark.parametrize(
    ("envelope_xdr", "code"),
    [
        pytest.param("", "malformed", id="empty"),
        pytest.param("not base64!", "malformed", id="not base64"),
        pytest.param(altered()[:-8], "malformed", id="cut"),
        pytest.param(fee_bump(), "envelope_type", id="fee bump"),
        pytest.param(altered(preconditions=None), "time_bounds", id="no time bounds"),
        pytest.param(
            altered(preconditions=sdk.Preconditions(time_bounds=sdk.TimeBounds(0, 0))), "time_bounds", id="endless"
        ),
        pytest.param(
            altered(
                preconditions=sdk.Preconditions(time_bounds=sdk.TimeBounds(0, 5), ledger_bounds=sdk.LedgerBounds(1, 2))
            ),
            "time_bounds",
            id="ledger bounds",
        ),
        pytest.param(altered(memo=sdk.TextMemo("hi")), "memo", id="memo"),
        pytest.param(
            altered(sdk.Payment(ISSUER, sdk.Asset.native(), "1", source=TRADING.public_key)),
            "operation_type",
            id="payment",
        ),
        pytest.param(altered(sdk.AccountMerge(ISSUER, source=TRADING.public_key)), "operation_type", id="merge"),
        pytest.param(
            altered(
                sdk.PathPaymentStrictReceive(
                    ISSUER, sdk.Asset.native(), "1", sdk.Asset.native(), "2", [], source=TRADING.public_key
                )
            ),
            "destination",
            id="to a stranger",
        ),
        pytest.param(
            altered(
                sdk.PathPaymentStrictReceive(CHANNEL.public_key, sdk.Asset.native(), "1", sdk.Asset.native(), "2", [])
            ),
            "operation_source",
            id="source left out",
        ),
        pytest.param(
            altered(
                sdk.PathPaymentStrictReceive(
                    ISSUER, sdk.Asset.native(), "1", sdk.Asset.native(), "2", [], source=ISSUER
                )
            ),
            "operation_source",
            id="two sources",
        ),
    ],
)
def test_any_other_shape_is_refused(envelope_xdr: str, code: str) -> None:
    with pytest.raises(TransactionShapeError) as refused:
        read_basket(envelope_xdr, PASSPHRASE)
    assert refused.value.code == code


@given(st.lists(cycles, min_size=1, max_size=2), st.data())
def test_a_changed_byte_never_passes_as_the_same_transaction(many: list[Cycle], data: st.DataObject) -> None:
    built = basket(many)
    at = data.draw(st.integers(0, len(built.envelope) - 1))
    flipped = bytearray(built.envelope)
    flipped[at] ^= data.draw(st.integers(1, 255))
    try:
        read = read_basket(Transaction(bytes(flipped), b"").envelope_xdr, PASSPHRASE)
    except TransactionShapeError:
        return
    assert read.transaction.envelope == bytes(flipped)
    assert read.transaction.hash != built.hash


def test_a_signer_does_not_show_its_seed() -> None:
    signer = Signer(b"t" * 32)
    assert repr(signer) == f"Signer({TRADING.public_key})"
    with pytest.raises(ValueError, match="not 31") as refused:
        Signer(b"t" * 31)
    assert "ttt" not in str(refused.value)
