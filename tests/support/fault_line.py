"""An executor's ways to the outside, its line to the network and its event store, failing and dying as planned."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from support.arbitrage import PASSPHRASE
from support.fault_plan import Disturbance, ExecutorFaults, Kill

from arb.contracts.horizon import HorizonClient
from arb.contracts.rpc import RpcClient
from arb.eventlog import MemoryEventStore, MemoryStream
from arb.eventlog.errors import StoreUnavailableError
from arb.eventlog.memory import MemorySubscription
from arb.eventlog.ports import Head, Recorded, Stored
from arb.executor.adapters.stellar import StellarNetwork
from arb.executor.ports import (
    Included,
    NetworkDownError,
    NotFound,
    SendAnswer,
    Tip,
    UnsignedTransaction,
)
from arb.messages.base import Fact
from arb.messages.events.trade import TradeRebid, TradeSigned
from arb.messages.plan import Plan
from arb.messages.subjects import Aggregate

Answer = TypeVar("Answer")

LIES = {
    "try_again_later": SendAnswer("TRY_AGAIN_LATER"),
    "duplicate": SendAnswer("DUPLICATE"),
    "error": SendAnswer("ERROR", ("tx_bad_seq",)),
    "swallowed": SendAnswer("PENDING"),
    "sent_but_error": SendAnswer("ERROR", ("tx_bad_seq",)),
    "sent_but_try_again_later": SendAnswer("TRY_AGAIN_LATER"),
}


class KilledError(Exception):
    """The process is gone: nothing after this line ran."""


@dataclass(frozen=True)
class Sent:
    """An envelope on its way into the network. `stored`: its event was in the log; `close_time` of the last ledger."""

    envelope_xdr: str
    stored: bool
    close_time: int


@dataclass(frozen=True)
class Signed:
    """A signature that was given for a trade, and the close time of the newest ledger by then."""

    trade_id: str
    envelope_xdr: str
    tx_hash: str
    inner_hash: str
    """Of the transaction within a fee bump; its own otherwise."""
    channel: str
    sequence: int
    max_time: int
    close_time: int


@dataclass
class Outside:
    """What is true, whatever executors are told: the log, the ledgers that closed, what was handed to the network."""

    stream: MemoryStream
    ledger_seconds: float
    disturb: Callable[[Disturbance], Awaitable[None]]
    disturbances: list[Disturbance]
    closes: dict[int, int] = field(default_factory=dict)
    """Close time of every ledger since the run began."""
    sent: list[Sent] = field(default_factory=list)
    signed: list[Signed] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    """Faults that came to pass."""
    late: set[asyncio.Task[SendAnswer]] = field(default_factory=set)

    @property
    def tip(self) -> Tip:
        """The newest ledger."""
        ledger = max(self.closes)
        return Tip(ledger, self.closes[ledger])

    def ago(self, ledgers: int) -> Tip:
        """The ledger so many before the newest, but none from before the run."""
        ledger = max(self.tip.ledger - ledgers, min(self.closes))
        return Tip(ledger, self.closes.get(ledger, self.tip.close_time - (self.tip.ledger - ledger)))

    def handed_over(self, envelope_xdr: str) -> None:
        """Note bytes that leave for the network."""
        facts = (Recorded.read(stored).fact for stored in self.stream.messages if ".trade." in stored.subject)
        stored = any(isinstance(fact, TradeSigned | TradeRebid) and fact.envelope_xdr == envelope_xdr for fact in facts)
        self.sent.append(Sent(envelope_xdr, stored, self.tip.close_time))


class Life:
    """One process: counts what it does, dies where its plan says, and does nothing more once it is dead."""

    def __init__(self, kill: Kill | None, script: "Script") -> None:
        self.kill = kill
        self.dead = False
        self._script = script
        self._calls: Counter[str] = Counter()

    async def enter(self, call: str) -> int:
        """Before a call; its number."""
        number = self._calls[call]
        self._calls[call] += 1
        self._die_if(call, number, "before")
        await self._script.stand_still(call, "before")
        self._die_if(call, number, "")
        return number

    async def leave(self, call: str, number: int) -> None:
        """After it."""
        self._die_if(call, number, "after")
        await self._script.stand_still(call, "after")
        self._die_if(call, number, "")

    def _die_if(self, call: str, number: int, moment: str) -> None:
        kill = self.kill
        if kill is not None and (kill.call, kill.at, kill.moment) == (call, number, moment):
            self.dead = True
        if self.dead:
            raise KilledError(f"{moment} {call} {number}")


class Script:
    """What is still to befall one executor over all its lives."""

    def __init__(self, faults: ExecutorFaults, outside: Outside, *, disturbed: bool) -> None:
        self.outside = outside
        self._faults = faults
        self._disturbed = disturbed
        self._calls: Counter[str] = Counter()
        self._moments: Counter[tuple[str, str]] = Counter()
        self._awake = asyncio.Event()
        self._awake.set()
        self._appends = 0

    async def stand_still(self, call: str, moment: str) -> None:
        """Returns at once, or when a pause is over: it holds whatever else the executor does meanwhile."""
        number = self._moments[call, moment]
        self._moments[call, moment] += 1
        for pause in self._faults.pauses:
            if (pause.call, pause.moment, pause.at) == (call, moment, number):
                self.outside.met[f"stands still {moment} {call}"] += 1
                self._awake.clear()
                seconds = pause.ledgers * self.outside.ledger_seconds
                asyncio.get_running_loop().call_later(seconds, self._awake.set)
        await self.awake()

    async def awake(self) -> None:
        """Returns when no pause holds the executor."""
        await self._awake.wait()

    async def next(self, call: str) -> tuple[str | None, int]:
        """The fault of this call, if any, and its ledgers; first others do what they have to do before it."""
        number = self._calls[call]
        self._calls[call] += 1
        if self._disturbed:
            for each in [d for d in self.outside.disturbances if (d.call, d.at) == (call, number)]:
                self.outside.disturbances.remove(each)
                await self.outside.disturb(each)
        for fault in self._faults.line:
            if (fault.call, fault.at) == (call, number):
                self.outside.met[f"{call} {fault.kind}"] += 1
                return fault.kind, fault.ledgers
        return None, 0

    def next_append(self) -> str | None:
        """When the store fails around this append: "before" or "after"."""
        number = self._appends
        self._appends += 1
        for fault in self._faults.store:
            if fault.at == number:
                self.outside.met[f"store fails {fault.moment} writing"] += 1
                return fault.moment
        return None


class PausedReading(MemorySubscription):
    """A reading that gets nothing while its executor stands still."""

    def __init__(self, stream: MemoryStream, filter_subject: str, after: int | None, script: Script) -> None:
        super().__init__(stream, filter_subject, after)
        self._script = script

    async def __anext__(self) -> Stored:
        stored = await super().__anext__()
        await self._script.awake()
        return stored


class MortalStore(MemoryEventStore):
    """The event store as one life of an executor sees it."""

    def __init__(self, stream: MemoryStream, script: Script, life: Life) -> None:
        super().__init__("/arb/executor", stream)
        self._log = stream
        self._script = script
        self._life = life

    def subscribe_stored(self, filter_subject: str, *, after: int | None = 0) -> MemorySubscription:
        return PausedReading(self._log, filter_subject, after, self._script)

    async def append(self, aggregate: Aggregate, fact: Fact, *, expected: Head, **rest: object) -> Recorded:
        number = await self._life.enter("append")
        fails = self._script.next_append()
        if fails == "before":
            raise StoreUnavailableError("no connection")
        recorded = await super().append(aggregate, fact, expected=expected, **rest)  # type: ignore[arg-type]
        await self._life.leave("append", number)
        if fails == "after":
            raise StoreUnavailableError("no acknowledgement came")
        return recorded


class FaultyLine(StellarNetwork):
    """The real network as one life of an executor sees it."""

    def __init__(self, rpc: RpcClient, horizon: HorizonClient, script: Script, life: Life) -> None:
        super().__init__(rpc, horizon, passphrase=PASSPHRASE)
        self._script = script
        self._outside = script.outside
        self._life = life
        self._older: dict[str, int] = {}

    async def ledgers(self) -> AsyncIterator[Tip]:
        async for tip in super().ledgers():
            kind, ledgers = await self._script.next("ledgers")
            await self._life.leave("ledgers", await self._life.enter("ledgers"))
            if kind == "backwards":
                yield self._outside.ago(ledgers)
            if kind != "silent":
                yield tip

    async def sequences(self, accounts: Sequence[str]) -> dict[str, int]:
        asking = super().sequences
        kind, found = await self._call("sequences", lambda: asking(accounts))
        older = {account: self._older.get(account, number) for account, number in found.items()}
        self._older.update(found)
        return older if kind == "lagging" else found

    async def spendable(self, account: str) -> int | None:
        asking = super().spendable
        return (await self._call("spendable", lambda: asking(account)))[1]

    async def build(
        self,
        plan: Plan,
        *,
        ledger: int,
        source: str,
        sequence: int,
        trading_account: str,
        inclusion_fee: int,
        max_fee: int,
        max_time: int,
    ) -> UnsignedTransaction:
        building = partial(
            super().build,
            plan,
            ledger=ledger,
            source=source,
            sequence=sequence,
            trading_account=trading_account,
            inclusion_fee=inclusion_fee,
            max_fee=max_fee,
            max_time=max_time,
        )
        return (await self._call("build", building))[1]

    async def outcome(self, tx_hash: str, source: str, own_accounts: Iterable[str]) -> Included | NotFound:
        seen = self._outside.ago(3)
        asking = super().outcome
        kind, found = await self._call("outcome", lambda: asking(tx_hash, source, own_accounts))
        if kind != "lagging":
            return found
        if isinstance(found, Included):
            return found if found.ledger <= seen.ledger else NotFound(seen, oldest_ledger=1)
        return NotFound(seen, found.oldest_ledger)

    async def venues_moved(self, plan: Plan, *, scanned: int, applied: int, tx_hashes: Collection[str]) -> bool:
        asking = super().venues_moved
        return (
            await self._call(
                "venues_moved", lambda: asking(plan, scanned=scanned, applied=applied, tx_hashes=tx_hashes)
            )
        )[1]

    async def send(self, envelope_xdr: str) -> SendAnswer:
        number = await self._life.enter("send")
        kind, ledgers = await self._script.next("send")
        if kind == "late":
            late = asyncio.create_task(self._hand_over(envelope_xdr, after=ledgers))
            self._outside.late.add(late)
        if kind in ("lost", "late"):
            raise NetworkDownError("connection reset")
        if kind in ("try_again_later", "duplicate", "error", "swallowed"):
            answer = LIES[kind]
        else:
            answer = await self._hand_over(envelope_xdr, after=ledgers if kind == "slow" else 0)
        await self._life.leave("send", number)
        if kind == "deaf":
            raise NetworkDownError("timed out waiting for the answer")
        return LIES.get(kind or "", answer)

    async def _hand_over(self, envelope_xdr: str, *, after: int) -> SendAnswer:
        await asyncio.sleep(after * self._outside.ledger_seconds)
        self._outside.handed_over(envelope_xdr)
        return await super().send(envelope_xdr)

    async def _call(self, call: str, forward: Callable[[], Awaitable[Answer]]) -> tuple[str | None, Answer]:
        """The kind of fault that befell the call, if it answered at all, and the answer."""
        number = await self._life.enter(call)
        kind, ledgers = await self._script.next(call)
        if kind == "lost":
            raise NetworkDownError("connection reset")
        if kind == "slow":
            await asyncio.sleep(ledgers * self._outside.ledger_seconds)
        answer = await forward()
        await self._life.leave(call, number)
        return kind, answer
