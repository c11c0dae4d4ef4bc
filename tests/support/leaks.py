"""Looks for secrets where none may be: in files, in what processes were started with, in what they wrote."""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from arb.accounts.adapters.keystore import read_keys

_NETWORK = "Standalone Network ; February 2017"


@dataclass
class Secrets:
    """Every shape in which a run's secrets could be written: shape -> what it is a shape of."""

    shapes: dict[bytes, str] = field(default_factory=dict)

    @classmethod
    def of_run(cls, state: Path) -> "Secrets":
        """The passphrase, every seed of the keystore, those to come too, and the token in a state directory."""
        passphrase = (state / "keystore.passphrase").read_text().strip()
        secrets = cls()
        secrets.add("the passphrase", passphrase.encode())
        for key in read_keys(state / "keystore.json", passphrase, _NETWORK):
            seeds = (key.seed, key.coming.seed if key.coming is not None else None)
            for seed in (seed for seed in seeds if seed is not None):
                secrets.add(f"the seed of {key.role} {key.index}", seed)
                secrets.shapes[_strkey(seed)] = f"the S... of {key.role} {key.index}"
        if (access := state / "gateway-access.json").exists():
            secrets.add("the owner's token", json.loads(access.read_text())["token"].encode())
        return secrets

    def add(self, name: str, raw: bytes) -> None:
        """Raw, in hexadecimal, in base64 and base32 wherever it may begin, and as Python and JSON write bytes."""
        found = {raw, raw.hex().encode(), raw.hex().upper().encode(), repr(raw)[2:-1].encode()}
        found |= {json.dumps([*raw])[1:-1].encode(), json.dumps([*raw], separators=(",", ":"))[1:-1].encode()}
        for encode, group, whole in (
            (base64.b64encode, 3, 4),
            (base64.urlsafe_b64encode, 3, 4),
            (base64.b32encode, 5, 8),
        ):
            for shift in range(group):
                # Without what the bytes around it decide.
                text = encode(bytes(shift) + raw + bytes(-(shift + len(raw)) % group))
                last = (shift + len(raw)) // group * whole
                found.add(text[whole if shift else 0 : last])
        self.shapes |= dict.fromkeys(found, name)

    def within(self, content: bytes) -> set[str]:
        """Names of the secrets that stand in it."""
        return {name for shape, name in self.shapes.items() if shape in content}

    def in_files(self, directory: Path, *, besides: Iterable[str] = ()) -> dict[str, set[str]]:
        """File -> secrets, for every file below, its name included, but those named `besides`."""
        leaks = {}
        for path in directory.rglob("*"):
            if path.name in besides:
                continue
            content = path.read_bytes() if path.is_file() else b""
            if found := self.within(str(path).encode() + b"\0" + content):
                leaks[str(path)] = found
        return leaks

    def in_processes(self, pids: Iterable[int]) -> dict[str, set[str]]:
        """Process and file of /proc -> secrets in its arguments and environment."""
        leaks = {}
        for pid in pids:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
            try:
                environment = Path(f"/proc/{pid}/environ").read_bytes()
            except PermissionError:
                environment = b""  # accounts lets nobody but root look
            for what, content in (("cmdline", arguments), ("environ", environment)):
                if found := self.within(content):
                    leaks[f"{what} of {arguments[:80]!r}"] = found
        return leaks


def core_limit(pid: int) -> str:
    """How large a dump of its memory the process may leave, as the kernel says it: `0` for none."""
    limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
    [line] = [line for line in limits if line.startswith("Max core file size")]
    return line.split()[4]


def family(pid: int) -> Iterator[int]:
    """A process and all that it started, by what the kernel knows."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from family(int(child))


def _strkey(seed: bytes) -> bytes:
    payload = bytes([18 << 3]) + seed
    return base64.b32encode(payload + binascii.crc_hqx(payload, 0).to_bytes(2, "little"))
