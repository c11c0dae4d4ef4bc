"""What of the record stands on the ledger: hashes that the auditor signed, as memos of transactions of our own.

The record says which transactions are anchors. The ledger is also searched, from its newest transaction of the same
accounts back to the newest anchor the record knows: a record put back from a copy does not know the later ones.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from arb.contracts.horizon import HorizonClient
from arb.eventlog.audit import Verdict
from arb.eventlog.ports import EventStore
from arb.messages.events.account import AccountAdopted, AccountTransactionSettled, AccountTransactionSigned
from arb.messages.subjects import every

SEARCHED = 10_000
"""Transactions of an account that are looked at for anchors the record does not know."""


class AnotherNetworkError(Exception):
    """The Horizon that was named serves another network than the record is of. The text is for people."""


class Claimed(NamedTuple):
    """An anchor as the record has it."""

    tx_hash: str
    source: str
    ledger: int


class Found(NamedTuple):
    """An anchor as the ledger has it."""

    tx_hash: str
    ledger: int
    memo: str
    """The hash it holds, hex."""


@dataclass(slots=True)
class OnLedger:
    """What the ledger says of the anchors."""

    found: list[Found] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AnchorsChecked:
    """`checked` anchors stand on the ledger and in the record; the newest holds it up to `newest_sequence`."""

    checked: int
    newest_sequence: int | None
    newest_ledger: int | None
    problems: tuple[str, ...]


async def on_ledger(store: EventStore, horizon_url: str) -> OnLedger:
    """Read the anchors off the ledger. Raises NetworkError, AnotherNetworkError, StoreUnavailableError."""
    claimed, passphrase = await _claimed(store)
    horizon = HorizonClient(horizon_url)
    try:
        served = (await horizon.root()).get("network_passphrase")
        if passphrase is not None and served != passphrase:
            raise AnotherNetworkError(f"{horizon_url} serves {served!r}, the record is of {passphrase!r}")
        seen = OnLedger()
        for one in claimed:
            _hold(seen, one, await horizon.transaction(one.tx_hash))
        for source in dict.fromkeys(one.source for one in claimed):
            seen.found += await _unknown(horizon, source, {one.tx_hash for one in claimed})
        return seen
    finally:
        await horizon.close()


def judged(seen: OnLedger, verdict: Verdict) -> AnchorsChecked:
    """Whether every hash on the ledger is one the record had, by a verdict that was told of them."""
    problems = list(seen.problems)
    known = [(verdict.anchored[one.memo], one.ledger) for one in seen.found if one.memo in verdict.anchored]
    problems += [
        f"ledger {one.ledger} holds the hash {one.memo} (transaction {one.tx_hash}), "
        "which this record had at no message"
        for one in seen.found
        if one.memo not in verdict.anchored
    ]
    sequence, ledger = max(known, default=(None, None))
    return AnchorsChecked(len(known), sequence, ledger, tuple(problems))


async def _claimed(store: EventStore) -> tuple[Sequence[Claimed], str | None]:
    """The anchors that the record says are on the ledger, oldest first, and the network's passphrase."""
    passphrase: str | None = None
    signed: dict[str, str] = {}
    claimed: list[Claimed] = []
    async for recorded in store.replay(every("account")):
        match recorded.fact:
            case AccountAdopted() as adopted:
                passphrase = adopted.network_passphrase
            case AccountTransactionSigned(purpose="anchor") as anchor:
                signed[anchor.tx_hash] = anchor.source
            case AccountTransactionSettled(outcome="success", ledger=int(ledger)) as settled:
                if (source := signed.pop(settled.tx_hash, None)) is not None:
                    claimed.append(Claimed(settled.tx_hash, source, ledger))
    return claimed, passphrase


def _hold(seen: OnLedger, claimed: Claimed, document: dict[str, Any] | None) -> None:
    """An anchor of the record against the ledger's transaction of that hash."""
    if document is None or not document.get("successful"):
        seen.problems.append(
            f"anchor {claimed.tx_hash} is not on the ledger: the record says it is, in {claimed.ledger}"
        )
        return
    found = _anchor(document)
    if found is None or found.ledger != claimed.ledger:
        seen.problems.append(
            f"anchor {claimed.tx_hash} is another one on the ledger: in ledger {document.get('ledger')}, with "
            f"a memo of type {document.get('memo_type')}; the record says ledger {claimed.ledger}"
        )
        return
    seen.found.append(found)


async def _unknown(horizon: HorizonClient, source: str, known: set[str]) -> list[Found]:
    """Anchors of the account on the ledger that are newer than the newest the record knows."""
    found: list[Found] = []
    looked = 0
    async for document in horizon.pages(f"/accounts/{source}/transactions", {"order": "desc"}):
        looked += 1
        if document.get("hash") in known or looked > SEARCHED:
            break
        anchor = _anchor(document)
        if anchor is not None and document.get("source_account") == source:
            found.append(anchor)
    return found


def _anchor(document: dict[str, Any]) -> Found | None:
    if document.get("memo_type") != "hash":
        return None
    memo = base64.b64decode(str(document.get("memo", ""))).hex()
    return Found(str(document.get("hash")), int(document.get("ledger") or 0), memo)
