"""Keeps what every ledger was decided on, behind the scans' backs: they hand it over and go on."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from arb.eventlog.errors import EventLogError
from arb.markets.soroban.pools import SorobanPool
from arb.messages.market import MARKET_SUBJECTS, SearchTerms
from arb.scanner.domain.decision import Decision
from arb.scanner.domain.picture import MarketPicture
from arb.scanner.ports import LedgerClose, LedgerUpdate, MarketLog
from arb.scanner.record.ledgers import ClassicLedger, ContractLedger, HeldSignal
from arb.scanner.record.messages import Place, Scan
from arb.scanner.record.streams import Ledger, RecordWriter

log = structlog.stdlib.get_logger(__name__)

WHOLE_EVERY = 256
"""Records between two whole markets: what is older than the oldest whole one cannot be used any more."""

AFTER_THE_BURST = 0.25
"""Seconds that records wait: encoding takes the processor from those who plan and sign, storing the disk."""

MOST_WAITING = 64
"""Records that wait to be stored. Beyond them they are dropped, which the next whole market heals."""


class MarketRecord:
    """Records of one life of a scanner, named `life` (16 hex characters). Run `follow` beside the scans.

    Nothing here may delay or stop a scan: handing over copies references, encoding happens in a thread, and what
    cannot be stored is dropped, logged, and visible in the record as a gap.
    """

    def __init__(self, market_log: MarketLog, terms: SearchTerms, life: str) -> None:
        self._log = market_log
        self._terms = terms
        self._writer = RecordWriter(life)
        self._waiting: asyncio.Queue[tuple[Place, Callable[[], Ledger]]] = asyncio.Queue(MOST_WAITING)
        self._until_whole: dict[Scan, int] = {"classic": 0, "contracts": 0}
        self._broken: set[Scan] = set()
        self._pools: dict[str, SorobanPool] = {}

    def classic(self, update: LedgerUpdate, picture: MarketPicture, decision: Decision) -> None:
        """The classic market of a ledger, right after it was decided on; `picture` shows the update's ledger."""
        whole = self._whole("classic", given=update.whole)
        entries = picture.entries() if whole and not update.whole else lambda: update.changes

        def made() -> ClassicLedger:
            seen = LedgerUpdate(update.close, entries(), whole)
            return ClassicLedger(seen, decision.outcome, _id(decision), self._terms if whole else None)

        self._hand_over("classic", update.close.ledger, made, whole=whole)

    def contracts(self, close: LedgerClose, pools: Sequence[SorobanPool], decision: Decision) -> None:
        """The contract pools of a ledger, right after they were decided on."""
        whole = self._whole("contracts", given=False)
        now = {pool.contract: pool for pool in pools}
        before, self._pools = ({} if whole else self._pools), now
        record = ContractLedger(
            close,
            changed=tuple(pool for contract, pool in now.items() if before.get(contract) != pool),
            gone=tuple(contract for contract in before if contract not in now),
            whole=whole,
            outcome=decision.outcome,
            opportunity=_id(decision),
            terms=self._terms if whole else None,
        )
        self._hand_over("contracts", close.ledger, lambda: record, whole=whole)

    def signal(self, held: HeldSignal) -> None:
        """A signal of the detector, right after it was held against the pools."""
        self._hand_over("signals", held.ledger, lambda: held, whole=True)

    async def follow(self) -> None:
        """Stores what was handed over, without end, each ledger's records once its trades had their turn."""
        while True:
            first = await self._waiting.get()
            await asyncio.sleep(AFTER_THE_BURST)
            await self._store(*first)
            while not self._waiting.empty():
                await self.store_next()

    async def store_next(self) -> None:
        """Wait for one record and store it."""
        await self._store(*await self._waiting.get())

    async def _store(self, place: Place, made: Callable[[], Ledger]) -> None:
        if place.scan in self._broken and not place.whole:
            return  # it follows on one that was lost
        try:
            for message in await asyncio.to_thread(lambda: self._writer.written(place, made())):
                await self._log.append(MARKET_SUBJECTS[place.scan], message)
        except EventLogError as error:
            self._lose(place, str(error))
        else:
            self._broken.discard(place.scan)

    def _whole(self, scan: Scan, *, given: bool) -> bool:
        """Whether this record has to hold the whole market."""
        left = self._until_whole[scan]
        whole = given or left == 0
        self._until_whole[scan] = WHOLE_EVERY - 1 if whole else left - 1
        return whole

    def _hand_over(self, scan: Scan, ledger: int, made: Callable[[], Ledger], *, whole: bool) -> None:
        place = self._writer.place(scan, ledger, whole=whole)
        try:
            self._waiting.put_nowait((place, made))
        except asyncio.QueueFull:
            self._lose(place, f"{MOST_WAITING} records wait to be stored")

    def _lose(self, place: Place, reason: str) -> None:
        log.warning("market_not_recorded", scan=place.scan, ledger=place.ledger, reason=reason)
        if place.scan in self._until_whole:
            self._until_whole[place.scan] = 0
            self._broken.add(place.scan)


def _id(decision: Decision) -> str | None:
    return None if decision.found is None else decision.found.id
