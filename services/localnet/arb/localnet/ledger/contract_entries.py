"""Contract entries in memory: data and code of contracts, and until when each of them lives (CAP-46-05, CAP-46-12)."""

from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar

from arb.localnet.ledger import keys
from arb.localnet.ledger.entry import Versioned

TEMPORARY, PERSISTENT = 0, 1
"""ContractDataDurability."""
_ZERO = b"\x00\x00\x00\x00"


@dataclass(slots=True)
class ContractData(Versioned):
    """ContractDataEntry; `contract` is a packed SCAddress, `data_key` and `value` are packed SCVals."""

    contract: bytes
    data_key: bytes
    durability: int
    value: bytes

    entry_type: ClassVar[int] = keys.CONTRACT_DATA

    def key(self) -> bytes:
        """LedgerKey of the data entry."""
        return keys.contract_data_key(self.contract, self.data_key, self.durability)

    def copy(self) -> "ContractData":
        """An independent copy, ready to be changed."""
        return ContractData(self.contract, self.data_key, self.durability, self.value, last_modified=self.last_modified)

    def _body(self) -> bytes:
        return _ZERO + self.contract + self.data_key + self.durability.to_bytes(4, "big") + self.value


@dataclass(slots=True)
class ContractCode(Versioned):
    """ContractCodeEntry; `hash` is the SHA-256 of the wasm. Without the cost inputs by which core meters parsing."""

    hash: bytes
    code: bytes

    entry_type: ClassVar[int] = keys.CONTRACT_CODE

    def key(self) -> bytes:
        """LedgerKey of the code."""
        return keys.contract_code_key(self.hash)

    def copy(self) -> "ContractCode":
        """An independent copy, ready to be changed."""
        return ContractCode(self.hash, self.code, last_modified=self.last_modified)

    def _body(self) -> bytes:
        return _ZERO + self.hash + keys.pack_opaque(self.code)


@dataclass(slots=True)
class Ttl(Versioned):
    """TTLEntry: the last ledger in which an entry lives; `key_hash` is the SHA-256 of its packed LedgerKey."""

    key_hash: bytes
    live_until: int

    entry_type: ClassVar[int] = keys.TTL

    def key(self) -> bytes:
        """LedgerKey of the TTL entry."""
        return keys.TTL_HEAD + self.key_hash

    def copy(self) -> "Ttl":
        """An independent copy, ready to be changed."""
        return Ttl(self.key_hash, self.live_until, last_modified=self.last_modified)

    def _body(self) -> bytes:
        return self.key_hash + self.live_until.to_bytes(4, "big")


def ttl_of(key: bytes, live_until: int) -> Ttl:
    """The TTL entry of a contract entry's packed key."""
    return Ttl(sha256(key).digest(), live_until)


def is_contract_key(key: bytes) -> bool:
    """Whether a packed LedgerKey names contract data or code: what has a TTL."""
    return key[3] in (keys.CONTRACT_DATA, keys.CONTRACT_CODE)


def is_temporary(key: bytes) -> bool:
    """Whether a packed LedgerKey names temporary contract data: gone for good once its TTL is over."""
    return key[3] == keys.CONTRACT_DATA and key[-1] == TEMPORARY
