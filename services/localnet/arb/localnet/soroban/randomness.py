"""Where an invocation's random numbers come from: one base generator, from which every frame that asks gets its own."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING

from arb.localnet.soroban.chacha import ChaCha20

if TYPE_CHECKING:
    from arb.localnet.soroban.frame import Frame

__all__ = ["Randomness", "seeded"]

_SALT = bytes.fromhex("7ac33997544e3175d266bd022439b22cdb16508c01163f26e5cb2a3e1045a979")
"""Part of the protocol: the public network's id."""
_SEED_BYTES = 32


def seeded(seed: bytes) -> ChaCha20:
    """A generator from a seed that may be biased (HMAC-SHA256 under the protocol's salt evens it out)."""
    return ChaCha20(hmac.digest(_SALT, seed, "sha256"))


class Randomness:
    """Frames cannot guess each other's numbers, and a call tried again within an invocation sees other ones."""

    def __init__(self, seed: Callable[[], bytes]) -> None:
        self._seed = seed
        self._base: ChaCha20 | None = None

    def of(self, frame: Frame) -> ChaCha20:
        """A frame's generator, made when it first asks."""
        if frame.random is None:
            frame.random = ChaCha20(self._drawn().bytes(_SEED_BYTES))
        return frame.random

    def _drawn(self) -> ChaCha20:
        if self._base is None:
            self._base = seeded(self._seed())
            # The network's host takes two seeds for its own purposes before any frame's.
            self._base.bytes(2 * _SEED_BYTES)
        return self._base
