"""The recorded market at work: ledger by ledger it brings pools to the reserves they were recorded with."""

from collections.abc import Iterator
from pathlib import Path

import structlog
from stellar_sdk import xdr

from arb.localnet.ledger.assets import PoolShare
from arb.localnet.ledger.entries import PoolEntry
from arb.localnet.node.node import Node
from arb.localnet.traffic import operations, recorded_state
from arb.localnet.traffic.actors import Actor, actor
from arb.localnet.traffic.desk import Desk
from arb.localnet.traffic.recorded import read_recording
from arb.localnet.traffic.reserves import Deposit, Step, Swap, Withdrawal, steps
from arb.markets.amount import INT64_MAX
from arb.markets.pool import Pool
from arb.markets.recorded import PoolRecord

log = structlog.get_logger("localnet.traffic")


class RecordedMarket:
    """Traffic of one recording, one recorded ledger for each ledger closed; at its end it starts over."""

    def __init__(self, node: Node, path: Path, *, replay: bool) -> None:
        """`replay` False loads the pools and leaves them alone. Raises RecordingError if the file cannot be used."""
        self._node = node
        self._state = node.ledger.root
        self._desk = Desk(node, self._state)
        self._recording = read_recording(path)
        self._holdings = recorded_state.share_out(self._recording.start)
        self._owner = {pool.id: holding.provider for holding in self._holdings for pool in holding.pools}
        widest = max(len(changes) for changes in self._recording.ledgers)
        self._channels = tuple(actor(f"replay channel {number}") for number in range(widest))
        self._position = 0
        self._running = replay

    @property
    def contracts(self) -> None:
        """None: recordings know no contracts."""

    async def start(self) -> None:
        """Load the pools as of their first line and replay changes before every close from then on."""
        root = self._node.root_keypair().public_key
        recorded_state.load(self._state, root, self._holdings, self._channels)
        self._node.close_now()
        self._node.on_before_close(self.before_close)
        log.info(
            "recorded market loaded",
            pools=len(self._recording.start),
            ledgers=len(self._recording.ledgers),
            first_ledger=self._recording.first_ledger,
        )

    async def stop(self) -> None:
        """Send nothing any more."""
        self._running = False

    def before_close(self) -> None:
        """Submit what realises the changes of the next recorded ledger, a transaction for each pool."""
        if not self._running:
            return
        self._desk.next_ledger()
        if self._position == len(self._recording.ledgers):
            log.info("recording replayed to its end, starting over", ledgers=self._position)
            self._position = 0
        for channel, record in zip(self._channels, self._recording.ledgers[self._position], strict=False):
            provider = self._owner[record.pool_id]
            self._desk.send(channel, list(self._realise(provider, record)), [provider])
        self._position += 1

    def _realise(self, provider: Actor, record: PoolRecord) -> Iterator[xdr.Operation]:
        target = record.pool
        entry = self._state.pool(record.pool_id)
        if target is None:
            if entry is not None:
                yield from self._leave(provider, entry)
        elif entry is None or not entry.total_shares:
            if entry is None:
                yield operations.trust_pool(provider, target.a, target.b, INT64_MAX)
            yield operations.deposit(provider, target.id, target.reserve_a, target.reserve_b)
        else:
            now = Pool(target.id, entry.a, entry.b, entry.reserve_a, entry.reserve_b, entry.total_shares)
            for step in steps(now, target):
                yield self._operation(provider, target, step)

    def _leave(self, provider: Actor, entry: PoolEntry) -> Iterator[xdr.Operation]:
        """A pool goes with its last share trustline: as long as nobody else has one, it is this one."""
        line = self._state.trustline(provider.account_id, entry.share)
        if line is None:
            return
        if line.balance:
            yield operations.withdraw(provider, entry.pool_id, line.balance)
        yield operations.trust_pool(provider, entry.a, entry.b, 0)

    def _operation(self, provider: Actor, pool: Pool, step: Step) -> xdr.Operation:
        match step:
            case Swap():
                path = (pool.a, pool.b) if step.a_in else (pool.b, pool.a)
                if step.exact_in:
                    return operations.path_send(provider, path, step.paid, 1)
                return operations.path_receive(provider, path, step.received, INT64_MAX)
            case Deposit():
                return operations.deposit(provider, pool.id, step.max_a, step.max_b)
            case Withdrawal():
                line = self._state.trustline(provider.account_id, PoolShare(pool.id))
                held = line.balance if line is not None else 0
                return operations.withdraw(provider, pool.id, min(step.shares, max(1, held)))
