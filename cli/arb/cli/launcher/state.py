"""Where a run keeps its things: one directory, found again by name or as the newest."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(os.environ.get("ARB_HOME") or ".arb")


class StateError(Exception):
    """The state directory cannot be used. The text is one line that says what to do."""


class NoStateError(StateError):
    """There is no run to look at."""


class StateBusyError(StateError):
    """Another run uses the directory."""


@dataclass(frozen=True, slots=True)
class StateDir:
    """The directory of one run: the bus's store, the keystore, logs, who runs."""

    path: Path

    @staticmethod
    def fresh(kind: str) -> "StateDir":
        """A new directory `.arb/<kind>-<UTC time>`, remembered as the newest. Raises StateError."""
        name = f"{kind}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}"
        return StateDir(ROOT / name)._made()

    @staticmethod
    def named(path: Path) -> "StateDir":
        """This directory, made when it is not there, remembered as the newest. Raises StateError."""
        return StateDir(path)._made()

    @staticmethod
    def existing(path: Path | None) -> "StateDir":
        """The directory of an earlier run: `path`, or the newest. Raises NoStateError."""
        if path is None:
            try:
                path = Path((ROOT / "latest").read_text().strip())
            except OSError:
                raise NoStateError(
                    f"no run is known under {ROOT}/: run `arb demo` first, or name one with --state"
                ) from None
        if not (path / "nats" / "jetstream").is_dir():
            raise NoStateError(f"{path} holds no event store (expected {path}/nats/jetstream)")
        return StateDir(path.absolute())

    def _made(self) -> "StateDir":
        made = StateDir(self.path.absolute())
        try:
            made.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            made.logs.mkdir(exist_ok=True, mode=0o700)
            ROOT.mkdir(parents=True, exist_ok=True)
            (ROOT / "latest").write_text(f"{made.path}\n")
        except OSError as error:
            raise StateError(
                f"{error.filename} cannot be written: {error.strerror}; name another directory (--state, ARB_HOME)"
            ) from None
        return made

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other run out: two buses on one store would destroy it. Raises StateBusyError.

        The kernel lets go of the lock when this process ends, however it ends.
        """
        with (self.path / "run.lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.seek(0)
                owner = file.read().strip()
                raise StateBusyError(
                    f"{self.path} is in use by another run (process {owner}): stop that one first"
                ) from None
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            yield

    @property
    def nats(self) -> Path:
        """Configuration, log and store of the bus."""
        return self.path / "nats"

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.path / "logs"

    @property
    def keystore(self) -> Path:
        """The encrypted keys of this run."""
        return self.path / "keystore.json"

    def passphrase_file(self) -> Path:
        """A passphrase made for this run alone, readable by its owner only. StateError when it could open nothing."""
        file = self.path / "keystore.passphrase"
        if not file.exists() and self.keystore.exists():
            raise StateError(f"{self.keystore} is there, but not its passphrase: set ARB_KEYSTORE_PASSPHRASE_FILE")
        if not file.exists():
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as out:
                out.write(secrets.token_urlsafe(32))
        return file

    def note_access(self, url: str, token: str) -> None:
        """Leave the operator's token of this run for `arb send`, readable by the owner only."""
        draft = self.path / "gateway-access.tmp"
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as out:
            json.dump({"url": url, "token": token}, out)
        draft.replace(self.path / "gateway-access.json")

    def access_token(self, url: str) -> str | None:
        """The token left for the gateway at `url`, or None."""
        try:
            left = json.loads((self.path / "gateway-access.json").read_text())
            return str(left["token"]) if _same_place(left["url"], url) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def note_processes(self, pids: dict[str, int]) -> None:
        """Write down who runs, for people and for `arb doctor`."""
        target = self.path / "processes.json"
        draft = target.with_suffix(".tmp")
        draft.write_text(json.dumps(pids, indent=1))
        draft.replace(target)


def _same_place(one: str, other: str) -> bool:
    """Whether two addresses are the same, whichever way this machine is called."""
    plain, other_plain = (url.rstrip("/").replace("//localhost:", "//127.0.0.1:") for url in (one, other))
    return plain == other_plain
