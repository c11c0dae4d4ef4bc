"""Contract addresses for made-up tokens and pools."""

import hashlib

import pytest

from arb.markets.soroban.tokens import contract_address


@pytest.fixture
def tokens() -> list[str]:
    """Five token contracts."""
    return [contract_address(hashlib.sha256(f"token {number}".encode()).digest()) for number in range(5)]


@pytest.fixture
def pool_id() -> str:
    """One pool contract."""
    return contract_address(hashlib.sha256(b"pool").digest())
