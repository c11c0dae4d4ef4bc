"""Secret seeds as people hold them, `S…` (SEP-23): to 32 bytes, and never into an error."""

import base64
import binascii
import re
from typing import Final

_SEED: Final = re.compile(r"S[A-Z2-7]{55}")
_VERSION_BYTE: Final = 18 << 3
_BYTE_ORDER_MARK: Final = "\ufeff"


def decode_seed(text: str) -> bytes | None:
    """The 32 bytes of a seed; None for anything else, so that no error can carry what was given.

    White space is left out wherever it stands: seeds are copied from paper, mail and tables.
    """
    found = _SEED.fullmatch("".join(text.removeprefix(_BYTE_ORDER_MARK).split()))
    if found is None:
        return None
    raw = base64.b32decode(found.group())
    payload, checksum = raw[:-2], raw[-2:]
    if payload[0] != _VERSION_BYTE or binascii.crc_hqx(payload, 0).to_bytes(2, "little") != checksum:
        return None
    return payload[1:]


def encode_seed(raw: bytes) -> str:
    """`S…` of 32 bytes: for a file that its owner alone reads, and for nothing else."""
    payload = bytes((_VERSION_BYTE,)) + raw
    return base64.b32encode(payload + binascii.crc_hqx(payload, 0).to_bytes(2, "little")).decode()
