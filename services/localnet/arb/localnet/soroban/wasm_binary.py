"""What the host reads of a wasm file itself: its sections, and the interface version its compiler stamped on it."""

from __future__ import annotations

from collections.abc import Iterator

from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError

__all__ = ["START_SECTION", "check_interface_version", "leb128", "sections"]

START_SECTION = 8
_CUSTOM_SECTION = 0
_HEADER = b"\0asm\1\0\0\0"
_ENV_META = b"contractenvmetav0"
_VERSION_ENTRY = 12


def leb128(data: bytes, pos: int) -> tuple[int, int]:
    """An unsigned LEB128 of at most 32 bits at `pos`: (number, position after it). Raises HostError past the end."""
    number = shift = 0
    while shift < 35:
        if pos >= len(data):
            break
        byte = data[pos]
        pos += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, pos
        shift += 7
    raise malformed("a length runs past its section")


def sections(wasm: bytes) -> Iterator[tuple[int, bytes]]:
    """(section id, content) in file order. Raises HostError(WASM_VM, INVALID_ACTION) for what is not core wasm."""
    if not wasm.startswith(_HEADER):
        raise malformed("it does not start as a core wasm module")
    pos = len(_HEADER)
    while pos < len(wasm):
        kind = wasm[pos]
        size, pos = leb128(wasm, pos + 1)
        if pos + size > len(wasm):
            raise malformed(f"section {kind} runs past the end")
        yield kind, wasm[pos : pos + size]
        pos += size


def custom_section(wasm: bytes, name: bytes) -> bytes | None:
    """Content of the first custom section called `name`."""
    for kind, content in sections(wasm):
        if kind == _CUSTOM_SECTION:
            size, pos = leb128(content, 0)
            if content[pos : pos + size] == name:
                return content[pos + size :]
    return None


def check_interface_version(wasm: bytes, protocol: int) -> int:
    """The protocol the contract was built for (SCEnvMetaEntry), which must not be newer than the ledger's."""
    meta = custom_section(wasm, _ENV_META)
    if meta is None:
        raise HostError(ErrorType.WASM_VM, ErrorCode.INVALID_INPUT, "contract missing metadata section")
    if len(meta) < _VERSION_ENTRY or meta[:4] != b"\0\0\0\0":
        raise HostError(ErrorType.WASM_VM, ErrorCode.INVALID_INPUT, "contract missing environment interface version")
    built_for = int.from_bytes(meta[4:8], "big")
    pre_release = int.from_bytes(meta[8:12], "big")
    if built_for > protocol:
        raise HostError(
            ErrorType.WASM_VM,
            ErrorCode.INVALID_INPUT,
            f"contract protocol number {built_for} is newer than the ledger's {protocol}",
        )
    if pre_release:
        raise HostError(
            ErrorType.WASM_VM, ErrorCode.INVALID_INPUT, f"contract pre-release number {pre_release} is not zero"
        )
    return built_for


def malformed(why: str) -> HostError:
    """The network's refusal of code that is not a valid module."""
    return HostError(ErrorType.WASM_VM, ErrorCode.INVALID_ACTION, f"malformed wasm: {why}")
