"""Keys that take another's place: in the keystore, in the transaction, and judged by what the ledger says."""

import json
from pathlib import Path

import pytest
from stellar_sdk import Account as Source
from stellar_sdk import Keypair, SetOptions, Signer, TransactionBuilder, TransactionEnvelope
from stellar_sdk import xdr as x

from arb.accounts.adapters.keystore import Keystore, read_keys
from arb.accounts.adapters.keystore_copies import restore
from arb.accounts.adapters.keystore_format import Key, KeyPair, seal, unseal
from arb.accounts.domain.exchange import MOST_AT_ONCE, Exchange, judge, operations, others
from arb.accounts.errors import PlaceTaken, WouldLoseKeys
from arb.contracts.account_signers import AccountSigners, read_signers
from arb.contracts.errors import Malformed
from arb.contracts.transactions import build_transaction

NETWORK = "Standalone Network ; February 2017"
A, B, C, D = (Keypair.from_raw_ed25519_seed(bytes([n] * 32)).public_key for n in range(1, 5))


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arb.accounts.adapters.keystore_format.PASSES", 1)
    monkeypatch.setattr("arb.accounts.adapters.keystore_format.MEMORY", 8192)


def opened(path: Path) -> Keystore:
    return Keystore.open(path, "a phrase", NETWORK)


def test_what_is_written_is_read_again_key_to_come_and_all(tmp_path: Path) -> None:
    own = Key.made("trading", 0)
    exchanged = Key("channel", 0, A, bytes(32), B, KeyPair.made())
    elsewhere = Key("channel", 1, C, None, D, KeyPair(B, None))

    assert unseal(seal((own, exchanged, elsewhere), "p", NETWORK), "p", tmp_path)[1] == (
        own,
        Key("channel", 0, A, bytes(32), Keypair.from_raw_ed25519_seed(bytes(32)).public_key, exchanged.coming),
        elsewhere,
    )


def test_no_seed_is_in_a_repr() -> None:
    pair = KeyPair.made()
    key = Key("trading", 0, A, bytes(range(32)), B, pair)
    assert repr(bytes(range(32))) not in repr(key)
    assert repr(pair.seed) not in repr(key)


def test_a_key_to_come_is_stored_once_and_takes_its_place_when_it_is_told_to(tmp_path: Path) -> None:
    # given a keystore in which a key is to be exchanged
    store = opened(tmp_path / "keys")
    trading, channel = store.ensure(1)
    [prepared] = store.prepare({("channel", 0)})
    pair = prepared.coming
    assert pair is not None
    # when it is prepared again, nothing changes
    assert store.prepare({("channel", 0)}) == (prepared,)
    # then the file holds both keys, and the old one is in force until the exchange
    assert read_keys(tmp_path / "keys", "a phrase", NETWORK) == (trading, prepared)
    assert (prepared.address, prepared.seed, prepared.signer) == (channel.address, channel.seed, channel.address)
    store.exchange(channel.address)
    assert read_keys(tmp_path / "keys", "a phrase", NETWORK) == (
        trading,
        Key("channel", 0, channel.address, pair.seed, pair.public),
    )
    store.close()


def test_a_place_that_is_not_there_and_a_key_in_use_are_refused(tmp_path: Path) -> None:
    store = opened(tmp_path / "keys")
    _, channel = store.ensure(1)
    with pytest.raises(PlaceTaken, match="has no channel 7"):
        store.prepare({("channel", 7)})
    with pytest.raises(PlaceTaken, match=r"is in .* already"):
        store.prepare({("trading", 0)}, channel.address)
    [prepared] = store.prepare({("trading", 0)}, D)
    assert prepared.coming == KeyPair(D, None)
    # nor can a key that is to come be brought for another place
    with pytest.raises(PlaceTaken, match="already"):
        store.add(Key("channel", 1, D, None))
    store.close()


def test_a_backup_without_the_key_to_come_is_no_substitute(tmp_path: Path) -> None:
    store = opened(tmp_path / "keys")
    store.ensure(0)
    (tmp_path / "early").write_bytes((tmp_path / "keys").read_bytes())
    (tmp_path / "early").chmod(0o600)
    store.prepare({("trading", 0)})
    (tmp_path / "late").write_bytes((tmp_path / "keys").read_bytes())
    (tmp_path / "late").chmod(0o600)
    store.exchange(store.keys[0].address)
    store.close()

    with pytest.raises(WouldLoseKeys):
        restore(tmp_path / "early", tmp_path / "keys", "a phrase", NETWORK)
    keys, _ = restore(tmp_path / "late", tmp_path / "keys", "a phrase", NETWORK)
    assert keys[0].coming is not None


@pytest.mark.parametrize(
    ("weights", "threshold", "verdict"),
    [
        ({A: 1}, 0, "to_do"),
        ({A: 1, B: 1}, 0, "to_do"),
        ({B: 1}, 0, "done"),
        ({B: 1, D: 1}, 0, "done"),
        ({A: 3}, 3, "to_do"),
        ({A: 1}, 2, "stuck"),
        ({D: 1}, 0, "stuck"),
        ({}, 0, "stuck"),
    ],
)
def test_the_ledger_says_how_far_it_is(weights: dict[str, int], threshold: int, verdict: str) -> None:
    exchange = Exchange(A, A, B)
    step = judge([exchange, Exchange(C, C, D)], {A: AccountSigners(A, weights, threshold)})

    assert {name for name, found in step._asdict().items() if found} == {verdict}
    assert others(exchange, AccountSigners(A, weights, threshold)) == ((D,) if D in weights else ())


def test_no_more_accounts_than_an_envelope_has_signatures_for() -> None:
    exchanges = [Exchange(f"G{n}", f"G{n}", f"N{n}") for n in range(30)]
    step = judge(exchanges, {e.account: AccountSigners(e.account, {e.old: 1}, 0) for e in exchanges})
    assert len(step.to_do) == MOST_AT_ONCE < 20


@pytest.mark.parametrize("old", [A, C], ids=["its_own", "another"])
def test_the_operations_are_what_the_sdk_reads(old: str) -> None:
    packed = operations(Exchange(A, old, B), AccountSigners(A, {old: 5}, 5))
    transaction = build_transaction(packed, source=A, sequence=1, fee=200, max_time=9, passphrase=NETWORK)

    read = TransactionEnvelope.from_xdr(transaction.envelope_xdr, NETWORK).transaction.operations
    new = SetOptions(signer=Signer.ed25519_public_key(B, 5), master_weight=0 if old == A else None, source=A)
    gone = SetOptions(signer=Signer.ed25519_public_key(C, 0), source=A)
    assert read == [new] if old == A else read == [new, gone]


def test_signers_are_read_from_an_entry() -> None:
    builder = (
        TransactionBuilder(Source(A, 1), NETWORK)
        .set_timeout(9)
        .append_set_options_op(signer=Signer.ed25519_public_key(B, 7))
    )
    signer = builder.build().transaction.operations[0].to_xdr_object().body.set_options_op
    assert signer is not None
    entry = x.AccountEntry(
        account_id=Keypair.from_public_key(A).xdr_account_id(),
        balance=x.Int64(1),
        seq_num=x.SequenceNumber(x.Int64(1)),
        num_sub_entries=x.Uint32(1),
        inflation_dest=None,
        flags=x.Uint32(0),
        home_domain=x.String32(b""),
        thresholds=x.Thresholds(bytes([0, 1, 2, 3])),
        signers=[signer.signer] if signer.signer is not None else [],
        ext=x.AccountEntryExt(0),
    )
    data = x.LedgerEntryData(x.LedgerEntryType.ACCOUNT, account=entry).to_xdr()

    found = read_signers(data)
    assert found == AccountSigners(A, {B: 7}, 3)
    assert (found.suffices(B), found.suffices(A), found.weight(C)) == (True, False, 0)
    with pytest.raises(Malformed):
        read_signers(json.dumps("nothing"))
