"""Only the process that opens the keystore is given its passphrase."""

from pathlib import Path

import pytest

from arb.cli.launcher.specs import SERVICES, LocalNetwork, Options, localnet_spec, service_spec
from arb.cli.launcher.state import StateDir

PHRASE = "correct horse battery staple"


def test_only_accounts_is_given_the_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a passphrase in our own environment and one in the settings
    monkeypatch.setenv("ARB_KEYSTORE_PASSPHRASE", PHRASE)
    monkeypatch.setenv("ARB_KEYSTORE_PASSPHRASE_FILE", "/run/secrets/keystore")
    state = StateDir(tmp_path)
    options = Options(state, ws_port=1, http_port=2, env={"ARB_KEYSTORE_NEW_PASSPHRASE": PHRASE})

    specs = [service_spec(name, options, {}, "nats://127.0.0.1:1") for name in SERVICES]
    specs.append(localnet_spec(LocalNetwork(), options, 3))

    given = {spec.name for spec in specs if any("PASSPHRASE" in name for name in spec.environment)}
    assert given == {"accounts"}
    assert all(PHRASE not in " ".join(spec.command) for spec in specs)
