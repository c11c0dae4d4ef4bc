"""One local network for all tests of this folder: quick ledgers, no traffic."""

from collections.abc import Iterator

import pytest
from stellar_sdk import Asset
from support.localnet import Localnet, running_localnet
from support.sdk_trader import Trader


@pytest.fixture(scope="session")
def network() -> Iterator[Localnet]:
    """A network that closes eight ledgers a second."""
    with running_localnet(ledger_seconds=0.125, submit_timeout=3) as running:
        yield running


@pytest.fixture
def issuer(network: Localnet) -> Trader:
    return Trader(network)


@pytest.fixture
def alice(network: Localnet) -> Trader:
    return Trader(network)


@pytest.fixture
def usd(issuer: Trader, alice: Trader) -> Asset:
    """An asset of which alice holds 1,000."""
    asset = Asset("USD", issuer.address)
    alice.send(alice.builder().append_change_trust_op(asset))
    issuer.send(issuer.builder().append_payment_op(alice.address, asset, "1000"))
    return asset
