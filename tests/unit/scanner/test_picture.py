"""The picture holds the newest state of every entry, whatever order it is told in."""

import random

import pytest

from arb.contracts.market_changes import MarketChange, OfferChanged, OfferRemoved, PoolChanged, PoolRemoved
from arb.markets.asset import NATIVE, Asset, pool_id
from arb.markets.basket import find_basket
from arb.markets.book import Offer
from arb.markets.pool import Pool
from arb.scanner.domain.picture import MarketPicture
from arb.scanner.ports import LedgerClose, LedgerUpdate, Seen

ISSUER = "GAZD65EDX3PQOIY3WPY6FTURYK5VWUG4Q5OW4BDKFI6R7VY2WBPZTLNL"
USDC = Asset("USDC", ISSUER)


def offer(amount: int, offer_id: int = 1) -> OfferChanged:
    return OfferChanged(Offer(offer_id, ISSUER, USDC, NATIVE, amount, 2, 1))


def pool(reserve: int) -> PoolChanged:
    return PoolChanged(Pool(pool_id(NATIVE, USDC), NATIVE, USDC, reserve, reserve, 10))


def update(ledger: int, *changes: Seen, whole: bool = False) -> LedgerUpdate:
    return LedgerUpdate(LedgerClose(ledger, 1_700_000_000, 100, 1), changes, whole)


def amounts(picture: MarketPicture) -> list[int]:
    return [resting.max_wheat_send for resting in picture.market.offers(USDC, NATIVE)]


def test_a_snapshot_row_newer_than_a_change_is_kept() -> None:
    # given a snapshot whose page was read at ledger 105, and the changes since 103 laid over it
    picture = MarketPicture()
    picture.apply(
        update(106, Seen(offer(50), 105), Seen(offer(30), 103), Seen(offer(50), 105), Seen(offer(60), 106), whole=True)
    )
    # then the state of 106 holds
    assert amounts(picture) == [60]
    assert picture.ledger == 106


def test_a_deletion_older_than_the_entry_is_ignored_and_a_newer_one_counts() -> None:
    picture = MarketPicture()
    gone = PoolRemoved(pool_id(NATIVE, USDC), NATIVE, USDC)
    picture.apply(update(10, Seen(pool(7), 10), Seen(gone, 9), whole=True))
    assert picture.market.pool(NATIVE, USDC) is not None
    picture.apply(update(11, Seen(gone, 11)))
    assert picture.market.pool(NATIVE, USDC) is None


def test_several_changes_in_one_ledger_end_in_the_last() -> None:
    picture = MarketPicture()
    picture.apply(update(5, Seen(offer(9), 4), whole=True))
    picture.apply(update(6, Seen(offer(8), 6), Seen(offer(7), 6), Seen(OfferRemoved(2, USDC, NATIVE), 6)))
    assert amounts(picture) == [7]
    # and an entry that went and came back with the same id is there
    picture.apply(update(7, Seen(OfferRemoved(1, USDC, NATIVE), 7), Seen(offer(3), 7)))
    assert amounts(picture) == [3]


def test_a_whole_market_replaces_all() -> None:
    picture = MarketPicture()
    picture.apply(update(5, Seen(offer(9), 4), Seen(pool(4), 5), whole=True))
    picture.apply(update(90, Seen(offer(1, offer_id=2), 3), whole=True))
    assert amounts(picture) == [1]
    assert not picture.market.pools_by_id


ASSETS = [NATIVE, *(Asset(code, ISSUER) for code in ("AAA", "BBB", "CCC", "DDD"))]


def any_change(rng: random.Random, picture: MarketPicture) -> MarketChange:
    """An offer or a pool that comes, changes, moves to another pair or goes."""
    a, b = rng.sample(ASSETS, 2)
    offers, pools = picture.market.offers_by_id, picture.market.pools_by_id
    if offers and rng.random() < 0.2:
        gone = rng.choice(list(offers.values()))
        return OfferRemoved(gone.id, gone.selling, gone.buying)
    if pools and rng.random() < 0.1:
        known = rng.choice(list(pools.values()))
        return PoolRemoved(known.id, known.a, known.b)
    if rng.random() < 0.5:
        return OfferChanged(Offer(rng.randint(1, 12), ISSUER, a, b, 10**9, rng.randint(900, 1_100), 1_000))
    a, b = sorted((a, b), key=Asset.sort_key)
    return PoolChanged(Pool(pool_id(a, b), a, b, rng.randint(9, 11) * 10**10, 10**11, 10))


@pytest.mark.parametrize("seed", range(10))
def test_the_kept_graph_finds_what_a_new_one_finds(seed: int) -> None:
    # given a picture whose graph is asked for now and then, and pairs that come up, empty and come back
    rng = random.Random(seed)
    picture = MarketPicture()
    for ledger in range(1, 60):
        changes = [any_change(rng, picture) for _ in range(rng.randint(0, 3))]
        picture.apply(update(ledger, *(Seen(change, ledger) for change in changes), whole=ledger in (1, 30)))
        if rng.random() < 0.7:
            # when the market is searched with it / then the answer is that of a search from scratch
            kept = find_basket(picture.market, picture.graph(), NATIVE, 100)
            assert kept == find_basket(picture.market, picture.market.pairs(), NATIVE, 100)
