"""Our own contracts in localnet's host, over dicts: accounts signed everything, contracts only what they allowed."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from arb.localnet.soroban import values as v
from arb.localnet.soroban.auth_frames import FrameAuth
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.events import Event
from arb.localnet.soroban.execution import modules
from arb.localnet.soroban.host import Host
from arb.localnet.soroban.memory_storage import MemoryStorage
from arb.localnet.soroban.ports import LedgerInfo
from arb.localnet.soroban.values import HostValue

WASM = Path(__file__).parents[2] / "soroban" / "wasm"
NOON = 1_700_000_000
LATER = v.u64(NOON + 60)


class SignedByAccounts(FrameAuth):
    """Refuses a contract that did not allow the call itself, as every network does; accounts agree unless `absent`."""

    def __init__(self, absent: set[HostValue]) -> None:
        super().__init__()
        self._absent = absent

    def require_auth(self, host: Host, address: HostValue, args: tuple[HostValue, ...] | None) -> None:
        if address in self._absent:
            raise HostError(ErrorType.AUTH, ErrorCode.INVALID_ACTION, f"{v.strkey(address)} did not sign")
        if address[1][0] == v.CONTRACT and not self.allowed_by_contract(address, self.invocation(args)):
            raise HostError(ErrorType.AUTH, ErrorCode.INVALID_ACTION, f"{v.strkey(address)} did not allow this")


class ContractWorld:
    """Deploys and calls contracts; every call is a host of its own, as every transaction is."""

    def __init__(self) -> None:
        self.storage = MemoryStorage()
        self.now = NOON
        self.absent: set[HostValue] = set()
        self.events: list[Event] = []
        self._deployed = 0

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever is called within leaves nothing behind."""
        self.storage.begin()
        try:
            yield
        finally:
            self.storage.rollback()

    def upload(self, name: str) -> bytes:
        """Code by the name of its file; its hash."""
        return self._host().upload((WASM / f"{name}.wasm").read_bytes())

    def deploy(self, name: str, *args: HostValue) -> HostValue:
        """A new contract; its address."""
        self._deployed += 1
        salt = hashlib.sha256(str(self._deployed).encode()).digest()
        return self._host().create_contract(account(0), salt, self.upload(name), args, with_constructor=True)

    def call(self, contract: HostValue, function: str, *args: HostValue) -> HostValue:
        """The result of a call; raises HostError after it was undone."""
        host = self._host()
        try:
            return host.invoke(Host.contract_of(contract), function, args)
        finally:
            self.events = host.events

    def tried(self, contract: HostValue, function: str, *args: HostValue) -> HostValue | None:
        """The result of a call, or None when it was refused."""
        try:
            return self.call(contract, function, *args)
        except HostError:
            return None

    def tokens(self, count: int, holder: HostValue, amount: int) -> list[HostValue]:
        """SEP-41 tokens in the network's order of addresses, `amount` of each for the holder."""
        made = [self.deploy("token", account(0), v.u32(7), v.string("Token"), v.string("TOK")) for _ in range(count)]
        for token in made:
            self.call(token, "mint", holder, v.i128(amount))
        return sorted(made)

    def balance(self, token: HostValue, owner: HostValue) -> int:
        return int(self.call(token, "balance", owner)[1])

    def _host(self) -> Host:
        ledger = LedgerInfo(sequence=77, timestamp=self.now, protocol_version=23, network_id=bytes(range(32)))
        return Host(ledger=ledger, storage=self.storage, auth=SignedByAccounts(self.absent), modules=modules())


def account(number: int) -> HostValue:
    return v.account(bytes([number]) * 32)


def amounts(*numbers: int) -> HostValue:
    return v.vec(v.i128(number) for number in numbers)


def struct(**fields: HostValue) -> HostValue:
    return v.map_((v.symbol(name), value) for name, value in fields.items())


def fields(value: HostValue) -> dict[str, Any]:
    """A struct's fields without their types."""
    return {key[1]: field[1] for key, field in value[1]}
