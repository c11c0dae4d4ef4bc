"""ChaCha20 as a stream of random words (RFC 8439's block function, a 64-bit counter as rand_chacha counts)."""

from __future__ import annotations

import struct

__all__ = ["ChaCha20"]

_CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")
_MASK = 0xFFFFFFFF
_DOUBLE_ROUND = (
    (0, 4, 8, 12),
    (1, 5, 9, 13),
    (2, 6, 10, 14),
    (3, 7, 11, 15),
    (0, 5, 10, 15),
    (1, 6, 11, 12),
    (2, 7, 8, 13),
    (3, 4, 9, 14),
)


def _rotated(word: int, bits: int) -> int:
    return (word << bits | word >> (32 - bits)) & _MASK


def block(key: tuple[int, ...], counter: int) -> list[int]:
    """The sixteen words of one block under a key of eight."""
    start = [*_CONSTANTS, *key, counter & _MASK, counter >> 32, 0, 0]
    x = list(start)
    for _ in range(10):
        for a, b, c, d in _DOUBLE_ROUND:
            for one, other, turned, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                x[one] = (x[one] + x[other]) & _MASK
                x[turned] = _rotated(x[turned] ^ x[one], bits)
    return [(word + first) & _MASK for word, first in zip(x, start, strict=True)]


class ChaCha20:
    """Random numbers that follow from a seed of 32 bytes, drawn as the `rand` crate draws them."""

    def __init__(self, seed: bytes) -> None:
        self._key = struct.unpack("<8I", seed)
        self._counter = 0
        self._words: list[int] = []

    def u32(self) -> int:
        """The next word."""
        if not self._words:
            self._words = block(self._key, self._counter)[::-1]
            self._counter += 1
        return self._words.pop()

    def u64(self) -> int:
        """The next two words, the low one first."""
        low = self.u32()
        return self.u32() << 32 | low

    def bytes(self, count: int) -> bytes:
        """So many bytes; what is left of the last word is lost."""
        words = -(-count // 4)
        return struct.pack(f"<{words}I", *[self.u32() for _ in range(words)])[:count]

    def between(self, low: int, high: int) -> int:
        """A u64 of low..=high (Uniform::sample): draws that would favour some numbers are thrown away."""
        span = (high - low + 1) % (1 << 64)
        if not span:
            return self.u64()
        last_fair = (1 << 64) - 1 - ((1 << 64) - span) % span
        while True:
            product = self.u64() * span
            if product % (1 << 64) <= last_fair:
                return low + (product >> 64)

    def index(self, bound: int) -> int:
        """An index below a u32 bound (gen_range): fair draws are those below the bound shifted up as far as it goes."""
        last_fair = (bound << (32 - bound.bit_length())) - 1
        while True:
            product = self.u32() * bound
            if product & _MASK <= last_fair:
                return product >> 32
