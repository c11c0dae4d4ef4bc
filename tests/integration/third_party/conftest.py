"""Skips, out loud, where nobody fetched other people's wasm."""

import pytest
from support.third_party import DIRECTORY, Chain


@pytest.fixture(scope="module")
def chain() -> Chain:
    """A ledger of its own for each venue."""
    if not DIRECTORY:
        pytest.skip("ARB_THIRD_PARTY_WASM names no directory: the third-party contracts of the README were not tried")
    return Chain()
