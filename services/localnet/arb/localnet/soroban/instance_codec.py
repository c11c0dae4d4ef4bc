"""Contract instances as the ledger keeps them: the packed SCV_CONTRACT_INSTANCE under its well-known key."""

from types import MappingProxyType

from arb.localnet.soroban.codec import pack, unpack
from arb.localnet.soroban.ports import Instance
from arb.localnet.soroban.values import map_

INSTANCE_DATA_KEY = b"\x00\x00\x00\x14"
"""The packed SCVal SCV_LEDGER_KEY_CONTRACT_INSTANCE."""
_INSTANCE = b"\x00\x00\x00\x13"
_MAP = b"\x00\x00\x00\x11"
_WASM, _ASSET = b"\x00\x00\x00\x00", b"\x00\x00\x00\x01"
_NONE = b"\x00\x00\x00\x00"


def pack_instance(instance: Instance) -> bytes:
    """The packed SCVal of an instance."""
    executable = _ASSET if instance.executable is None else _WASM + instance.executable
    storage = pack(map_(instance.storage.items()))[4:] if instance.storage else _NONE
    return _INSTANCE + executable + storage


def unpack_instance(packed: bytes) -> Instance:
    """The instance of a packed SCVal that `pack_instance` made, or one like it."""
    wasm = packed[4:8] == _WASM
    tail = packed[40:] if wasm else packed[8:]
    storage = {} if tail == _NONE else dict(unpack(_MAP + tail)[1])
    return Instance(packed[8:40] if wasm else None, MappingProxyType(storage))
