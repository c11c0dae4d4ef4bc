"""A localnet process where alice deploys and calls other people's contracts through our library, by RPC alone."""

import asyncio
from hashlib import sha256
from typing import Any, NamedTuple, Self

from stellar_sdk import scval, xdr
from support.invocation import PASSPHRASE, InvocationWorld
from support.localnet import Localnet
from support.third_party import wasm

from arb.contracts.contract import Contract
from arb.contracts.contract_errors import CallFailedError
from arb.contracts.horizon import HorizonClient
from arb.contracts.interfaces import InterfaceCache
from arb.contracts.invocation.attended import Attended
from arb.contracts.invocation.operations import ContractOperation, CreateContract, InvokeContract, UploadWasm
from arb.contracts.invocation.outcomes import Succeeded
from arb.contracts.spec.interface import Interface
from arb.contracts.transactions import Signer
from arb.markets.soroban.tokens import contract_key

PLENTY = 10**37
"""Of every token for alice: more than any amount she offers, so that no refusal is for want of it."""
_CHANNELS = 12
_LIFETIME = 3_600
"""Seconds of the network's clock, on which a ledger is a second however soon it is closed."""


class Call(NamedTuple):
    """A function of a contract with plain arguments, as its interface takes them."""

    contract: str
    function: str
    arguments: tuple[object, ...]


class ThirdPartyNetwork(InvocationWorld):
    """Every transaction in flight has a channel account of its own, so that a ledger can hold many of alice's.

    What sends transactions needs `closing()` around it.
    """

    def __init__(self, network: Localnet) -> None:
        super().__init__(network)
        self.interfaces = InterfaceCache()
        self.codes: dict[str, str] = {}
        """The file that every contract was made of."""
        self._contracts: dict[str, Contract] = {}
        self._free: asyncio.Queue[Signer] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        horizon = HorizonClient(self.network.url, http=self.http)
        channels = [Signer(sha256(b"channel %d" % number).digest()) for number in range(_CHANNELS)]
        async with self.closing():
            await asyncio.gather(
                *(horizon.friendbot(f"{self.network.url}/friendbot", channel.address) for channel in channels)
            )
        for channel in channels:
            self._free.put_nowait(channel)
        return self

    def contract(self, contract: str) -> Contract:
        if contract not in self._contracts:
            self._contracts[contract] = Contract(self.rpc, contract, self.interfaces)
        return self._contracts[contract]

    async def send(self, call: Call) -> Any:
        """The result of a call that a ledger applied."""
        interface = await self.contract(call.contract).interface()
        arguments = interface.encode_arguments(call.function, call.arguments)
        applied = await self._applied(InvokeContract(call.contract, call.function, tuple(arguments)))
        return interface.decode_result(call.function, applied)

    async def do(self, contract: str, function: str, *arguments: object) -> Any:
        return await self.send(Call(contract, function, arguments))

    async def tried(self, call: Call) -> Any | None:
        """What a call would return now; None where it would be refused."""
        try:
            return await self.contract(call.contract).read(call.function, *call.arguments)
        except CallFailedError:
            return None

    async def upload(self, name: str) -> bytes:
        """Code by the name of its file; its hash."""
        return scval.from_bytes(await self._applied(UploadWasm(wasm(name))))

    async def create(self, name: str, *arguments: object, salt: bytes = bytes(32)) -> str:
        """A contract of its file's code."""
        code = await self.upload(name)
        encoded = Interface.from_wasm(wasm(name)).encode_arguments("__constructor", arguments) if arguments else []
        salt = sha256(salt + name.encode()).digest()
        created = await self._applied(CreateContract(self.alice.address, code, salt, tuple(encoded)))
        contract = scval.from_address(created).address
        self.codes[contract] = name
        return contract

    async def assets(self, decimals: tuple[int, ...]) -> list[str]:
        """SEP-41 tokens in the network's order; alice holds plenty of each."""
        await self.upload("sep41_token")
        made = await asyncio.gather(*(self.create("sep41_token", salt=bytes([n]) * 32) for n in range(len(decimals))))
        tokens = sorted(made, key=contract_key)

        async def mint(token: str, places: int) -> None:
            await self.do(token, "initialize", self.alice.address, places, "Token", "TOK")
            await self.do(token, "mint", self.alice.address, PLENTY)

        await asyncio.gather(*map(mint, tokens, decimals))
        return tokens

    async def _applied(self, operation: ContractOperation) -> xdr.SCVal:
        channel = await self._free.get()
        try:
            calls = Attended(self.rpc, PASSPHRASE, self.alice, channel, {}, self.fees, _LIFETIME)
            outcome = await calls.run(operation)
        finally:
            self._free.put_nowait(channel)
        assert isinstance(outcome, Succeeded), (operation, outcome)
        assert outcome.value is not None
        return outcome.value
