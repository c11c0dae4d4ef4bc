"""RPC without a server: entries and simulations straight off a test's ledger."""

from base64 import b64decode, b64encode
from collections.abc import Sequence

from stellar_sdk import StrKey, xdr
from support.contract_ledger import ContractLedger

from arb.contracts.rpc import RpcClient
from arb.contracts.rpc_answers import EntriesAnswer
from arb.contracts.simulation import Simulation
from arb.localnet.soroban.simulate import Asked, simulate_call


class LedgerNode(RpcClient):
    """What a node says of the last ledger of a `ContractLedger`."""

    def __init__(self, chain: ContractLedger) -> None:
        super().__init__(["http://127.0.0.1:9"])
        self._ledger = chain.ledger

    async def get_ledger_entries(self, keys: Sequence[str]) -> EntriesAnswer:
        found = {key: entry for key in keys if (entry := self._ledger.root.get(b64decode(key))) is not None}
        # A packed LedgerEntry is lastModifiedLedgerSeq, data, extension.
        data = {key: b64encode(entry.packed()[4:-4]).decode() for key, entry in found.items()}
        return EntriesAnswer(self._ledger.last.seq, data, True, {})

    async def simulate_transaction(self, envelope_xdr: str, *_: object, **__: object) -> Simulation:
        packed = b64decode(envelope_xdr)
        envelope = xdr.TransactionEnvelope.from_xdr_bytes(packed).v1
        assert envelope is not None
        operation = envelope.tx.operations[0]
        source = operation.source_account or envelope.tx.source_account
        assert source.ed25519 is not None
        address = StrKey.encode_ed25519_public_key(source.ed25519.uint256)
        asked = Asked(operation.body, address, self._ledger.network_id, len(packed))
        found = simulate_call(self._ledger.root, asked)
        result = None if found.result is None else xdr.SCVal.from_xdr_bytes(found.result)
        events = tuple(b64encode(event).decode() for event in found.diagnostics)
        return Simulation(1, found.error, result, (), found.data, 1, None, events)
