"""The interface's bytes inside a contract's wasm: the custom section `contractspecv0`."""

from typing import Final

from arb.contracts.spec.errors import MalformedSpecError

_HEADER: Final = b"\0asm\x01\0\0\0"
_SECTION: Final = b"contractspecv0"
_CUSTOM: Final = 0
_LARGEST: Final = 2**20
"""The network stores at most 128 KiB of wasm today."""


def spec_section(wasm: bytes) -> bytes:
    """The section's content, joined when it comes in pieces. MalformedSpecError when this is no contract's wasm."""
    if not wasm.startswith(_HEADER):
        raise MalformedSpecError(f"not wasm: it starts with {wasm[:8].hex() or 'nothing'}")
    if len(wasm) > _LARGEST:
        raise MalformedSpecError(f"wasm of {len(wasm)} bytes is larger than any contract ({_LARGEST})")
    at, found = len(_HEADER), []
    while at < len(wasm):
        kind = wasm[at]
        size, at = _leb128(wasm, at + 1)
        end = at + size
        if end > len(wasm):
            raise MalformedSpecError(f"wasm is cut: a section ends at byte {end} of {len(wasm)}")
        if kind == _CUSTOM:
            length, start = _leb128(wasm, at)
            name_end = start + length
            if name_end > end:
                raise MalformedSpecError(f"the custom section at byte {at} has a name longer than itself")
            if wasm[start:name_end] == _SECTION:
                found.append(wasm[name_end:end])
        at = end
    if not found:
        raise MalformedSpecError("this wasm declares no interface: it has no section contractspecv0")
    return b"".join(found)


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned 32 bit number and the position behind it."""
    value = 0
    for shift in range(0, 35, 7):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value >= 2**32:
                break
            return value, at
    raise MalformedSpecError(f"wasm holds a malformed number before byte {at}")
