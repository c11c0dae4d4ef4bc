"""Contract calls on their way to the desk: simulated on the last ledger, so that they declare what they will touch."""

from stellar_sdk import xdr

from arb.localnet.node.node import Node
from arb.localnet.soroban.simulate import Asked, Simulation, simulate_call
from arb.localnet.traffic.actors import Actor
from arb.localnet.traffic.desk import Desk

_ENVELOPE = 200
"""Bytes of an envelope beside its operation and what it declares."""


class Caller:
    """Simulates, assembles and sends; authorisation is the source account's own."""

    def __init__(self, node: Node, desk: Desk) -> None:
        self._node = node
        self._desk = desk

    def simulate(self, source: Actor, operation: xdr.Operation) -> Simulation:
        """What the operation would do in the next ledger."""
        size = len(operation.to_xdr_bytes()) + _ENVELOPE
        close_time = self._node.next_close()
        asked = Asked(operation.body, source.account_id, self._node.network_id, size, close_time=close_time)
        return simulate_call(self._node.ledger.root, asked)

    def send(self, source: Actor, operation: xdr.Operation) -> str | None:
        """Submit one call; why not, where simulation or the queue refuses it."""
        found = self.simulate(source, operation)
        if found.error is not None or found.data is None:
            return found.error or "simulation declared nothing"
        body = operation.body.invoke_host_function_op
        assert body is not None
        body.auth = [xdr.SorobanAuthorizationEntry.from_xdr_bytes(entry) for entry in found.auth]
        if self._desk.send(source, [operation], soroban=found.data):
            return None
        return "the queue did not take it (the debug log says why)"
