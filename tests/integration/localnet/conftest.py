"""One local network for all tests of this folder: quick ledgers, no traffic."""

from collections.abc import Iterator

import pytest
from support.localnet import Localnet, running_localnet


@pytest.fixture(scope="session")
def network() -> Iterator[Localnet]:
    """A network that closes eight ledgers a second."""
    with running_localnet(ledger_seconds=0.125, submit_timeout=3) as running:
        yield running
