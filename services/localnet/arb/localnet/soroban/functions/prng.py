"""Host functions of module p: random numbers, the same on every node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.functions.faults import fixed_bytes
from arb.localnet.soroban.functions.signature import Table
from arb.localnet.soroban.randomness import seeded
from arb.localnet.soroban.values import HostValue

if TYPE_CHECKING:
    from arb.localnet.soroban.host import Host

TABLE = Table("p")

_DRAW_CPU = 1_058
_DRAW_CPU_A_BYTE = 4
"""Model instructions of drawing from ChaCha20 (the network's ChaCha20DrawBytes, rounded up)."""


def _charge(host: Host, drawn_bytes: int) -> None:
    host.budget.charge(_DRAW_CPU + _DRAW_CPU_A_BYTE * drawn_bytes)


@TABLE.export("_", "Bytes", gives="Void")
def prng_reseed(host: Host, seed: bytes) -> None:
    host.frame.random = seeded(fixed_bytes(seed, 32, "seed"))


@TABLE.export("0", "u32", gives="Bytes")
def prng_bytes_new(host: Host, length: int) -> bytes:
    _charge(host, length)
    host.budget.charge(0, length)
    return host.random.bytes(length)


@TABLE.export("1", "u64", "u64", gives="raw")
def prng_u64_in_inclusive_range(host: Host, low: int, high: int) -> int:
    if low > high:
        raise HostError(ErrorType.VALUE, ErrorCode.INVALID_INPUT, f"a random number of {low} to {high}")
    _charge(host, 16)
    return host.random.between(low, high)


@TABLE.export("2", "Vec", gives="Vec")
def prng_vec_shuffle(host: Host, items: tuple[HostValue, ...]) -> tuple[HostValue, ...]:
    _charge(host, 16 * len(items))
    shuffled = list(items)
    for last in range(len(shuffled) - 1, 0, -1):
        chosen = host.random.index(last + 1)
        shuffled[last], shuffled[chosen] = shuffled[chosen], shuffled[last]
    return tuple(shuffled)
