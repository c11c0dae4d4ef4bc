"""A ledger whose accounts call contracts: simulated, assembled and closed without a server in between."""

from dataclasses import dataclass

from stellar_sdk import Account, Asset, Keypair, Network, StrKey, TransactionBuilder, TransactionEnvelope, xdr

from arb.localnet.ledger.close import Ledger
from arb.localnet.ledger.closed import AppliedTx
from arb.localnet.ledger.soroban_config import SorobanConfig
from arb.localnet.soroban.codec import from_scval, to_scval
from arb.localnet.soroban.errors import ErrorType
from arb.localnet.soroban.simulate import Asked, Simulation, simulate_call
from arb.localnet.soroban.values import HostValue, symbol

PASSPHRASE = Network.STANDALONE_NETWORK_PASSPHRASE
GENESIS = 1_700_000_000


@dataclass(frozen=True)
class Done:
    """An applied contract call: the operation's code without its prefix, the return value of one that succeeded."""

    code: str
    value: HostValue | None
    applied: AppliedTx

    @property
    def errors(self) -> list[tuple[ErrorType, int]]:
        """The errors that the diagnostic events tell of, first things first."""
        events = [xdr.DiagnosticEvent.from_xdr_bytes(raw).event.body.v0 for raw in self.applied.diagnostics]
        topics = [[from_scval(topic) for topic in body.topics] for body in events if body is not None]
        return [(ErrorType(topic[1][1][0]), topic[1][1][1]) for topic in topics if topic[0] == symbol("error")]


class ContractLedger:
    """Accounts by name, created with 1,000 XLM each."""

    def __init__(self, *names: str, config: SorobanConfig | None = None) -> None:
        self.ledger = Ledger(PASSPHRASE, genesis_time=GENESIS, soroban=config)
        self.root = Keypair.from_raw_ed25519_seed(self.ledger.network_id)
        self.keys = {name: Keypair.from_raw_ed25519_seed(name.encode().ljust(32, b".")) for name in names}
        builder = self.builder(self.root)
        for key in self.keys.values():
            builder.append_create_account_op(key.public_key, "1000")
        self.classic(builder, self.root)

    def address(self, name: str) -> str:
        return self.keys[name].public_key

    def builder(self, key: Keypair) -> TransactionBuilder:
        account = self.ledger.root.account(key.public_key)
        assert account is not None
        return TransactionBuilder(Account(key.public_key, account.seq_num), PASSPHRASE, 100).set_timeout(0)

    def close(self, *envelopes: TransactionEnvelope) -> list[AppliedTx]:
        frames = [self.ledger.parse(envelope.to_xdr_object().to_xdr_bytes()) for envelope in envelopes]
        return list(self.ledger.close(frames, self.ledger.last.close_time + 5).txs)

    def classic(self, builder: TransactionBuilder, *keys: Keypair) -> None:
        envelope = builder.build()
        for key in keys:
            envelope.sign(key)
        (applied,) = self.close(envelope)
        assert applied.successful, applied.result.hex()

    def trust(self, name: str, asset: Asset, issuer: str, amount: str) -> None:
        self.classic(self.builder(self.keys[name]).append_change_trust_op(asset), self.keys[name])
        payment = self.builder(self.keys[issuer]).append_payment_op(self.address(name), asset, amount)
        self.classic(payment, self.keys[issuer])

    def simulate(
        self, name: str, envelope: TransactionEnvelope, *, record: bool = True, bound: bool = True
    ) -> Simulation:
        packed = envelope.to_xdr_object()
        assert packed.v1 is not None
        body, size = packed.v1.tx.operations[0].body, len(packed.to_xdr_bytes())
        return simulate_call(
            self.ledger.root, Asked(body, self.address(name), self.ledger.network_id, size, record=record, bound=bound)
        )

    def prepared(self, name: str, builder: TransactionBuilder) -> TransactionEnvelope:
        envelope = builder.build()
        found = self.simulate(name, envelope)
        assert found.error is None, found.error
        assert found.data is not None
        envelope.transaction.soroban_data = found.data
        envelope.transaction.fee += found.data.resource_fee.int64
        operation = envelope.transaction.operations[0]
        operation.auth = [xdr.SorobanAuthorizationEntry.from_xdr_bytes(entry) for entry in found.auth]  # type: ignore[attr-defined]
        return envelope

    def apply(self, name: str, envelope: TransactionEnvelope) -> Done:
        envelope.sign(self.keys[name])
        (applied,) = self.close(envelope)
        result = xdr.TransactionResult.from_xdr_bytes(applied.result).result.results
        assert result
        assert result[0].tr is not None
        inner = result[0].tr.invoke_host_function_result
        assert inner is not None
        meta = xdr.TransactionMeta.from_xdr_bytes(applied.result_meta).v4
        assert meta is not None
        assert meta.soroban_meta is not None
        value = meta.soroban_meta.return_value
        code = inner.code.name.removeprefix("INVOKE_HOST_FUNCTION_")
        return Done(code, None if value is None else from_scval(value), applied)

    def call(self, name: str, contract: str, function: str, *args: HostValue) -> Done:
        """Simulated, signed and applied."""
        return self.apply(name, self.prepared(name, self.invocation(name, contract, function, *args)))

    def refusal(self, name: str, contract: str, function: str, *args: HostValue) -> str:
        """The error that simulation reports."""
        error = self.simulate(name, self.invocation(name, contract, function, *args).build()).error
        assert error is not None
        return error

    def read(self, name: str, contract: str, function: str, *args: HostValue) -> HostValue:
        found = self.simulate(name, self.invocation(name, contract, function, *args).build())
        assert found.result is not None, found.error
        return from_scval(xdr.SCVal.from_xdr_bytes(found.result))

    def invocation(self, name: str, contract: str, function: str, *args: HostValue) -> TransactionBuilder:
        builder = self.builder(self.keys[name])
        return builder.append_invoke_contract_function_op(contract, function, [to_scval(arg) for arg in args])

    def upload(self, name: str, wasm: bytes) -> bytes:
        """Store code; its hash."""
        done = self.apply(name, self.prepared(name, self.builder(self.keys[name]).append_upload_contract_wasm_op(wasm)))
        assert done.value is not None
        return bytes(done.value[1])

    def deploy(self, name: str, wasm: bytes, *args: HostValue, salt: bytes = bytes(32)) -> str:
        """Upload and create a contract; its address. `args` are its constructor's."""
        code = self.upload(name, wasm)
        builder = self.builder(self.keys[name]).append_create_contract_op(
            code, self.address(name), [to_scval(arg) for arg in args], salt=salt
        )
        created = self.apply(name, self.prepared(name, builder))
        assert created.value is not None, created.errors
        return StrKey.encode_contract(created.value[1][1])

    def asset_contract(self, name: str, asset: Asset) -> str:
        builder = self.builder(self.keys[name]).append_create_stellar_asset_contract_from_asset_op(asset)
        assert self.apply(name, self.prepared(name, builder)).code == "SUCCESS"
        return asset.contract_id(PASSPHRASE)
