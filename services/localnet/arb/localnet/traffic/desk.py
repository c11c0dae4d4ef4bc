"""Where traffic's transactions leave for the queue: sequence numbers, one transaction per source and ledger, counts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

import structlog
from stellar_sdk import xdr

from arb.localnet.ledger.reads import LedgerReads
from arb.localnet.node.queue import Status, Submission
from arb.localnet.traffic.actors import Actor
from arb.localnet.traffic.envelope import signed

log = structlog.get_logger("localnet.traffic")


class Network(Protocol):
    """What traffic needs of the node it submits to."""

    network_id: bytes

    def submit(self, envelope: xdr.TransactionEnvelope) -> Submission:
        """Offer a transaction for the next ledger."""


class Desk:
    """Signs and submits. What the queue refuses is dropped and counted: traffic decides anew in every ledger."""

    def __init__(self, network: Network, state: LedgerReads) -> None:
        """`state` is the last closed ledger, at any time: sequence numbers are read from it."""
        self._network = network
        self._state = state
        self._used: set[Actor] = set()
        self._refused: Counter[str] = Counter()

    def next_ledger(self) -> None:
        """A ledger has closed: every source may send again. Says what was refused in it, in one line."""
        if self._refused:
            log.warning("traffic was refused", **self._refused)
        self._refused.clear()
        self._used.clear()

    def send(
        self,
        source: Actor,
        operations: Sequence[xdr.Operation],
        cosigners: Iterable[Actor] = (),
        soroban: xdr.SorobanTransactionData | None = None,
    ) -> bool:
        """Submit one transaction; False where there is nothing to send, the source has sent, or the queue refuses.

        `soroban` is what a contract call declares.
        """
        account = self._state.account(source.account_id)
        if account is None or not operations or source in self._used:
            return False
        self._used.add(source)
        envelope = signed(self._network.network_id, source, account.seq_num + 1, operations, cosigners, soroban)
        answer = self._network.submit(envelope)
        if answer.status is Status.PENDING:
            return True
        code = answer.result.code.name if answer.result is not None else answer.status.value
        self._refused[code] += 1
        log.debug("traffic transaction refused", source=source.role, code=code)
        return False
