"""The search for leaked secrets finds them in every shape, so that finding none means something."""

import base64
import json
from pathlib import Path

import pytest
from stellar_sdk import Keypair
from support.leaks import Secrets

from arb.accounts.adapters.keystore import Keystore

NETWORK = "Standalone Network ; February 2017"
PHRASE = "kRj3-a_phrase made for one run"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "keystore.passphrase").write_text(PHRASE)
    store = Keystore.open(tmp_path / "keystore.json", PHRASE, NETWORK)
    store.ensure(1)
    store.close()
    return tmp_path


def test_each_shape_of_each_secret_is_found_and_nothing_else(run: Path) -> None:
    secrets = Secrets.of_run(run)
    store = Keystore.open(run / "keystore.json", PHRASE, NETWORK)
    store.close()
    for raw in (PHRASE.encode(), *(key.seed or b"" for key in store.keys)):
        shapes = [raw, raw.hex().encode(), raw.hex().upper().encode(), repr(raw).encode(), json.dumps([*raw]).encode()]
        for before in (b"", b"a", b"ab", b"abc", b"abcd"):
            within = before + raw + b"after"
            shapes += [base64.b64encode(within), base64.urlsafe_b64encode(within), base64.b32encode(within)]
        for shape in shapes:
            assert len(secrets.within(b"words " + shape + b" and words")) == 1, shape
    for key in store.keys:
        assert key.seed is not None
        assert secrets.within(Keypair.from_raw_ed25519_seed(key.seed).secret.encode())
        assert not secrets.within(key.address.encode())
    # and the encrypted file shows none of them
    assert secrets.in_files(run) == {str(run / "keystore.passphrase"): {"the passphrase"}}
    (run / "logs").mkdir()
    (run / "logs" / "some.log").write_bytes(b"opened with " + PHRASE.encode())
    assert secrets.in_files(run, besides=["keystore.passphrase"]) == {
        str(run / "logs" / "some.log"): {"the passphrase"}
    }
