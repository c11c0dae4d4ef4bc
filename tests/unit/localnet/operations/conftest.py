"""A fresh ledger for every test of DEX operations."""

import pytest
from unit.localnet.operations.world import World


@pytest.fixture
def world() -> World:
    """A ledger with nothing in it but the account "issuer"."""
    return World()
