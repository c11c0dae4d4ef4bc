"""State directories and ports."""

import socket
import stat
from pathlib import Path

import pytest

from arb.cli.launcher import state
from arb.cli.launcher.ports import PortInUseError, demanded, is_free, preferred
from arb.cli.launcher.state import NoStateError, StateBusyError, StateDir, StateError


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(state, "ROOT", tmp_path / "home")
    return tmp_path / "home"


def test_the_newest_run_is_found_without_a_name(root: Path) -> None:
    with pytest.raises(NoStateError, match="run `arb demo` first"):
        StateDir.existing(None)
    made = StateDir.fresh("demo")
    with pytest.raises(NoStateError, match="holds no event store"):
        StateDir.existing(None)

    (made.nats / "jetstream").mkdir(parents=True)

    assert StateDir.existing(None) == made
    assert made.path.parent == root


def test_what_is_secret_is_its_owners_only() -> None:
    made = StateDir.fresh("demo")
    file = made.passphrase_file()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o700
    assert file.read_text() == made.passphrase_file().read_text()
    assert len(file.read_text()) > 40


def test_no_passphrase_is_made_for_a_keystore_that_has_another() -> None:
    made = StateDir.fresh("demo")
    made.keystore.write_text("made with arb keys new, and a passphrase that a person typed")

    with pytest.raises(StateError, match="ARB_KEYSTORE_PASSPHRASE_FILE"):
        made.passphrase_file()


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StateError, match=r"file.*Not a directory; name another directory"):
        StateDir.named(tmp_path / "file" / "run")


def test_one_run_a_directory() -> None:
    made = StateDir.fresh("demo")
    with made.locked(), pytest.raises(StateBusyError, match=r"in use by another run \(process \d+\)"), made.locked():
        pass

    with made.locked():  # free again
        pass


def test_a_taken_port_is_refused_or_replaced() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert not is_free(port)
        assert preferred(port) != port
        with pytest.raises(PortInUseError, match=f"ARB_WS_PORT: port {port} is in use"):
            demanded("ARB_WS_PORT", port)

    assert preferred(port) == demanded("ARB_WS_PORT", port) == port
    assert demanded("ARB_WS_PORT", 0) > 0
    # Another machine's address is not "in use": the service says what is wrong with it
    assert is_free(port, "192.0.2.1")
