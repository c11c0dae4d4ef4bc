"""Whether a text is a public key or contract id in strkey form: version byte, payload, CRC16 (SEP-23)."""

import base64
import binascii

_VERSIONS = {"G": 6 << 3, "C": 2 << 3}


def is_strkey(text: str, letter: str) -> bool:
    """Whether `text` is a valid strkey that begins with `letter` (G: account, C: contract)."""
    if len(text) != 56 or not text.startswith(letter):
        return False
    try:
        raw = base64.b32decode(text)
    except (binascii.Error, ValueError):
        return False
    return raw[0] == _VERSIONS[letter] and int.from_bytes(raw[33:], "little") == binascii.crc_hqx(raw[:33], 0)
