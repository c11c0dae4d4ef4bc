"""A ledger view keeps its changes to itself until they are committed, however deep it is nested."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stellar_sdk import xdr
from support.network import address

from arb.localnet.ledger import keys
from arb.localnet.ledger.entries import Account, DataEntry, OfferEntry
from arb.localnet.ledger.header import Header
from arb.localnet.ledger.state import LedgerState
from arb.localnet.ledger.txn import LedgerTxn, LedgerTxnError
from arb.markets.asset import NATIVE, Asset

A, B = address("a"), address("b")
USD = Asset("USD", address("issuer"))


@pytest.fixture
def state() -> LedgerState:
    """Two accounts; the first has two offers of USD for native."""
    state = LedgerState(Header(ledger_seq=5, close_time=50))
    with LedgerTxn(state) as ltx:
        ltx.create(Account(A, 100, 1))
        ltx.create(Account(B, 100, 1))
        ltx.create(OfferEntry(A, 1, USD, NATIVE, 10, 3, 1))
        ltx.create(OfferEntry(A, 2, USD, NATIVE, 10, 2, 1))
        ltx.commit()
    return state


def balance(view: LedgerState | LedgerTxn, account_id: str) -> int | None:
    account = view.account(account_id)
    return None if account is None else account.balance


def change(ltx: LedgerTxn, account_id: str, to: int) -> None:
    account = ltx.load_account(account_id)
    assert account is not None
    account.balance = to


def test_changes_are_seen_inside_at_once_and_outside_after_commit(state: LedgerState) -> None:
    # given a view and a view in it
    outer = LedgerTxn(state)
    inner = outer.child()
    # when the inner one changes an account
    change(inner, A, 7)
    # then only it sees that, until each level commits
    assert (balance(inner, A), balance(outer, A), balance(state, A)) == (7, 100, 100)
    inner.commit()
    assert (balance(outer, A), balance(state, A)) == (7, 100)
    outer.commit()
    assert balance(state, A) == 7


def test_a_rollback_drops_the_changes_and_the_header_of_all_levels_inside(state: LedgerState) -> None:
    before = state.state_hash()
    with LedgerTxn(state) as outer:
        inner = outer.child()
        inner.header.id_pool = 99
        change(inner, A, 7)
        inner.create(DataEntry(A, b"x", b"y"))
        inner.erase(keys.account_key(B))
        inner.commit()
        deepest = outer.child()
        change(deepest, A, 8)
        # when the outermost is left without commit
    # then nothing has happened
    assert state.state_hash() == before
    assert state.header.id_pool == 0


def test_an_exception_inside_rolls_back(state: LedgerState) -> None:
    def fail_half_way() -> None:
        with LedgerTxn(state) as ltx:
            change(ltx, A, 7)
            raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        fail_half_way()
    assert balance(state, A) == 100


def test_a_changed_entry_carries_the_ledger_that_changed_it(state: LedgerState) -> None:
    with LedgerTxn(state) as ltx:
        ltx.header.ledger_seq = 6
        change(ltx, A, 7)
        ltx.commit()
    account_a, account_b = state.account(A), state.account(B)
    assert account_a is not None
    assert account_b is not None
    assert (account_a.last_modified, account_b.last_modified) == (6, 5)


def test_changes_are_told_as_core_tells_them(state: LedgerState) -> None:
    # given a change, a creation, a removal, and something created and removed again
    ltx = LedgerTxn(state)
    change(ltx, A, 7)
    ltx.create(DataEntry(A, b"x", b"y"))
    ltx.erase(keys.account_key(B))
    ltx.create(DataEntry(A, b"z", b"y"))
    ltx.erase(keys.data_key(A, b"z"))
    # when they are asked for
    read = [xdr.LedgerEntryChange.from_xdr_bytes(packed) for packed in ltx.changes()]
    # then a change is two, a creation one, a removal two, and what came and went is none
    kinds = [each.type.name.removeprefix("LEDGER_ENTRY_") for each in read]
    assert kinds == ["STATE", "UPDATED", "CREATED", "STATE", "REMOVED"]
    before, after = read[0].state, read[1].updated
    assert before is not None
    assert after is not None
    assert before.data.account is not None
    assert after.data.account is not None
    assert (before.data.account.balance.int64, after.data.account.balance.int64) == (100, 7)


def test_an_entry_changed_again_after_a_commit_is_packed_again(state: LedgerState) -> None:
    # given a view whose child changed an account and told so
    outer = LedgerTxn(state)
    inner = outer.child()
    change(inner, A, 7)
    inner.changes()
    inner.commit()
    # when the outer view changes it again
    change(outer, A, 8)
    # then the newest balance is what it tells
    told = xdr.LedgerEntryChange.from_xdr_bytes(outer.changes()[1]).updated
    assert told is not None
    assert told.data.account is not None
    assert told.data.account.balance.int64 == 8


@pytest.mark.parametrize(
    "misuse",
    [
        lambda ltx: ltx.create(Account(A, 1, 1)),
        lambda ltx: ltx.erase(keys.account_key(address("nobody"))),
        lambda ltx: (ltx.child(), ltx.load(keys.account_key(A))),
        lambda ltx: (ltx.child(), ltx.commit()),
        lambda ltx: (ltx.changes(), ltx.load(keys.account_key(A))),
        lambda ltx: (ltx.rollback(), ltx.commit()),
    ],
    ids=["create twice", "erase nothing", "load past a child", "commit past a child", "after changes", "after the end"],
)
def test_misuse_is_refused(state: LedgerState, misuse: object) -> None:
    assert callable(misuse)
    with pytest.raises(LedgerTxnError):
        misuse(LedgerTxn(state))


def test_the_book_is_seen_with_the_changes_of_every_level(state: LedgerState) -> None:
    # given the offers 2 (price 2) and 1 (price 3)
    ltx = LedgerTxn(state)
    assert [offer.offer_id for offer in ltx.offers(USD, NATIVE)] == [2, 1]
    # when levels add one, reprice one and remove one
    ltx.create(OfferEntry(A, 3, USD, NATIVE, 10, 5, 2))
    inner = ltx.child()
    repriced = inner.load_offer(A, 1)
    assert repriced is not None
    repriced.n = 1
    assert [offer.offer_id for offer in inner.offers(USD, NATIVE)] == [1, 2, 3]
    inner.erase(keys.offer_key(A, 2))
    assert [offer.offer_id for offer in inner.offers(USD, NATIVE)] == [1, 3]
    # then the level above sees it after the commit, and the closed ledger at the end
    assert [offer.offer_id for offer in ltx.offers(USD, NATIVE)] == [2, 3, 1]
    inner.commit()
    assert [offer.offer_id for offer in ltx.offers(USD, NATIVE)] == [1, 3]
    ltx.commit()
    assert [offer.offer_id for offer in state.offers(USD, NATIVE)] == [1, 3]
    assert {offer.offer_id for offer in state.offers_of(A)} == {1, 3}
    assert state.books() == [(USD, NATIVE)]


def test_an_offer_that_changes_its_assets_moves_to_the_other_book(state: LedgerState) -> None:
    ltx = LedgerTxn(state)
    inner = ltx.child()
    inner.erase(keys.offer_key(A, 1))
    inner.create(OfferEntry(A, 1, NATIVE, USD, 10, 3, 1))
    assert [offer.offer_id for offer in inner.offers(USD, NATIVE)] == [2]
    assert [offer.offer_id for offer in inner.offers(NATIVE, USD)] == [1]
    inner.commit()
    ltx.commit()
    assert [offer.offer_id for offer in state.offers(USD, NATIVE)] == [2]
    assert [offer.offer_id for offer in state.offers(NATIVE, USD)] == [1]


STEPS = st.lists(
    st.tuples(st.sampled_from(["open", "commit", "rollback", "put", "erase"]), st.integers(0, 4), st.integers(1, 9)),
    max_size=40,
)


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_nested_views_behave_like_a_stack_of_copied_dictionaries(steps: list[tuple[str, int, int]]) -> None:
    # given a state and, as its model, a stack of plain dictionaries copied level by level
    state = LedgerState(Header(ledger_seq=1, close_time=0))
    views: list[LedgerTxn] = [LedgerTxn(state)]
    model: list[dict[int, int]] = [{}, {}]
    # when levels open, change, commit and roll back
    for step, offer_id, price in steps:
        top, now = views[-1], model[-1]
        if step == "open":
            views.append(top.child())
            model.append(dict(now))
        elif step == "commit" and len(views) > 1:
            views.pop().commit()
            model[-2:] = [now]
        elif step == "rollback" and len(views) > 1:
            views.pop().rollback()
            model.pop()
        elif step == "erase" and offer_id in now:
            top.erase(keys.offer_key(A, offer_id))
            del now[offer_id]
        elif step == "put":
            offer = top.load_offer(A, offer_id)
            if offer is None:
                top.create(OfferEntry(A, offer_id, USD, NATIVE, 1, price, 1))
            else:
                offer.n = price
            now[offer_id] = price
        # then book, lookups and lists of the innermost view agree with the model at every step
        expected = [offer_id for _, offer_id in sorted((price, offer_id) for offer_id, price in model[-1].items())]
        assert [offer.offer_id for offer in views[-1].offers(USD, NATIVE)] == expected
        assert {offer.offer_id: offer.n for offer in views[-1].offers_of(A)} == model[-1]
        assert {offer.offer_id for offer in views[-1].all_offers()} == set(expected)
    while views:
        views.pop().commit()
    assert {offer.offer_id: offer.n for offer in state.offers_of(A)} == model[-1]
    assert [offer.n for offer in state.offers(USD, NATIVE)] == sorted(model[-1].values())
