"""One verification of a whole record: every message hashed, parsed, and held against schemas, laws and checkpoints."""

from collections.abc import Callable, Iterable

from arb.eventlog.audit.beside import ContentsBeside
from arb.eventlog.audit.checkpoint import Checkpoint
from arb.eventlog.audit.contents import Contents
from arb.eventlog.audit.verify import Verdict, Verifier
from arb.eventlog.errors import HistoryChangedError
from arb.eventlog.ports import EventStore
from arb.messages.subjects import EVERY_EVENT

SHORT = 5_000
"""A record of so many messages is parsed sooner than a second process has started."""
PORTION = 128
"""Messages that are hashed while as many wait to be parsed."""


async def verify_whole(
    store: EventStore,
    last: int,
    checkpoints: Iterable[Checkpoint] = (),
    public_key: str | None = None,
    advance: Callable[[int], object] = lambda _: None,
    *,
    anchors: Iterable[str] = (),
    hashes_only: bool = False,
) -> Verdict:
    """The verdict on every message up to sequence `last`, which was read off the store before. See Verifier.

    With `hashes_only` chains, ids and checkpoints are checked, and what events say is not read.
    `advance` is told how many more messages are done. Raises StoreUnavailableError, ReaderFailedError.
    """
    if hashes_only or last <= SHORT:
        verifier = Verifier(checkpoints, public_key, None if hashes_only else Contents(), anchors)
        await _fold(verifier, store, last, advance, None)
        return verifier.verdict()
    verifier = Verifier(checkpoints, public_key, anchors=anchors, ids=False)
    async with ContentsBeside() as contents:
        await _fold(verifier, store, last, advance, contents)
        verifier.condemn_all(await contents.findings())
    return verifier.verdict()


async def _fold(
    verifier: Verifier, store: EventStore, last: int, advance: Callable[[int], object], beside: ContentsBeside | None
) -> None:
    try:
        async for batch in store.replay_batches(EVERY_EVENT, upto=last):
            for begin in range(0, len(batch), PORTION):
                portion = batch[begin : begin + PORTION]
                if beside is not None:
                    beside.add(portion)
                for stored in portion:
                    verifier.add(stored)
                if beside is not None:
                    await beside.keep_pace()
            advance(len(batch))
        verifier.ended_at(last)
    except HistoryChangedError as error:
        verifier.condemn(error.sequence, str(error))
