"""`arb audit verify`: whether the event record is whole, the market record beside it, and the anchors on the ledger."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arb.cli import record
from arb.cli.audit.anchors import AnchorsChecked, AnotherNetworkError, judged, on_ledger
from arb.contracts.errors import NetworkError
from arb.eventlog.audit import Verdict
from arb.eventlog.audit.market_chain import MarketVerdict
from arb.runtime.bus import Bus

NO_HORIZON = "no Horizon was named"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found. `unchecked` says why the ledger was not asked; None when it was.

    With `hashes_only` nobody read what events say.
    """

    verdict: Verdict
    market: MarketVerdict
    anchors: AnchorsChecked | None
    unchecked: str | None
    hashes_only: bool

    @property
    def ok(self) -> bool:
        """Nothing is wrong with anything that was looked at."""
        return self.verdict.ok and self.market.ok and (self.anchors is None or not self.anchors.problems)

    @property
    def problem(self) -> str | None:
        """The first thing that is wrong, in words."""
        if self.verdict.first_bad is not None:
            return self.verdict.first_bad.problem
        if self.market.first_bad is not None:
            return f"the market record: {self.market.first_bad.problem}"
        return self.anchors.problems[0] if self.anchors is not None and self.anchors.problems else None

    def as_json(self) -> dict[str, Any]:
        """For printing. `first_bad` is a sequence of the event record; the market record's own is in `market`."""
        verdict, market, anchors = self.verdict, self.market, self.anchors
        return {
            "ok": self.ok,
            "events": verdict.events,
            "aggregates": verdict.aggregates,
            "last_sequence": verdict.last_sequence,
            "head": verdict.head,
            "first_bad": verdict.first_bad.sequence if verdict.first_bad else None,
            "problem": self.problem,
            "checkpoint": verdict.checkpoint.sequence if verdict.checkpoint else None,
            "hashes_only": self.hashes_only,
            "market": {
                "ok": market.ok,
                "messages": market.messages,
                "first_sequence": market.first_sequence,
                "predecessor": market.predecessor,
                "head": market.head,
                "checkpoint": market.checkpointed,
                "first_bad": market.first_bad.sequence if market.first_bad else None,
                "problem": market.first_bad.problem if market.first_bad else None,
            },
            "anchors": None
            if anchors is None
            else {
                "checked": anchors.checked,
                "newest_sequence": anchors.newest_sequence,
                "newest_ledger": anchors.newest_ledger,
                "problems": list(anchors.problems),
            },
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        verdict, market, anchors = self.verdict, self.market, self.anchors
        if verdict.first_bad is None:
            yield f"whole: {verdict.events} events of {verdict.aggregates} aggregates, head {verdict.head}"
        else:
            yield f"NOT whole, from message {verdict.first_bad.sequence} on: {verdict.first_bad.problem}"
        if self.hashes_only:
            yield "what the events say was NOT read: only hashes, chains and ids were checked"
        if verdict.checkpoint is not None:
            held = verdict.checkpoint
            yield f"the checkpoint at message {held.sequence}, signed {held.time}, holds"
        elif verdict.events:
            yield "no checkpoint kept outside the record vouches for it: only the record itself was checked"
        if market.first_bad is not None:
            yield f"market record NOT whole: {market.first_bad.problem}"
        elif market.messages:
            signed = market.checkpointed
            bound = "no checkpoint names one" if signed is None else f"checkpoints vouch up to message {signed}"
            yield f"market record whole: {market.messages} messages from {market.first_sequence} on; {bound}"
        else:
            yield "market record: nothing is kept"
        if anchors is None:
            yield f"anchors on the ledger were NOT checked: {self.unchecked}"
            return
        yield from anchors.problems
        if anchors.checked:
            covered = f"the newest, in ledger {anchors.newest_ledger}, covers message {anchors.newest_sequence}"
            yield f"{anchors.checked} anchors checked on the ledger: {covered}"
        elif not anchors.problems:
            yield "anchors: the record names none, and the ledger was asked for none"


async def prove(
    bus: Bus,
    directory: Path | None,
    public_key: str | None = None,
    *,
    horizon: str | None = None,
    must_ask: bool = False,
    hashes_only: bool = False,
    quiet: bool = True,
) -> Proof:
    """Check everything there is; with `hashes_only`, all but what events say.

    With `must_ask` a ledger that cannot be asked is an error, else it is told.

    Raises CheckpointError, StoreUnavailableError; NetworkError, AnotherNetworkError with `must_ask`.
    """
    seen, unchecked = None, NO_HORIZON
    if horizon is not None:
        try:
            seen = await on_ledger(bus.store, horizon)
        except (NetworkError, AnotherNetworkError) as error:
            if must_ask:
                raise
            unchecked = str(error)
    memos = [] if seen is None else [one.memo for one in seen.found]
    verdict = await record.verify(bus.store, directory, public_key, anchors=memos, hashes_only=hashes_only, quiet=quiet)
    market = await record.verify_market(bus.market, verdict.market, quiet=quiet)
    if seen is None:
        return Proof(verdict, market, None, unchecked, hashes_only)
    return Proof(verdict, market, judged(seen, verdict), None, hashes_only)
