"""What the event record of a run says: is it whole, what was done, and does the ledger agree."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from pathlib import Path

from arb.cli.audit.moments import Moment, Place, until
from arb.cli.audit.progress import bar
from arb.eventlog.audit import (
    AuditReport,
    Checkpoint,
    CheckpointFile,
    Report,
    States,
    Verdict,
    checkpoint_path,
    known_key,
    verify_whole,
)
from arb.eventlog.audit.market_chain import MarketChain, MarketVerdict
from arb.eventlog.errors import MessagesMissingError, StreamMissingError
from arb.eventlog.market import JetStreamMarketLog
from arb.eventlog.ports import EventStore, Recorded, Stored
from arb.messages import subjects
from arb.messages.events.audit import MarketHead


class NoSuchMessageError(Exception):
    """The record does not reach that far. The text is for people."""


async def verify(
    store: EventStore,
    state_dir: Path | None,
    public_key: str | None = None,
    *,
    anchors: Iterable[str] = (),
    hashes_only: bool = False,
    quiet: bool = True,
) -> Verdict:
    """Check every message of the record, against the auditor's checkpoints too when its state directory is known.

    `public_key` (hex) is the auditor's, if somebody kept it; else the one it left in the state directory is believed.
    `anchors` are hashes found on the ledger. With `hashes_only` what events say is not read.
    Raises CheckpointError when that cannot be read, StoreUnavailableError.
    """
    checkpoints: Sequence[Checkpoint] = ()
    if state_dir is not None:
        public_key = public_key or known_key(state_dir)
        # Before the record's end: of a record that still grows, no checkpoint read here can reach beyond it.
        checkpoints = list(CheckpointFile(checkpoint_path(state_dir), public_key))
    last = await store.last_sequence()
    with bar("verifying", last, quiet=quiet) as advance:
        return await verify_whole(
            store, last, checkpoints, public_key, advance, anchors=anchors, hashes_only=hashes_only
        )


async def verify_market(
    market: JetStreamMarketLog, heads: Iterable[MarketHead], *, quiet: bool = True
) -> MarketVerdict:
    """Check what is kept of the market record, against the messages of it that signed checkpoints name too.

    Raises StoreUnavailableError.
    """
    try:
        last = await market.last_sequence()
    except StreamMissingError:
        last = 0
    chain = MarketChain(heads)
    with bar("verifying the market record", last, quiet=quiet) as advance:
        async for batch in market.replay_stored(upto=last) if last else _none():
            for stored in batch:
                chain.add(stored)
            advance(len(batch))
    chain.ended_at(last)
    return chain.verdict()


async def report(store: EventStore) -> AuditReport:
    """Fold the whole record. Raises MalformedEventError at an event that cannot be read."""
    return (await reported(store)).result()


async def reported(
    store: EventStore, begin: Moment | None = None, end: Moment | None = None, *, quiet: bool = True
) -> Report:
    """The fold itself, which knows every trade too; between two moments, the first and the last still within.

    Raises NoSuchMessageError.
    """
    fold = Report()
    async for place, recorded in between(store, "reading", end, quiet=quiet):
        fold.add(recorded, counted=begin is None or not begin.before(place))
    await _require_reached(store, begin)
    return fold


async def states_at(store: EventStore, moment: Moment | None, *, quiet: bool = True) -> States:
    """The state of every aggregate at a moment: after its message, or before the first event of a later ledger or time.

    Raises MalformedEventError at an event that cannot be read, NoSuchMessageError.
    """
    states = States()
    async for _, recorded in between(store, "replaying", moment, quiet=quiet):
        states.add(recorded)
    return states


async def between(
    store: EventStore, title: str, end: Moment | None, *, quiet: bool = True
) -> AsyncGenerator[tuple[Place, Recorded], None]:
    """Every event up to a moment and where it stands, with a bar. Raises as `every_event` does; NoSuchMessageError."""
    await _require_reached(store, end)
    upto = end.number if end is not None and end.kind == "seq" else None
    async with (
        aclosing(every_event(store, title, upto=upto, quiet=quiet)) as events,
        aclosing(until(events, end)) as at,
    ):
        async for place, recorded in at:
            yield place, recorded


async def ledger_at(store: EventStore, moment: Moment) -> int:
    """The newest ledger that any event up to a moment tells of, 0 when none does. Raises what `between` does."""
    ledger = 0
    async for place, _ in between(store, "looking for the ledger", moment):
        ledger = place.ledger
    return ledger


async def events_between(
    store: EventStore, title: str, begin: Moment | None, end: Moment | None, *, quiet: bool = True
) -> AsyncGenerator[Recorded, None]:
    """Those between two moments, the first and the last still within. Raises what `between` does."""
    await _require_reached(store, begin)
    async for place, recorded in between(store, title, end, quiet=quiet):
        if begin is None or not begin.before(place):
            yield recorded


async def _require_reached(store: EventStore, moment: Moment | None) -> None:
    if moment is not None and moment.kind == "seq" and moment.number > (last := await store.last_sequence()):
        raise NoSuchMessageError(f"the record ends at message {last}: there is no message {moment.number}")


async def every_event(
    store: EventStore, title: str, *, upto: int | None = None, quiet: bool = True
) -> AsyncGenerator[Recorded, None]:
    """Every event up to a sequence, with a bar. Raises MalformedEventError, MessagesMissingError."""
    end = await store.last_sequence() if upto is None else upto
    before = 0
    with bar(title, end, quiet=quiet) as advance:
        async for batch in store.replay_batches(subjects.EVERY_EVENT, upto=end):
            for stored in batch:
                if stored.sequence != before + 1:
                    raise MessagesMissingError(before + 1, stored.sequence - 1)
                before = stored.sequence
                yield Recorded.read(stored)
            advance(len(batch))
    if before < end:
        raise MessagesMissingError(before + 1, end)


async def _none() -> AsyncGenerator[Sequence[Stored], None]:
    """One portion with nothing in it."""
    yield ()
