"""Traders that swap through a router over two pools on a running localnet: set up over JSON-RPC, then sent by bytes."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from stellar_sdk import Asset, Keypair, Network, TransactionBuilder, TransactionEnvelope, scval, xdr

WASM = Path(__file__).parents[2] / "soroban" / "wasm"
PASSPHRASE = Network.STANDALONE_NETWORK_PASSPHRASE
LATER = 2**40
DEPTH = 10**10
Rpc = Callable[..., Awaitable[dict[str, Any]]]
Build = Callable[[Keypair], TransactionBuilder]
Wait = Callable[[int], Awaitable[None]]
Found = tuple[xdr.SorobanTransactionData, list[xdr.SorobanAuthorizationEntry]]
"""What a simulation found: resources and authorisation."""


class ContractLoad:
    """XLM-USD and USD-EUR pairs of an issuer's two assets, and one prepared swap of each trader.

    `call` is a JSON-RPC call, `build` starts a transaction with the account's next sequence number, `ledgers` waits for
    some to close. Balances of contracts are all the traders' own XLM and what the swaps give, held by trustlines.
    """

    def __init__(self, call: Rpc, build: Build, ledgers: Wait, issuer: Keypair, traders: list[Keypair]) -> None:
        self._call, self._build, self._ledgers = call, build, ledgers
        self._issuer, self._traders = issuer, traders
        self._assets = [Asset.native(), *(Asset(code, issuer.public_key) for code in ("USD", "EUR"))]
        self._data: dict[str, Found] = {}
        self.router = ""

    async def prepare(self) -> None:
        """Contracts, pools, trustlines, and a simulation of every trader's swap whose resources all others reuse."""
        for asset in self._assets:
            await self._run(self._build(self._issuer).append_create_stellar_asset_contract_from_asset_op(asset))
        pair = await self._upload("pair")
        factory = await self._deploy("factory")
        owner = scval.to_address(self._issuer.public_key)
        await self._invoke(factory, "initialize", owner, pair)
        self.router = await self._deploy("router")
        await self._invoke(self.router, "initialize", scval.to_address(factory))
        tokens = [scval.to_address(asset.contract_id(PASSPHRASE)) for asset in self._assets]
        for first, second in ((0, 1), (1, 2)):
            amounts = [scval.to_int128(amount) for amount in (DEPTH, DEPTH, 0, 0)]
            late = scval.to_uint64(LATER)
            await self._invoke(self.router, "add_liquidity", tokens[first], tokens[second], *amounts, owner, late)
        for key in self._traders:
            builder = self._build(key)
            for asset in self._assets[1:]:
                builder.append_change_trust_op(asset)
            await self._send(_signed(builder.build(), key))
        await self._ledgers(2)
        for key in self._traders:
            envelope = self._swap(key).build()
            self._data[key.public_key] = await self._simulated(envelope)
            await self._send(_signed(envelope, key, self._data[key.public_key]))
        await self._ledgers(2)

    def transactions(self) -> list[TransactionEnvelope]:
        """A signed swap of every trader, with the resources that were found for its first."""
        return [_signed(self._swap(key).build(), key, self._data[key.public_key]) for key in self._traders]

    def simulated_swap(self) -> str:
        """A swap as it is given to simulation."""
        key = self._traders[0]
        return self._swap(key).build().to_xdr()

    def _swap(self, key: Keypair) -> TransactionBuilder:
        path = scval.to_vec([scval.to_address(asset.contract_id(PASSPHRASE)) for asset in self._assets])
        amounts = (scval.to_int128(1_000), scval.to_int128(0))
        args = [*amounts, path, scval.to_address(key.public_key), scval.to_uint64(LATER)]
        return self._build(key).append_invoke_contract_function_op(self.router, "swap_exact_tokens_for_tokens", args)

    async def _upload(self, name: str) -> xdr.SCVal:
        code = (WASM / f"{name}.wasm").read_bytes()
        await self._run(self._build(self._issuer).append_upload_contract_wasm_op(code))
        return scval.to_bytes(sha256(code).digest())

    async def _deploy(self, name: str) -> str:
        code = scval.from_bytes(await self._upload(name))
        value = await self._run(self._build(self._issuer).append_create_contract_op(code, self._issuer.public_key))
        return scval.from_address(value).address

    async def _invoke(self, contract: str, function: str, *args: xdr.SCVal) -> None:
        await self._run(self._build(self._issuer).append_invoke_contract_function_op(contract, function, list(args)))

    async def _run(self, builder: TransactionBuilder) -> xdr.SCVal:
        """Simulate, send and wait; the value that simulation gave."""
        envelope = builder.build()
        answer = await self._simulation(envelope)
        await self._send(_signed(envelope, self._issuer, _found(answer)))
        await self._ledgers(2)
        return xdr.SCVal.from_xdr(answer["results"][0]["xdr"])

    async def _simulated(self, envelope: TransactionEnvelope) -> Found:
        return _found(await self._simulation(envelope))

    async def _simulation(self, envelope: TransactionEnvelope) -> dict[str, Any]:
        answer = await self._call("simulateTransaction", transaction=envelope.to_xdr())
        if "error" in answer:
            raise RuntimeError(f"the load could not be prepared: {answer['error']}")
        return answer

    async def _send(self, envelope: TransactionEnvelope) -> None:
        answer = await self._call("sendTransaction", transaction=envelope.to_xdr())
        if answer["status"] != "PENDING":
            raise RuntimeError(f"the load could not be prepared: {answer}")


def _found(answer: dict[str, Any]) -> Found:
    entries = [xdr.SorobanAuthorizationEntry.from_xdr(entry) for entry in answer["results"][0]["auth"]]
    return xdr.SorobanTransactionData.from_xdr(answer["transactionData"]), entries


def _signed(envelope: TransactionEnvelope, key: Keypair, found: Found | None = None) -> TransactionEnvelope:
    if found is not None:
        data, auth = found
        envelope.transaction.soroban_data = data
        envelope.transaction.fee += data.resource_fee.int64
        envelope.transaction.operations[0].auth = auth  # type: ignore[attr-defined]
    envelope.sign(key)
    return envelope
