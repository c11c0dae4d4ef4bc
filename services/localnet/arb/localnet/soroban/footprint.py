"""The footprint: which ledger entries a contract transaction may read and write, enforced or recorded."""

from collections.abc import Iterable

from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError


class Footprint:
    """The declared keys (packed LedgerKeys); touching any other ends the call with Storage/ExceededLimit."""

    __slots__ = ("archived", "read_only", "read_write")

    def __init__(self, read_only: Iterable[bytes], read_write: Iterable[bytes], archived: Iterable[bytes] = ()) -> None:
        """`archived` are those keys of `read_write` that the transaction wants restored before it runs (CAP-66)."""
        self.read_only = list(read_only)
        self.read_write = list(read_write)
        self.archived = dict.fromkeys(archived)

    def read(self, key: bytes) -> None:
        """A key is about to be read. Raises HostError outside the footprint."""
        if key not in self.read_only and key not in self.read_write:
            raise HostError(
                ErrorType.STORAGE, ErrorCode.EXCEEDED_LIMIT, f"trying to access ledger key {key.hex()}: not declared"
            )

    def write(self, key: bytes) -> None:
        """A key is about to be written. Raises HostError where that is not declared."""
        if key not in self.read_write:
            raise HostError(
                ErrorType.STORAGE, ErrorCode.EXCEEDED_LIMIT, f"trying to write ledger key {key.hex()}: not declared"
            )

    def restores(self, key: bytes) -> bool:
        """Whether an archived entry of this key comes back to life in this transaction."""
        return key in self.archived


class RecordingFootprint(Footprint):
    """Takes down what is touched, for simulation: a key that is ever written, or was archived, is read-write."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__((), ())

    def read(self, key: bytes) -> None:
        """Note a read."""
        if key not in self.read_only and key not in self.read_write:
            self.read_only.append(key)

    def write(self, key: bytes) -> None:
        """Note a write."""
        if key in self.read_only:
            self.read_only.remove(key)
        if key not in self.read_write:
            self.read_write.append(key)

    def restores(self, key: bytes) -> bool:
        """Note that the entry is archived: using it restores it."""
        self.write(key)
        self.archived[key] = None
        return True
