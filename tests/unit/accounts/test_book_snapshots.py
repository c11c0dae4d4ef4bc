"""Books that begin with a snapshot are those that read the whole record; what is wrong with one is ignored."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from support.facts import NOON
from support.golden import DIRECTORY

from arb.accounts import book_image
from arb.accounts.books import Books
from arb.accounts.domain.record import AccountRecord
from arb.eventlog import EMPTY, Head, MemoryEventStore, MemoryStream
from arb.eventlog.snapshot import MemoryCache
from arb.messages.base import Fact
from arb.messages.envelope import CloudEvent
from arb.messages.events.account import AccountAdopted
from arb.messages.ledger import BalanceChange
from arb.messages.subjects import account
from arb.runtime.snapshots import Snapshots

GOLDEN = Path(__file__).with_name("books_fold.json")
OWNERS = tuple("G" + letter * 55 for letter in "ABC")
ADOPTED = [AccountAdopted(account=one, role="channel", index=0, network_passphrase="n") for one in OWNERS]
KINDS = [
    CloudEvent.model_validate_json(json.loads(path.read_text())["stored"][-1]).fact()
    for path in sorted(DIRECTORY.glob("arb.account.*.json"))
]
"""Every kind of event there is of accounts."""


class AccountHistory:
    """Events of any kind with figures of any size, the same ones for the same seed."""

    def __init__(self, seed: int, kinds: list[Fact] = KINDS) -> None:
        self._dice = Random(seed)
        self._kinds = kinds
        self._heads: dict[str, Head] = {}

    async def write(self, store: MemoryEventStore, events: int) -> None:
        """So many more."""
        for _ in range(events):
            owner = self._dice.choice(OWNERS)
            fact = self._fact()
            recorded = await store.append(account(owner), fact, expected=self._heads.get(owner, EMPTY), time=NOON)
            self._heads[owner] = recorded.head

    def _fact(self) -> Fact:
        dice, fact = self._dice, self._dice.choice(self._kinds)
        drawn: dict[str, Any] = {
            "account": dice.choice(OWNERS),
            "ledger": dice.randint(1, 50),
            "last_ledger": dice.randint(1, 50),
            "sequence": dice.randint(1, 50),
            "tx_hash": f"{dice.randint(0, 9)}" * 64,
            "changes": tuple(
                BalanceChange(account=dice.choice(OWNERS), asset="native", delta=dice.randint(-(2**63), 2**63))
                for _ in range(dice.randint(1, 3))
            ),
        }
        return fact.model_copy(update={name: value for name, value in drawn.items() if name in type(fact).model_fields})


def books_over(stream: MemoryStream) -> Books:
    return Books(MemoryEventStore("/arb/accounts", stream), lambda: NOON)


def snapshots_over(stream: MemoryStream, cache: MemoryCache) -> Snapshots:
    return Snapshots(cache, MemoryEventStore("/arb/accounts", stream), structlog.stdlib.get_logger())


async def adopted(books: Books) -> dict[str, AccountRecord]:
    await books._keeper.load()
    await books.adopt(ADOPTED)
    return dict(books.records)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), before=st.integers(1, 60), between=st.integers(0, 30), after=st.integers(0, 30))
async def test_snapshot_and_tail_are_the_whole_record(seed: int, before: int, between: int, after: int) -> None:
    # Given a snapshot, perhaps one of books that began with a snapshot themselves
    stream, cache, history = MemoryStream(), MemoryCache(), AccountHistory(seed)
    store = MemoryEventStore("/arb/accounts", stream)
    for events in (before, between):
        await history.write(store, events)
        books = books_over(stream)
        await snapshots_over(stream, cache).restore("books", books)
        await books._keeper.load()
        assert await snapshots_over(stream, cache).save("books", books)
    await history.write(store, after)
    # When the service begins with it, then it is as if it had read everything
    begun = books_over(stream)
    await snapshots_over(stream, cache).restore("books", begun)
    assert begun.place.sequence == before + between
    assert await adopted(begun) == await adopted(books_over(stream))


@pytest.mark.parametrize("harm", ["flipped", "not lines", "other fold", "shorter log"])
async def test_what_cannot_be_begun_with_is_ignored_and_said(harm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream, cache = MemoryStream(), MemoryCache()
    await AccountHistory(7).write(MemoryEventStore("/arb/accounts", stream), 40)
    books = books_over(stream)
    await adopted(books)
    await books._keeper.load()
    match harm:
        case "not lines":
            monkeypatch.setattr("arb.accounts.books.lines_of", lambda kept: iter([b'{"account": "G"}']))
            await snapshots_over(stream, cache).save("books", books)
        case _:
            await snapshots_over(stream, cache).save("books", books)
    match harm:
        case "flipped":
            part = cache.values["books.a.0"]
            cache.values["books.a.0"] = part[:50] + bytes([part[50] ^ 4]) + part[51:]
        case "other fold":
            monkeypatch.setattr(Books, "schema", "accounts.books.v0-0")
        case "shorter log":
            shorter = MemoryStream()
            for stored in stream.messages[:-1]:
                shorter.store(stored.subject, stored.raw)
            stream = shorter

    again = books_over(stream)
    with capture_logs() as logs:
        await snapshots_over(stream, cache).restore("books", again)

    assert [line["event"] for line in logs] == ["snapshot_ignored"]
    assert await adopted(again) == await adopted(books_over(stream))


async def test_the_same_events_lead_to_the_same_records_as_ever() -> None:
    """When this fails, the fold means something else than it did: raise book_image.VERSION, write the file anew."""
    golden = json.loads(GOLDEN.read_text())
    old_kinds = [kind for kind in KINDS if kind.type in golden["kinds"]]
    stream = MemoryStream()
    await AccountHistory(7, old_kinds).write(MemoryEventStore("/arb/accounts", stream), 200)

    records = await adopted(books_over(stream))

    assert len(old_kinds) == len(golden["kinds"])
    assert golden["version"] == book_image.VERSION
    assert {owner: said(records[owner]) for owner in OWNERS} == golden["records"]


def said(record: AccountRecord) -> dict[str, Any]:
    """What decisions are made by."""
    return {
        "funded": [record.funded, record.funded_ledger],
        "read": [record.read_ledger, record.moved_ledger, record.last_ledger],
        "moved": sorted(hash_[:1] for hash_ in record.moved_hashes),
        "open": None if record.open is None else record.open.tx_hash[:1],
        "failures": dict(record.failures),
        "lease": None if record.lease is None else [record.lease.sequence, record.lease.tx_hash[:1]],
        "booked": {f"{owner[1]} {asset}": str(amount) for (owner, asset), amount in sorted(record.booked.items())},
    }
