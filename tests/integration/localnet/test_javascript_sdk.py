"""The official JavaScript SDK, unmodified, against localnet. Needs Node.js and npm; installs outside the tree."""

import json
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from support.localnet import Localnet, running_localnet

SOURCE = Path(__file__).parent / "js"
WASM = Path(__file__).parents[3] / "soroban" / "wasm"
CACHE = Path(__file__).parents[3] / ".arb" / "node"
STEPS = [
    "create",
    "trust",
    "offer",
    "pool deposit",
    "path payment strict send",
    "path payment strict receive",
    "fee bump",
    "sequence errors",
    "rpc",
    "stream",
]
CONTRACT_STEPS = [
    "deploy with a constructor",
    "client from a contract on the network",
    "read by simulation",
    "invoke",
    "another account authorises",
    "another account authorises, address bound",
    "events",
    "a pair of two tokens",
    "errors of a contract have names",
    "errors of the host",
    "contract data",
]


@pytest.fixture(scope="module")
def network() -> Iterator[Localnet]:
    """A network of its own: the SDK bounds transactions by this machine's clock, from which quick ledgers run away."""
    if shutil.which("npm") is not None:
        installed()
    with running_localnet(ledger_seconds=0.25, submit_timeout=3) as running:
        yield running


def installed() -> Path:
    """A folder with the SDK of the lock file, installed by `npm ci` unless it is there from an earlier run."""
    lock = (SOURCE / "package-lock.json").read_bytes()
    folder = CACHE / sha256(lock).hexdigest()[:16]
    if not (folder / "installed").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(SOURCE / name, folder)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)
        assert done.returncode == 0, done.stderr
        (folder / "installed").touch()
    return folder


def steps_passed(script: str, *arguments: str) -> list[str]:
    """Run a scenario to its end; the steps it has passed. Skips where there is no Node.js."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        message = "the JavaScript SDK was NOT tested: node and npm are missing; install Node.js 20 or newer"
        warnings.warn(message, stacklevel=1)
        pytest.skip(message)
    folder = installed()
    shutil.copy(SOURCE / script, folder)
    command = ["node", script, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr or done.stdout
    return list(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.node
def test_a_traders_life_in_javascript(network: Localnet) -> None:
    assert steps_passed("scenario.mjs", network.url, network.rpc_url) == STEPS


@pytest.mark.node
def test_contracts_in_javascript(network: Localnet) -> None:
    assert steps_passed("contracts.mjs", network.rpc_url, str(WASM)) == CONTRACT_STEPS


def test_the_lock_file_names_no_registry() -> None:
    packages = json.loads((SOURCE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert all("integrity" in package for name, package in packages.items() if name)
