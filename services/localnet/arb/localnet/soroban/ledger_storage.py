"""What contracts store, kept in the ledger: contract data and code with their life times, under a footprint."""

from functools import lru_cache
from typing import TypeVar

from arb.localnet.ledger import keys
from arb.localnet.ledger.contract_entries import ContractCode, ContractData, Ttl, is_temporary, ttl_of
from arb.localnet.ledger.entries import Account, TrustLine
from arb.localnet.ledger.entry import Entry
from arb.localnet.ledger.soroban_config import SorobanConfig
from arb.localnet.ledger.txn import LedgerTxn
from arb.localnet.soroban.archive import archived_entry, live_until, restore
from arb.localnet.soroban.codec import pack, unpack
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.footprint import Footprint
from arb.localnet.soroban.instance_codec import INSTANCE_DATA_KEY, pack_instance, unpack_instance
from arb.localnet.soroban.ports import Durability, Instance
from arb.localnet.soroban.values import HostValue

E = TypeVar("E", bound=Entry)
_CONTRACT = b"\x00\x00\x00\x01"
_KEY_AT = 4 + 4 + 32
"""Where in a packed LedgerKey of contract data its SCVal begins; its durability takes the last four bytes."""
_cached_unpack = lru_cache(maxsize=16_384)(unpack)
_cached_instance = lru_cache(maxsize=1_024)(unpack_instance)


class LedgerStorage:
    """The host's storage over a LedgerTxn. Nested levels are children of it; committing reaches the LedgerTxn given.

    Most calls of a contract write nothing, so a level is a child only from its first change on; until then it is None
    and reads what lies below.
    """

    def __init__(self, ltx: LedgerTxn, footprint: Footprint, config: SorobanConfig) -> None:
        self._levels: list[LedgerTxn | None] = [ltx]
        self._top = ltx
        self._config = config
        self.footprint = footprint
        self.ledger_seq = ltx.header.ledger_seq

    @property
    def ltx(self) -> LedgerTxn:
        """The innermost level to be changed: by this class, and by the classic side of the asset contract."""
        if self._levels[-1] is None:
            self._levels[-1] = self._top = self._top.child()
        return self._top

    @property
    def reads(self) -> LedgerTxn:
        """The innermost level to be read only."""
        return self._top

    def begin(self) -> None:
        """Open a level."""
        self._levels.append(None)

    def commit(self) -> None:
        """Keep what the innermost level changed."""
        level = self._levels.pop()
        if level is None:
            return
        if self._levels[-1] is None:
            self._levels[-1] = level  # the level below has changed nothing itself: what it would take over is this
        else:
            level.commit()
            self._top = self._levels[-1]

    def rollback(self) -> None:
        """Drop what the innermost level changed."""
        level = self._levels.pop()
        if level is not None:
            level.rollback()
            self._top = next(below for below in reversed(self._levels) if below is not None)

    def get(self, contract: bytes, key: HostValue, durability: Durability) -> HostValue | None:
        """The value under a key; None if there is none, or a temporary one has expired."""
        entry = self._live(_data_key(contract, key, durability))
        return None if entry is None else _cached_unpack(_data(entry).value)

    def has(self, contract: bytes, key: HostValue, durability: Durability) -> bool:
        """Whether there is a value under a key."""
        return self._live(_data_key(contract, key, durability)) is not None

    def put(self, contract: bytes, key: HostValue, value: HostValue, durability: Durability) -> None:
        """Write a value; a new entry lives as long as the network's minimum."""
        ledger_key = _data_key(contract, key, durability)
        self._put_data(ledger_key, _CONTRACT + contract, ledger_key[_KEY_AT:-4], int(durability), pack(value))

    def delete(self, contract: bytes, key: HostValue, durability: Durability) -> None:
        """Remove a value, if there is one."""
        ledger_key = _data_key(contract, key, durability)
        self.footprint.write(ledger_key)
        if self._live(ledger_key) is not None:
            self.ltx.erase(ledger_key)
            self.ltx.erase(keys.ttl_key(ledger_key))

    def extend(self, contract: bytes, key: HostValue, durability: Durability, threshold: int, extend_to: int) -> None:
        """Let an entry live for `extend_to` ledgers from now if it has at most `threshold` left."""
        self._extend(_data_key(contract, key, durability), threshold, extend_to)

    def instance(self, contract: bytes) -> Instance | None:
        """The instance of a contract; None if there is no such contract."""
        entry = self._live(_instance_key(contract))
        return None if entry is None else _cached_instance(_data(entry).value)

    def put_instance(self, contract: bytes, instance: Instance) -> None:
        """Create or overwrite an instance."""
        value = pack_instance(instance)
        owner = _CONTRACT + contract
        self._put_data(_instance_key(contract), owner, INSTANCE_DATA_KEY, Durability.PERSISTENT, value)

    def extend_instance(self, contract: bytes, threshold: int, extend_to: int) -> None:
        """Prolong the life of an instance, as `extend`."""
        self._extend(_instance_key(contract), threshold, extend_to)

    def code(self, wasm_hash: bytes) -> bytes | None:
        """Uploaded wasm by its SHA-256."""
        entry = self._live(keys.contract_code_key(wasm_hash))
        assert entry is None or isinstance(entry, ContractCode)
        return None if entry is None else entry.code

    def put_code(self, wasm_hash: bytes, wasm: bytes) -> None:
        """Keep wasm; what is there already stays as it is."""
        key = keys.contract_code_key(wasm_hash)
        self.footprint.write(key)
        if self._live(key) is None:
            self._create(ContractCode(wasm_hash, wasm), self._config.min_persistent_ttl)

    def extend_code(self, wasm_hash: bytes, threshold: int, extend_to: int) -> None:
        """Prolong the life of code, as `extend`."""
        self._extend(keys.contract_code_key(wasm_hash), threshold, extend_to)

    def create_nonce(self, address: bytes, key: HostValue, live_until: int) -> bool:
        """Use up an authorisation's nonce until a ledger; False if it was used before. `address`: packed SCAddress."""
        packed_key = pack(key)
        ledger_key = keys.contract_data_key(address, packed_key, Durability.TEMPORARY)
        self.footprint.write(ledger_key)
        if self._live(ledger_key) is not None:
            return False
        void = b"\x00\x00\x00\x01"
        self._drop_expired(ledger_key)
        self.ltx.create(ContractData(address, packed_key, Durability.TEMPORARY, void))
        self.ltx.create(ttl_of(ledger_key, max(live_until, self._min_live_until(self._config.min_temporary_ttl))))
        return True

    def classic(self, key: bytes) -> Entry | None:
        """An account or trustline, for reading."""
        self.footprint.read(key)
        return self._top.get(key)

    def load_classic(self, key: bytes) -> Entry | None:
        """An account or trustline, to be changed."""
        self.footprint.write(key)
        return self.ltx.load(key)

    def create_classic(self, entry: Account | TrustLine) -> None:
        """A new account or trustline."""
        self.footprint.write(entry.key())
        self.ltx.create(entry)

    def restore(self, key: bytes) -> None:
        """Bring an archived entry back for the network's minimum life time."""
        restore(self.ltx, key, self._min_live_until(self._config.min_persistent_ttl))

    def live_until(self, key: bytes) -> int | None:
        """The last ledger of an entry's life; None if there is no such entry."""
        return live_until(self._top, key)

    def _live(self, key: bytes) -> Entry | None:
        self.footprint.read(key)
        entry = self._top.get(key)
        if entry is not None and (self.live_until(key) or 0) >= self.ledger_seq:
            return entry
        if archived_entry(self._top, key) is None:
            return None
        if not self.footprint.restores(key):
            raise HostError(ErrorType.STORAGE, ErrorCode.INVALID_ACTION, f"ledger entry {key.hex()} is archived")
        self.restore(key)
        return self._top.get(key)

    def _put_data(self, ledger_key: bytes, owner: bytes, data_key: bytes, durability: int, value: bytes) -> None:
        self.footprint.write(ledger_key)
        if self._live(ledger_key) is not None:
            mine = self.ltx.load(ledger_key)
            assert isinstance(mine, ContractData)
            mine.value = value
            return
        temporary = durability == Durability.TEMPORARY
        life = self._config.min_temporary_ttl if temporary else self._config.min_persistent_ttl
        self._create(ContractData(owner, data_key, int(durability), value), life)

    def _create(self, entry: ContractData | ContractCode, ledgers: int) -> None:
        key = entry.key()
        self._drop_expired(key)
        self.ltx.create(entry)
        self.ltx.create(ttl_of(key, self._min_live_until(ledgers)))

    def _drop_expired(self, key: bytes) -> None:
        if self._top.get(key) is not None:
            self.ltx.erase(key)
            self.ltx.erase(keys.ttl_key(key))

    def _min_live_until(self, ledgers: int) -> int:
        return self.ledger_seq + ledgers - 1

    def _extend(self, key: bytes, threshold: int, extend_to: int) -> None:
        if self._live(key) is None:
            raise HostError(ErrorType.STORAGE, ErrorCode.MISSING_VALUE, f"no entry {key.hex()} to extend")
        until = self.live_until(key)
        assert until is not None
        wanted = self.ledger_seq + extend_to
        longest = self.ledger_seq + self._config.max_entry_ttl - 1
        if wanted > longest:
            if is_temporary(key):
                raise HostError(ErrorType.STORAGE, ErrorCode.INVALID_ACTION, f"cannot live longer than {longest}")
            wanted = longest
        if wanted > until and until - self.ledger_seq <= threshold:
            ttl = self.ltx.load(keys.ttl_key(key))
            assert isinstance(ttl, Ttl)
            ttl.live_until = wanted


@lru_cache(maxsize=16_384)
def _data_key(contract: bytes, key: HostValue, durability: Durability) -> bytes:
    return keys.contract_data_key(_CONTRACT + contract, pack(key), durability)


@lru_cache(maxsize=4_096)
def _instance_key(contract: bytes) -> bytes:
    return keys.contract_data_key(_CONTRACT + contract, INSTANCE_DATA_KEY, Durability.PERSISTENT)


def _data(entry: Entry) -> ContractData:
    assert isinstance(entry, ContractData)
    return entry
