"""What a contract transaction declares: footprint, resources and the fee set aside (SorobanTransactionData)."""

from dataclasses import dataclass, field
from itertools import pairwise

from stellar_sdk import xdr

from arb.localnet.ledger import keys
from arb.localnet.ledger.contract_entries import is_contract_key, is_temporary
from arb.localnet.ledger.soroban_config import SorobanConfig
from arb.localnet.soroban.fees import Resources, non_refundable_fee


@dataclass(slots=True)
class SorobanData:
    """Declared use of the ledger. Keys are packed, sizes in bytes, the fee in stroops.

    `archived` are the keys of `read_write` to be restored first; `tx_size` is the envelope's; `restoring` says that the
    operation restores all it writes.
    """

    read_only: list[bytes]
    read_write: list[bytes]
    archived: list[bytes] | None
    instructions: int
    disk_read_bytes: int
    write_bytes: int
    resource_fee: int
    tx_size: int
    restoring: bool = False

    @classmethod
    def of(cls, data: xdr.SorobanTransactionData, tx_size: int, *, restoring: bool = False) -> "SorobanData":
        """What an envelope of `tx_size` bytes declares. `archived` is None where it names keys that are not there."""
        resources = data.resources
        read_write = [key.to_xdr_bytes() for key in resources.footprint.read_write]
        extension = data.ext.resource_ext
        indexes = [] if extension is None else [index.uint32 for index in extension.archived_soroban_entries]
        ascending = all(low < high for low, high in pairwise(indexes))
        valid = ascending and all(index < len(read_write) for index in indexes)
        return cls(
            [key.to_xdr_bytes() for key in resources.footprint.read_only],
            read_write,
            [read_write[index] for index in indexes] if valid else None,
            resources.instructions.uint32,
            resources.disk_read_bytes.uint32,
            resources.write_bytes.uint32,
            data.resource_fee.int64,
            tx_size,
            restoring,
        )

    @property
    def keys(self) -> list[bytes]:
        """The whole footprint."""
        return self.read_only + self.read_write

    def resources(self) -> Resources:
        """What its fee goes by: entries on disk are classic ones and those to be restored."""
        classic = sum(not is_contract_key(key) for key in self.keys)
        return Resources(
            self.instructions,
            len(self.read_write) if self.restoring else classic + len(self.archived or ()),
            len(self.read_write),
            self.disk_read_bytes,
            self.write_bytes,
            self.tx_size,
        )

    def non_refundable(self, config: SorobanConfig) -> int:
        """The part of the resource fee that is charged in any case."""
        return non_refundable_fee(config, self.resources())

    def invalid(self, config: SorobanConfig) -> bool:
        """Whether it exceeds what the network allows a transaction, or declares what cannot be (txSOROBAN_INVALID)."""
        used, declared = self.resources(), self.keys
        return (
            self.archived is None
            or any(not is_contract_key(key) or is_temporary(key) for key in self.archived)
            or used.instructions > config.tx_max_instructions
            or used.disk_read_entries > config.tx_max_disk_read_entries
            or used.disk_read_bytes > config.tx_max_disk_read_bytes
            or used.write_entries > config.tx_max_write_entries
            or used.write_bytes > config.tx_max_write_bytes
            or used.tx_size > config.tx_max_size_bytes
            or len(declared) > config.tx_max_footprint_entries
            or len(set(declared)) != len(declared)
            or any(not _may_be_declared(key, config) for key in declared)
            or not non_refundable_fee(config, used) <= self.resource_fee < 2**63
        )


@dataclass(slots=True)
class SorobanRun:
    """A contract operation while it is applied: what it declared, and what came of it.

    `events` and `diagnostics` are packed ContractEvents and DiagnosticEvents, `return_value` a packed SCVal; fees are
    stroops: `refundable_fee` what it used of the refundable part, `rent_fee` the rent in that.
    """

    data: SorobanData
    config: SorobanConfig
    events: list[bytes] = field(default_factory=list)
    diagnostics: list[bytes] = field(default_factory=list)
    return_value: bytes | None = None
    refundable_fee: int = 0
    rent_fee: int = 0

    @property
    def refundable(self) -> int:
        """The most it may use of the resource fee beside what its declared resources cost."""
        return self.data.resource_fee - self.data.non_refundable(self.config)


def _may_be_declared(key: bytes, config: SorobanConfig) -> bool:
    """Contract data and code, accounts and trustlines of credit assets, none with a key of excessive size."""
    if len(key) > config.max_data_key_size:
        return False
    if key[3] == keys.TRUSTLINE:
        return key[40:44] in (b"\x00\x00\x00\x01", b"\x00\x00\x00\x02")
    return key[3] == keys.ACCOUNT or is_contract_key(key)
