"""The contracts of the seeded market at work: the oracle is fed, takers swap on pools, in every ledger."""

from collections.abc import Iterator

import structlog
from stellar_sdk import xdr

from arb.localnet.node.node import Node
from arb.localnet.settings import Settings
from arb.localnet.traffic.actors import Actor
from arb.localnet.traffic.contracts import genesis
from arb.localnet.traffic.contracts.caller import Caller
from arb.localnet.traffic.contracts.deployment import Deployment
from arb.localnet.traffic.contracts.oracle import OracleFeed, resolution_of
from arb.localnet.traffic.contracts.orders import Orders, takers
from arb.localnet.traffic.contracts.wasm import read_wasm, wasm_folder
from arb.localnet.traffic.desk import Desk
from arb.localnet.traffic.market import MarketSight
from arb.localnet.traffic.model import generator
from arb.localnet.traffic.treasury import Endowment

log = structlog.get_logger("localnet.traffic")


class ContractMarket:
    """Traffic with contracts, beside the classic one and by the same rules: seed, ledger number and state decide."""

    def __init__(self, node: Node, desk: Desk, sight: MarketSight, settings: Settings) -> None:
        """Raises GenesisError where the contracts' code is not to be had."""
        self._node, self._desk, self._sight = node, desk, sight
        self._seed, self._rate = settings.seed, settings.traffic_rate
        self._wasm = read_wasm(wasm_folder(settings.wasm_dir))
        self._resolution = resolution_of(settings.ledger_seconds)
        self._caller = Caller(node, desk)
        self.deployment = Deployment(node.network_id, node.network_passphrase)
        self._feed = OracleFeed(node.ledger.root, self.deployment, self._resolution)
        self._orders = Orders(sight, self.deployment, settings.traffic_rate)

    def endowments(self) -> Iterator[Endowment]:
        """What those who act here are meant to hold."""
        yield from genesis.endowments()
        yield from takers(self._rate)

    def set_up(self) -> None:
        """Deploy everything, and write the first prices. Raises GenesisError."""
        reference = self._sight.reference
        deploying = genesis.ContractGenesis(self._node, self._desk, reference, self.deployment, self._wasm)
        deploying.run(self._resolution)
        close_time = self._node.ledger.last.close_time + 1
        deploying.ledger([self._feed.update(close_time)])
        self._feed.written(close_time)

    def before_close(self, ledger: int) -> None:
        """Decide on and submit what `ledger`, the next one, gets to see of contracts."""
        if not self._rate:
            return
        close_time = self._node.next_close()
        if self._feed.due(close_time) and self._send(*self._feed.update(close_time)):
            self._feed.written(close_time)
        for taker, order in self._orders.of_ledger(generator(self._seed, ledger, "contract orders")):
            self._send(taker, order)

    def _send(self, source: Actor, operation: xdr.Operation) -> bool:
        """Submit a call; what is refused is said and dropped, for everything is decided anew in every ledger."""
        refusal = self._caller.send(source, operation)
        if refusal is not None:
            log.warning("a contract call was refused", source=source.role, reason=refusal)
        return refusal is None
