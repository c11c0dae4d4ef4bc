"""A real network and a real bus for the accounts service, which runs as a process of its own."""

import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support.accounts import AccountsService, Started
from support.localnet import Localnet, running_localnet
from support.nats import connected_bus

from arb.runtime.nats_server import EmbeddedNats


@pytest.fixture(scope="package")
def network() -> Iterator[Localnet]:
    """One network for all tests here: each has accounts of its own. Issuers exist, nobody trades."""
    with running_localnet(traffic="on", traffic_rate=0, ledger_seconds=0.25) as running:
        yield running


@pytest.fixture
def service(network: Localnet, nats_server: EmbeddedNats, tmp_path: Path) -> Started:
    """`async with service(NUM_ACCOUNTS="3") as accounts`: started, and killed at the end."""

    @asynccontextmanager
    async def run(*, start: bool = True, **settings: str) -> AsyncIterator[AccountsService]:
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ARB_", "STELLAR_", "NATS_", "NUM_ACCOUNTS"))
        }
        environment = clean | {
            "STELLAR_NETWORK": "LOCAL",
            "STELLAR_HORIZON_URL": network.url,
            "STELLAR_RPC_URL": network.rpc_url,
            "NATS_URL": nats_server.url,
            "ARB_STATE_DIR": str(tmp_path / "state"),
            "ARB_KEYSTORE_PASSPHRASE": "an unlikely phrase",
            "NUM_ACCOUNTS": "3",
            **settings,
        }
        async with connected_bus(nats_server.url) as bus:
            command = [sys.executable, "-m", "arb.accounts"]
            accounts = AccountsService(bus, command, environment, tmp_path / "accounts.log")
            if start:
                await accounts.start()
            try:
                yield accounts
            finally:
                await accounts.kill()

    return run
