"""Every host function a contract may import."""

from __future__ import annotations

from arb.localnet.soroban.functions import (
    addresses,
    buffers,
    calls,
    context,
    crypto,
    integers,
    ledger,
    maps,
    prng,
    vecs,
)
from arb.localnet.soroban.functions.signature import HostFunction

__all__ = ["FUNCTIONS"]

_MODULES = (addresses, buffers, calls, context, crypto, integers, ledger, maps, prng, vecs)

FUNCTIONS: dict[tuple[str, str], HostFunction] = {
    (function.module, function.export): function for module in _MODULES for function in module.TABLE
}
"""By import: (module, export) as contracts name them."""
