"""Contract calls on a local network whose ledgers close when told to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from stellar_sdk import scval, xdr
from support.localnet import Localnet

from arb.contracts.entries import AccountKey, AccountState, decode_entry, key_text
from arb.contracts.horizon import HorizonClient
from arb.contracts.http import HttpSession
from arb.contracts.invocation.attended import Attended, Settled
from arb.contracts.invocation.envelope import Draft
from arb.contracts.invocation.fees import FeePolicy
from arb.contracts.invocation.operations import (
    ContractOperation,
    CreateContract,
    InvokeContract,
    UploadWasm,
    created_contract_id,
)
from arb.contracts.invocation.outcomes import Succeeded
from arb.contracts.rpc import RpcClient
from arb.contracts.transactions import Signer

PASSPHRASE = "Standalone Network ; February 2017"
WASM = Path(__file__).parents[2] / "soroban" / "wasm"
_BETWEEN_LEDGERS = 0.05


class InvocationWorld:
    """Alice calls, a channel account pays, bob and others may have to authorise."""

    def __init__(self, network: Localnet) -> None:
        self.network = network
        self.alice, self.bob, self.channel = (Signer(sha256(n.encode()).digest()) for n in ("alice", "bob", "channel"))
        self.http = HttpSession()
        self.rpc = RpcClient([network.rpc_url], http=self.http)
        self.fees = FeePolicy(total_cap=2_000_000_000)

    async def __aenter__(self) -> Self:
        horizon = HorizonClient(self.network.url, http=self.http)
        async with self.closing():
            for signer in (self.alice, self.bob, self.channel):
                await horizon.friendbot(f"{self.network.url}/friendbot", signer.address)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.rpc.close()
        await self.http.close()

    async def close(self, ledgers: int = 1) -> None:
        """Close ledgers now."""
        for _ in range(ledgers):
            await self.http.post_json(f"{self.network.url}/localnet/close", {})

    @asynccontextmanager
    async def closing(self) -> AsyncIterator[None]:
        """Ledgers close by themselves."""

        async def again() -> None:
            while True:
                await self.close()
                await asyncio.sleep(_BETWEEN_LEDGERS)

        task = asyncio.create_task(again())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def run(self, operation: ContractOperation, *others: Signer) -> Settled:
        """Carry a call of alice's through, paid for by the channel."""
        signers = {signer.address: signer for signer in others}
        calls = Attended(self.rpc, PASSPHRASE, self.alice, self.channel, signers, self.fees, lifetime=90)
        async with self.closing():
            return await calls.run(operation)

    async def done(self, operation: ContractOperation, *others: Signer) -> Succeeded:
        """As `run`, of a call that works."""
        outcome = await self.run(operation, *others)
        assert isinstance(outcome, Succeeded), outcome
        return outcome

    async def deploy(self, name: str, *arguments: xdr.SCVal, salt: bytes = bytes(32)) -> str:
        """Upload a contract of ours and create it; its id."""
        wasm = (WASM / f"{name}.wasm").read_bytes()
        await self.done(UploadWasm(wasm))
        operation = CreateContract(self.alice.address, sha256(wasm).digest(), salt, arguments)
        created = await self.done(operation)
        assert created.value is not None
        contract = scval.from_address(created.value).address
        assert contract == created_contract_id(self.alice.address, salt, PASSPHRASE)
        return contract

    async def token(self, symbol: str = "TKN") -> str:
        """A token whose admin is alice."""
        text = scval.to_string(symbol)
        admin = scval.to_address(self.alice.address)
        return await self.deploy("token", admin, scval.to_uint32(7), text, text, salt=sha256(symbol.encode()).digest())

    def call(self, contract: str, function: str, *arguments: xdr.SCVal | str | int) -> InvokeContract:
        """A call with addresses as text and i128 as int."""
        return InvokeContract(contract, function, tuple(map(_value, arguments)))

    async def drafted(self, operation: ContractOperation, *, seconds: int = 600) -> Draft:
        """A draft of alice's on the channel's next sequence number."""
        latest = await self.rpc.get_latest_ledger()
        assert latest.close_time is not None
        sequence = await self.sequence(self.channel) + 1
        until = latest.close_time + seconds
        return Draft(operation, self.channel.address, self.alice.address, sequence, until, PASSPHRASE)

    async def sequence(self, signer: Signer) -> int:
        return (await self.account(signer)).sequence

    async def account(self, signer: Signer) -> AccountState:
        key = key_text(AccountKey(signer.address))
        state = decode_entry((await self.rpc.get_ledger_entries([key])).entries[key])
        assert isinstance(state, AccountState)
        return state


def _value(given: xdr.SCVal | str | int) -> xdr.SCVal:
    if isinstance(given, str):
        return scval.to_address(given)
    return scval.to_int128(given) if isinstance(given, int) else given
