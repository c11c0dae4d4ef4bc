"""Keccak-256 with the padding of before SHA-3, which hashlib lacks: contracts use it for salts and Ethereum hashes."""

from __future__ import annotations

__all__ = ["RATE", "keccak256"]

RATE = 136
"""Bytes absorbed by one permutation."""

_LANE = (1 << 64) - 1


def _round_constants() -> list[int]:
    constants, register = [], 1
    for _ in range(24):
        constant = 0
        for power in range(7):
            if register & 1:
                constant |= 1 << ((1 << power) - 1)
            register = register << 1 ^ (0x171 if register >> 7 else 0)
        constants.append(constant)
    return constants


def _rotations() -> list[tuple[int, int]]:
    """(lane, rotation) in the order in which rho and pi walk the lanes."""
    steps, x, y = [], 1, 0
    for step in range(24):
        x, y = y, (2 * x + 3 * y) % 5
        steps.append((x + 5 * y, (step + 1) * (step + 2) // 2 % 64))
    return steps


_CONSTANTS = _round_constants()
_ROTATIONS = _rotations()


def _rotated(lane: int, bits: int) -> int:
    return (lane << bits | lane >> 64 - bits) & _LANE


def _permute(lanes: list[int]) -> None:
    for constant in _CONSTANTS:
        columns = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
        mixed = [columns[x - 1] ^ _rotated(columns[(x + 1) % 5], 1) for x in range(5)]
        for index in range(25):
            lanes[index] ^= mixed[index % 5]
        moving = lanes[1]
        for lane, bits in _ROTATIONS:
            lanes[lane], moving = _rotated(moving, bits), lanes[lane]
        for row in range(0, 25, 5):
            a, b, c, d, e = lanes[row : row + 5]
            lanes[row : row + 5] = [a ^ ~b & c, b ^ ~c & d, c ^ ~d & e, d ^ ~e & a, e ^ ~a & b]
        lanes[0] ^= constant


def keccak256(data: bytes) -> bytes:
    """The 32-byte digest."""
    padding = bytearray(RATE - len(data) % RATE)
    padding[0] |= 0x01
    padding[-1] |= 0x80
    padded = data + padding
    lanes = [0] * 25
    for start in range(0, len(padded), RATE):
        for index in range(RATE // 8):
            lanes[index] ^= int.from_bytes(padded[start + 8 * index : start + 8 * index + 8], "little")
        _permute(lanes)
        lanes = [lane & _LANE for lane in lanes]
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])
