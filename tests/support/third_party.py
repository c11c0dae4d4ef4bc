"""Other people's contracts on localnet: set up by real transactions, then tried on throwaway copies of the ledger.

The wasm is theirs and not ours to keep: it is read from the directory that ARB_THIRD_PARTY_WASM names, and each file
has to be the one that tests/integration/third_party/README.md records.
"""

import asyncio
import hashlib
import os
import re
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from stellar_sdk import TransactionBuilder
from support.contract_ledger import ContractLedger
from support.contract_world import SignedByAccounts

from arb.contracts.routes.call import Venue
from arb.contracts.rpc import RpcClient
from arb.contracts.rpc_answers import EntriesAnswer
from arb.contracts.venues.pool_entries import PoolAt
from arb.contracts.venues.reserves import ReserveReader
from arb.localnet.ledger.txn import LedgerTxn
from arb.localnet.soroban import values as v
from arb.localnet.soroban.codec import to_scval
from arb.localnet.soroban.errors import HostError
from arb.localnet.soroban.execution import ledger_info, modules
from arb.localnet.soroban.footprint import RecordingFootprint
from arb.localnet.soroban.host import Host
from arb.localnet.soroban.ledger_storage import LedgerStorage
from arb.localnet.soroban.values import HostValue
from arb.markets.soroban.pools import SorobanPool
from arb.markets.soroban.swap import Refusal

DIRECTORY = os.environ.get("ARB_THIRD_PARTY_WASM", "")
STATES = int(os.environ.get("ARB_THIRD_PARTY_STATES", "50"))
"""Random states a venue is tried on."""
PLENTY = 10**33
_README = Path(__file__).parents[1] / "integration" / "third_party" / "README.md"
_ROW = re.compile(r"^\| `(\w+)\.wasm` \|.*\| `([0-9a-f]{64})` \|$", re.MULTILINE)
RECORDED: dict[str, str] = dict(_ROW.findall(_README.read_text()))
"""SHA-256 of every contract by the name of its file."""


def wasm(name: str) -> bytes:
    """A contract's code by the name of its file."""
    code = (Path(DIRECTORY) / f"{name}.wasm").read_bytes()
    found = hashlib.sha256(code).hexdigest()
    assert found == RECORDED[name], f"{name}.wasm is not the one of the README: its SHA-256 is {found}"
    return code


class Chain(ContractLedger):
    """A ledger with one account, alice, who deploys, mints and trades. Every step is a transaction of its own."""

    def __init__(self) -> None:
        super().__init__("alice")
        self.alice = v.address(self.address("alice"))
        self.now = self.ledger.last.close_time
        self._uploaded: dict[str, HostValue] = {}
        self._created = 0

    def code(self, name: str) -> HostValue:
        """The hash of a contract's code, uploaded the first time."""
        if name not in self._uploaded:
            self._uploaded[name] = self.upload_code(wasm(name))
        return self._uploaded[name]

    def upload_code(self, code: bytes) -> HostValue:
        return self._sent(self.builder(self.keys["alice"]).append_upload_contract_wasm_op(code))

    def create(self, name: str, *args: HostValue) -> HostValue:
        """A new contract; its address."""
        return self.create_of(self.code(name), *args)

    def create_of(self, code_hash: HostValue, *args: HostValue, salt: bytes | None = None) -> HostValue:
        self._created += 1
        salt = salt or self._created.to_bytes(32, "big")
        arguments = [to_scval(arg) for arg in args] or None
        builder = self.builder(self.keys["alice"])
        return self._sent(builder.append_create_contract_op(code_hash[1], self.address("alice"), arguments, salt))

    def do(self, contract: HostValue, function: str, *args: HostValue) -> HostValue:
        """A call as one transaction: simulated, signed, applied. Its return value."""
        done = self.call("alice", v.strkey(contract), function, *args)
        assert done.code == "SUCCESS", f"{function}: {done.code}"
        assert done.value is not None
        return done.value

    def see(self, contract: HostValue, function: str, *args: HostValue) -> HostValue:
        """A call simulated."""
        return self.read("alice", v.strkey(contract), function, *args)

    def tokens(self, count: int, *decimals: int) -> list[HostValue]:
        """SEP-41 tokens in the network's order of addresses; alice holds plenty of each. Seven decimals unless said."""
        made = sorted(self.create("sep41_token") for _ in range(count))
        for token, places in zip(made, decimals or [7] * count, strict=True):
            self.do(token, "initialize", self.alice, v.u32(places), v.string("Token"), v.string("TOK"))
            self.do(token, "mint", self.alice, v.i128(PLENTY))
        return made

    @contextmanager
    def copy(self) -> Iterator["Copy"]:
        """The next ledger as it would be, to call contracts in; nothing of it stays."""
        with LedgerTxn(self.ledger.root) as ltx:
            ltx.header.ledger_seq += 1
            yield Copy(self, ltx)

    def _sent(self, builder: TransactionBuilder) -> HostValue:
        done = self.apply("alice", self.prepared("alice", builder))
        assert done.code == "SUCCESS", done.code
        assert done.value is not None
        return done.value


class Copy:
    """A ledger's throwaway copy; accounts agree to everything, contracts only to what they allowed."""

    def __init__(self, chain: Chain, ltx: LedgerTxn) -> None:
        self._chain, self._ltx = chain, ltx

    def call(self, contract: HostValue, function: str, *args: HostValue) -> HostValue:
        """The result of a call; raises HostError after it was undone."""
        return self.host().invoke(Host.contract_of(contract), function, args)

    def tried(self, contract: HostValue, function: str, *args: HostValue) -> HostValue | None:
        """The result of a call, or None when it was refused."""
        try:
            return self.call(contract, function, *args)
        except HostError as refusal:
            self.refusal = refusal
            return None

    @contextmanager
    def copy(self) -> Iterator["Copy"]:
        """A copy of this copy."""
        with self._ltx.child() as ltx:
            yield Copy(self._chain, ltx)

    def pass_time(self, seconds: int) -> None:
        """Let the copy close later."""
        self._ltx.header.close_time += seconds

    def balance(self, token: HostValue) -> int:
        """What alice holds."""
        return int(self.call(token, "balance", self._chain.alice)[1])

    def pool(self, venue: Venue, contract: HostValue) -> SorobanPool:
        """A pool as our services read it: off the entries that its contract stores."""
        read = asyncio.run(ReserveReader(_NodeOf(self._ltx)).read([PoolAt(venue, v.strkey(contract))]))
        assert not read.skipped, read.skipped
        return read.pools[0]

    def host(self) -> Host:
        header = self._ltx.header
        return Host(
            ledger=ledger_info(header, self._chain.ledger.network_id),
            storage=LedgerStorage(self._ltx, RecordingFootprint(), header.soroban),
            auth=SignedByAccounts(set()),
            modules=modules(),
        )


class _NodeOf(RpcClient):
    """Answers for the entries of a ledger's copy."""

    def __init__(self, ltx: LedgerTxn) -> None:
        super().__init__(["http://127.0.0.1:9"])
        self._ltx = ltx

    async def get_ledger_entries(self, keys: Iterable[str]) -> EntriesAnswer:
        found = {key: entry for key in keys if (entry := self._ltx.get(b64decode(key))) is not None}
        # A packed LedgerEntry is lastModifiedLedgerSeq, data, extension.
        data = {key: b64encode(entry.packed()[4:-4]).decode() for key, entry in found.items()}
        return EntriesAnswer(self._ltx.header.ledger_seq, data, True, {})


class Tally(Counter[str]):
    """How often what happened."""

    def __init__(self, contract: str) -> None:
        super().__init__()
        self.contract = contract

    def same(self, found: object, expected: object, what: str = "equal") -> Self:
        """Count an answer that is what the formula says; anything else fails the test."""
        assert found == expected, (self.contract, what, found, expected)
        self[what] += 1
        return self

    def foretold(
        self, before: SorobanPool, after: SorobanPool, trade: tuple[HostValue, HostValue, int], out: int | None
    ) -> None:
        """Count a swap (sold, bought, amount) that went, or was refused, as our library says of the pool before."""
        sold, bought, amount = v.strkey(trade[0]), v.strkey(trade[1]), trade[2]
        answer = before.swap(sold, bought, amount)
        if answer is Refusal.NOTHING_OUT and out == 0:
            self["our library: refused, though the contract pays nothing"] += 1
        elif isinstance(answer, Refusal):
            self.same((out, after), (None, before), f"our library: refused, {answer.name}")
        else:
            left = before.after(sold, bought, amount)
            self.same((out, after), (answer.amount_out, left), "our library: amount and reserves equal")

    def show(self) -> None:
        """For `pytest -rP`: the counts of this run."""
        print(f"{self.contract}: " + ", ".join(f"{what} {count}" for what, count in sorted(self.items())))
