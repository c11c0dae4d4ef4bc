"""History is bounded, and finds a transaction by whatever it touches."""

from stellar_sdk import Asset, Payment

from arb.localnet.node.history import History
from arb.localnet.node.records import LedgerRecord, TransactionRecord
from arb.localnet.node.toid import Toid

from .conftest import Bench


def transaction(ledger: int, order: int, *names: str, size: int = 10) -> TransactionRecord:
    tag = ledger.to_bytes(16, "big") + order.to_bytes(16, "big")
    return TransactionRecord(
        ledger, order, ledger, tag, None, bytes(size), b"", b"", b"", True, 100, 100, 1, (f"G{ledger % 2}", *names)
    )


def ledger(seq: int, *transactions: TransactionRecord) -> LedgerRecord:
    return LedgerRecord(seq, bytes(32), bytes(32), seq, b"", b"", 100, 5_000_000, 1_000, 10**18, 0, 27, transactions)


def filled(history: History, ledgers: int, size: int = 10) -> History:
    for seq in range(1, ledgers + 1):
        history.add(ledger(seq, transaction(seq, 1, size=size), transaction(seq, 2, "pool", size=size)))
    return history


def places(records: object) -> list[tuple[int, int]]:
    return [(record.ledger, record.order) for record in records]  # type: ignore[attr-defined]


def test_a_place_survives_the_round_trip() -> None:
    place = Toid(1_234_567, 89, 100)
    assert Toid.parse(int(place)) == place
    assert int(Toid(2, 1, 1)) == 8589938689


def test_old_ledgers_are_forgotten_with_their_indexes() -> None:
    history = filled(History(retained_ledgers=3), 10)
    assert (history.oldest, history.latest) == (8, 10)
    assert history.ledger(7) is None
    assert history.transaction(transaction(7, 1).hash) is None
    assert history.transaction(transaction(8, 1).hash) is not None
    assert places(history.transactions(None, ascending=True, name="G1")) == [(9, 1), (9, 2)]
    assert places(history.transactions(None, ascending=True, name="pool")) == [(8, 2), (9, 2), (10, 2)]


def test_heavy_ledgers_are_forgotten_sooner() -> None:
    history = filled(History(retained_bytes=25_000), 50, size=1_000)
    assert history.latest - history.oldest + 1 == 5


def test_pages_meet_without_gap_or_overlap_in_both_directions() -> None:
    history = filled(History(), 5)
    everything = [(seq, order) for seq in range(1, 6) for order in (1, 2)]
    for ascending in (True, False):
        seen: list[tuple[int, int]] = []
        cursor: int | None = None
        while page := list(history.transactions(cursor, ascending=ascending))[:3]:
            seen += places(page)
            cursor = page[-1].toid
        assert seen == (everything if ascending else everything[::-1])


def test_a_cursor_inside_a_transaction_includes_it() -> None:
    history = filled(History(), 3)
    inside = int(Toid(2, 1, 1))
    assert places(history.transactions(inside, ascending=True))[0] == (2, 1)
    assert places(history.transactions(inside, ascending=True, name="G0"))[0] == (2, 1)
    assert places(history.transactions(inside, ascending=False))[0] == (2, 1)


def test_a_ledger_is_listed_alone() -> None:
    history = filled(History(), 3)
    assert places(history.transactions(None, ascending=False, ledger=2)) == [(2, 2), (2, 1)]
    assert [record.seq for record in history.ledgers(None, ascending=False)] == [3, 2, 1]
    assert [record.seq for record in history.ledgers(int(Toid(2)), ascending=True)] == [3]
    assert [record.seq for record in history.ledgers(int(Toid(2)), ascending=False)] == [1]


def test_sender_and_receiver_both_find_a_payment(bench: Bench) -> None:
    bench.open("alice", "bob")
    answer = bench.submit("alice", Payment(bench.key("bob").public_key, Asset.native(), "5"))
    bench.close()
    for name in ("alice", "bob"):
        found = list(bench.node.history.transactions(None, ascending=False, name=bench.key(name).public_key))
        assert found[0].hash == answer.hash
