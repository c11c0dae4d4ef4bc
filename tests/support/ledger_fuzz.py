"""Random contract transactions against a whole ledger: valid, nearly valid and absurd ones, the same for a seed."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from stellar_sdk import Keypair, TransactionBuilder, TransactionEnvelope, xdr
from stellar_sdk.operation import InvokeHostFunction
from support.ledger_exchange import DEPTH, LATER, WASM, LedgerExchange
from support.signed_entries import own_credentials, payload, signatures
from wasmtime import Engine, FuncType, Module

from arb.localnet.ledger import keys
from arb.localnet.ledger.account_ids import account_id_of_key
from arb.localnet.ledger.assets import asset_of
from arb.localnet.ledger.contract_entries import ContractData
from arb.localnet.ledger.entries import Account, TrustLine
from arb.localnet.ledger.soroban_config import SorobanConfig
from arb.localnet.soroban import values as v
from arb.localnet.soroban.codec import from_scval, to_scval, unpack
from arb.localnet.soroban.errors import HostError
from arb.localnet.soroban.values import HostValue

TRADERS = ("alice", "bob", "carol")
_SAC = {"transfer": 3, "transfer_from": 4, "approve": 4, "balance": 1, "burn": 2, "burn_from": 3, "mint": 2,
        "clawback": 2, "set_authorized": 2, "set_admin": 1, "allowance": 2, "admin": 0, "name": 0}  # fmt: skip
SHORT = 300
"""Ledgers that anything lives at most, so that whole contracts are archived and come back."""
_CREDENTIALS = xdr.SorobanCredentialsType
BALANCE = v.symbol("Balance")


class LedgerFuzz:
    """Every contract of ours deployed, three traders, and a stream of transactions."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        config = replace(SorobanConfig(), min_temporary_ttl=20, min_persistent_ttl=SHORT, max_entry_ttl=SHORT)
        self.exchange = LedgerExchange(*TRADERS, config=config)
        self.world = self.exchange.world
        self._functions: dict[str, dict[str, int]] = {v.strkey(token): dict(_SAC) for token in self.exchange.tokens}
        self._add(self.exchange.factory, "factory")
        self._add(self.exchange.router, "router")
        for first, second in ((0, 1), (1, 2)):
            pair = self.exchange.run("maker", self.exchange.factory, "get_pair", *self._two(first, second))
            self._add(v.strkey(pair), "pair")
        owner = v.address(self.world.address("maker"))
        token = self._deploy("token", owner, v.u32(7), v.string("Token"), v.string("TOK"))
        for name in TRADERS:
            self.exchange.run("maker", token, "mint", v.address(self.world.address(name)), v.i128(DEPTH))
        two = sorted(self.exchange.tokens[:2])
        self._deploy("aquarius_pool", v.vec(two), v.u32(30))
        self._deploy("phoenix_pool", *two, v.i64(30), v.i64(500), owner)
        for name in ("route_executor", "flash_lender", "flash_route"):
            self._deploy(name)
        usd = v.vec([v.symbol("Other"), v.symbol("USD")])
        oracle = self._deploy("oracle", owner, usd, v.vec([]), v.u32(14), v.u32(300))
        self._deploy("detector", owner, v.address(oracle))
        self._contracts = list(self._functions)
        people = [v.address(self.world.address(name)) for name in (*TRADERS, "maker", "issuer")]
        self._known = [*people, *map(v.address, self._contracts), v.contract(bytes(32)), v.account(bytes([9]) * 32)]
        self._seen: list[xdr.LedgerKey] = []

    def _two(self, first: int, second: int) -> tuple[HostValue, HostValue]:
        return self.exchange.tokens[first], self.exchange.tokens[second]

    def _deploy(self, name: str, *args: HostValue) -> str:
        contract = self.exchange.deploy(name, *args)
        self._add(contract, name)
        return contract

    def _add(self, contract: str, name: str) -> None:
        exports = Module(Engine(), (WASM / f"{name}.wasm").read_bytes()).exports
        self._functions[contract] = {e.name: len(e.type.params) for e in exports if isinstance(e.type, FuncType)}

    # --- transactions -----------------------------------------------------------------------------------------

    def transaction(self) -> tuple[str, TransactionEnvelope]:
        """Who sends it, and a contract transaction ready to be signed."""
        rng, sender = self.rng, self.rng.choice(TRADERS)
        envelope = self._call(sender).build()
        found = self.world.simulate(sender, envelope)
        if found.data is None:
            self._declare_anything(envelope)
            return sender, envelope
        data = xdr.SorobanTransactionData.from_xdr_bytes(found.data.to_xdr_bytes())
        footprint = data.resources.footprint
        self._seen = (self._seen + footprint.read_only + footprint.read_write)[-200:]
        entries = [xdr.SorobanAuthorizationEntry.from_xdr_bytes(entry) for entry in found.auth]
        for entry in entries:
            self._sign(entry)
        operation = envelope.transaction.operations[0]
        assert isinstance(operation, InvokeHostFunction)
        operation.auth = entries
        data.resource_fee = xdr.Int64(data.resource_fee.int64 + 2_000_000)
        data.resources.instructions = xdr.Uint32(data.resources.instructions.uint32 + 2_000_000)
        envelope.transaction.soroban_data, envelope.transaction.fee = data, data.resource_fee.int64 + 100
        if rng.random() < 0.4:
            rng.choice([self._spoil_footprint, self._spoil_resources, self._spoil_auth, self._spoil_args])(envelope)
        return sender, envelope

    def sleep(self) -> None:
        """Let so many ledgers pass that everything of contracts is archived."""
        for _ in range(SHORT + 5):
            self.world.close()

    def _call(self, sender: str) -> TransactionBuilder:
        rng = self.rng
        if rng.random() < 0.35:
            contract, function, *args = self._likely(sender)
            return self.world.invocation(sender, contract, function, *args)
        contract = rng.choice(self._contracts)
        function, arity = rng.choice(list(self._functions[contract].items()))
        count = arity if rng.random() < 0.9 else rng.randrange(8)
        return self.world.invocation(sender, contract, function, *[self.value() for _ in range(count)])

    def _likely(self, sender: str) -> tuple[Any, ...]:
        """A call that usually makes sense."""
        rng, who = self.rng, v.address(self.world.address(sender))
        amount = v.i128(rng.randrange(1, 10 ** rng.randrange(1, 9)))
        token = v.strkey(rng.choice(self.exchange.tokens))
        payer = v.address(self.world.address(rng.choice(TRADERS)))
        path = v.vec(rng.choice([self.exchange.tokens, self.exchange.tokens[::-1], self.exchange.tokens[:2]]))
        first = rng.randrange(2)
        deposit = (*self._two(first, first + 1), amount, amount, v.i128(0), v.i128(0), who, LATER)
        return rng.choice(
            [
                (token, "transfer", payer, rng.choice(self._known), amount),
                (token, "burn", who, amount),
                (token, "approve", who, rng.choice(self._known), amount, v.u32(self.world.ledger.last.seq + 500)),
                (self.exchange.router, "swap_exact_tokens_for_tokens", amount, v.i128(0), path, payer, LATER),
                (self.exchange.router, "add_liquidity", *deposit),
            ]
        )

    def value(self, depth: int = 0) -> HostValue:
        """Of every kind there is, numbers at their ends, addresses of somebody and of nobody, nests of them."""
        rng = self.rng
        kinds: list[Callable[[], HostValue]] = [
            lambda: v.VOID,
            lambda: v.boolean(rng.random() < 0.5),
            lambda: v.u32(rng.choice([0, 1, 2, 2**32 - 1])),
            lambda: v.u64(rng.choice([0, 1, 2**64 - 1])),
            lambda: v.u128(rng.choice([0, 1, 10**7, 2**128 - 1])),
            lambda: v.i128(rng.choice([-(2**127), -1, 0, 1, 10**7, 10**9, 2**127 - 1])),
            lambda: v.i128(rng.randrange(1, 10**9)),
            lambda: v.symbol(rng.choice(["transfer", "Balance", "x"])),
            lambda: v.string("TOK"),
            lambda: v.bytes_(rng.randbytes(32)),
            lambda: rng.choice(self._known),
            lambda: rng.choice(self._known),
            lambda: rng.choice(self._known),
        ]
        if depth < 3:
            kinds.append(lambda: v.vec(self.value(depth + 1) for _ in range(rng.randrange(4))))
            kinds.append(lambda: v.vec(self.exchange.tokens))
        return rng.choice(kinds)()

    def _sign(self, entry: xdr.SorobanAuthorizationEntry) -> None:
        """By the account the entry asks for, if it is one of the traders."""
        if entry.credentials.type is _CREDENTIALS.SOROBAN_CREDENTIALS_SOURCE_ACCOUNT:
            return
        own = own_credentials(entry)
        own.signature_expiration_ledger = xdr.Uint32(self.world.ledger.last.seq + 20)
        key = self._key_of(own.address)
        if key is not None:
            own.signature = signatures(payload(entry, self.world.ledger.network_id), [key])

    def _key_of(self, address: xdr.SCAddress) -> Keypair | None:
        if address.account_id is None:
            return None
        raw = address.account_id.account_id.ed25519
        assert raw is not None
        found = account_id_of_key(raw.uint256)
        return next((self.world.keys[name] for name in TRADERS if self.world.address(name) == found), None)

    # --- what goes wrong --------------------------------------------------------------------------------------

    def _declare_anything(self, envelope: TransactionEnvelope) -> None:
        """Resources for a call that simulation refused: what others touched, and plenty of everything."""
        some = self.rng.sample(self._seen, min(len(self._seen), 12))
        unique = list({key.to_xdr_bytes(): key for key in some}.values())
        half = len(unique) // 2
        resources = xdr.SorobanResources(
            xdr.LedgerFootprint(unique[:half], unique[half:]),
            xdr.Uint32(20_000_000), xdr.Uint32(50_000), xdr.Uint32(50_000),
        )  # fmt: skip
        fee = 20_000_000
        envelope.transaction.soroban_data = xdr.SorobanTransactionData(
            xdr.SorobanTransactionDataExt(0), resources, xdr.Int64(fee)
        )
        envelope.transaction.fee = fee + 100

    def _spoil_footprint(self, envelope: TransactionEnvelope) -> None:
        footprint = _data(envelope).resources.footprint
        if footprint.read_write and self.rng.random() < 0.5:
            key = footprint.read_write.pop(self.rng.randrange(len(footprint.read_write)))
            if self.rng.random() < 0.5:
                footprint.read_only.append(key)
        elif footprint.read_only:
            footprint.read_only.pop(self.rng.randrange(len(footprint.read_only)))

    def _spoil_resources(self, envelope: TransactionEnvelope) -> None:
        resources = _data(envelope).resources
        match self.rng.randrange(4):
            case 0:
                resources.instructions = xdr.Uint32(self.rng.randrange(3_000_000))
            case 1:
                resources.write_bytes = xdr.Uint32(self.rng.randrange(600))
            case 2:
                resources.disk_read_bytes = xdr.Uint32(self.rng.randrange(300))
            case _:
                _data(envelope).resource_fee = xdr.Int64(self.rng.randrange(300_000))

    def _spoil_auth(self, envelope: TransactionEnvelope) -> None:
        operation = envelope.transaction.operations[0]
        assert isinstance(operation, InvokeHostFunction)
        if not operation.auth:
            return
        entry = self.rng.choice(operation.auth)
        signed = entry.credentials.type is not _CREDENTIALS.SOROBAN_CREDENTIALS_SOURCE_ACCOUNT
        match self.rng.randrange(4):
            case 0:
                operation.auth.remove(entry)
            case 1:
                operation.auth.append(entry)
            case 2 if signed:
                own_credentials(entry).signature = to_scval(self.value())
            case _ if signed:
                own_credentials(entry).nonce = xdr.Int64(self.rng.randrange(3))
            case _:
                entry.root_invocation.sub_invocations.append(entry.root_invocation)
                entry.root_invocation.sub_invocations = entry.root_invocation.sub_invocations[:0]

    def _spoil_args(self, envelope: TransactionEnvelope) -> None:
        operation = envelope.transaction.operations[0]
        assert isinstance(operation, InvokeHostFunction)
        call = operation.host_function.invoke_contract
        assert call is not None
        if call.args:
            call.args[self.rng.randrange(len(call.args))] = to_scval(self.value())

    # --- what has to hold -------------------------------------------------------------------------------------

    def supplies(self) -> list[int]:
        """Units of each asset that accounts, trustlines and contracts hold together; for XLM with the fee pool."""
        state = self.world.ledger.root
        native = state.header.fee_pool + sum(e.balance for e in state.of_type(keys.ACCOUNT) if isinstance(e, Account))
        totals = [native, 0, 0]
        for line in state.of_type(keys.TRUSTLINE):
            assert isinstance(line, TrustLine)
            for index, asset in enumerate(self.exchange.assets[1:], start=1):
                totals[index] += line.balance if line.asset == asset_of(asset.to_xdr_object()) else 0
        contracts = {b"\0\0\0\1" + token[1][1]: index for index, token in enumerate(self.exchange.tokens)}
        for data in (*state.of_type(keys.CONTRACT_DATA), *state.archive()):
            if not isinstance(data, ContractData):
                continue
            held = contracts.get(data.contract)
            if held is not None:
                totals[held] += _balance(data)
        return totals

    def issued(self, events: tuple[bytes, ...]) -> list[int]:
        """What the events of a transaction say was minted, less what was burnt, of each asset."""
        changes = [0, 0, 0]
        contracts = {token[1][1]: index for index, token in enumerate(self.exchange.tokens)}
        for event in map(xdr.ContractEvent.from_xdr_bytes, events):
            assert event.body.v0 is not None
            assert event.contract_id is not None
            index = contracts.get(event.contract_id.contract_id.hash)
            name = str(from_scval(event.body.v0.topics[0])[1])
            if index is None or name not in ("mint", "burn", "clawback"):
                continue
            amount = from_scval(event.body.v0.data)
            if amount[0] == v.MAP:
                amount = dict(amount[1])[v.symbol("amount")]
            changes[index] += amount[1] if name == "mint" else -amount[1]
        return changes


def _data(envelope: TransactionEnvelope) -> xdr.SorobanTransactionData:
    assert envelope.transaction.soroban_data is not None
    return envelope.transaction.soroban_data


def _balance(data: ContractData) -> int:
    """The amount of a contract's balance entry; 0 for any other entry of an asset's contract."""
    try:
        key = unpack(data.data_key)
    except HostError:
        return 0  # the instance, under a key that is the ledger's own
    if key[0] != v.VEC or key[1][0] != BALANCE:
        return 0
    return int(dict(unpack(data.value)[1])[v.symbol("amount")][1])
