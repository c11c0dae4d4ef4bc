"""Where the hops of a path payment go on a real ledger: book or pool, and how much work that may take."""

import pytest
from unit.localnet.operations.world import World, credit

from arb.localnet.ledger.txn import LedgerTxn

USD, EUR, GBP = credit("USD"), credit("EUR"), credit("GBP")


@pytest.fixture
def market(world: World) -> World:
    """Makers good for a million of everything, takers "ann" and "bob"; no offers, no pools."""
    for name in ("mia", "max", "ann", "bob"):
        world.trader(name, EUR, GBP, USD)
    return world


def test_the_pool_wins_ties_and_the_book_needs_a_strictly_better_price(market: World) -> None:
    market.put_pool("max", EUR, USD, 1_000, 1_000, 1_000)
    tie = market.put_offer("mia", USD, EUR, 332, (500, 332))

    assert market.send("ann", [EUR, USD], 500).atoms == [("pool", 332, 500)]
    with LedgerTxn(market.state) as ltx:  # the pool as it was, the offer a little cheaper
        pool = next(iter(market.state.pools()))
        fresh = ltx.load_pool(pool.pool_id)
        assert fresh is not None
        fresh.reserve_a, fresh.reserve_b = 1_000, 1_000
        ltx.commit()
    market.sell("mia", USD, EUR, 500, (3, 2), offer_id=tie)
    assert market.send("ann", [EUR, USD], 500).atoms == [(str(tie), 333, 500)]


def test_any_failure_of_the_book_falls_back_to_the_pool(market: World) -> None:
    # Rule 1: too little in the book, and one's own offer in the way.
    market.put_offer("ann", EUR, USD, 1_000, (1, 1))
    market.put_offer("mia", GBP, USD, 5, (1, 1))

    assert market.receive("ann", [USD, EUR], 10).code == "OFFER_CROSS_SELF"
    assert market.receive("ann", [USD, GBP], 10).code == "TOO_FEW_OFFERS"
    market.put_pool("max", EUR, USD, 10_000, 10_000, 10_000)
    market.put_pool("mia", GBP, USD, 10_000, 10_000, 10_000)
    assert market.receive("ann", [USD, EUR], 10).atoms == [("pool", 10, 11)]
    assert market.receive("ann", [USD, GBP], 10).atoms == [("pool", 10, 11)]
    market.check_laws()


def test_strict_send_can_pay_for_nothing_and_ends_under_destmin(market: World) -> None:
    # Rule 3: 5 USD buy no whole stroop at 10; the offer keeps them all the same, and later hops pass with 0.
    market.put_offer("mia", EUR, USD, 1_000, (10, 1))
    market.put_offer("max", GBP, EUR, 1_000, (1, 1))

    assert market.send("ann", [USD, EUR], 5).code == "UNDER_DESTMIN"
    assert market.send("ann", [USD, EUR, GBP], 5).code == "UNDER_DESTMIN"
    assert market.balance("ann", USD) == 1_000_000


def test_strict_send_gives_the_excess_to_the_maker(market: World) -> None:
    market.put_offer("mia", EUR, USD, 1_000, (10, 1))

    assert market.send("ann", [USD, EUR], 19).atoms == [("1", 1, 19)]
    market.check_laws()


def test_a_pool_refuses_zero_in_and_its_whole_reserve_out(market: World) -> None:
    # Rule 6
    market.put_offer("mia", EUR, USD, 1_000, (10, 1))
    market.put_pool("max", EUR, GBP, 1_000, 1_000, 1_000)

    assert market.receive("ann", [EUR, GBP], 1_000).code == "TOO_FEW_OFFERS"
    assert market.receive("issuer", [EUR, GBP], 999).code == "SUCCESS"
    assert market.send("ann", [USD, EUR, GBP], 5).code == "UNDER_DESTMIN"  # the pool refuses 0, the book passes it on


def test_an_empty_pool_is_no_venue(market: World) -> None:
    market.put_pool("max", EUR, GBP, 0, 0, 0)

    assert market.send("ann", [EUR, GBP], 5).code == "TOO_FEW_OFFERS"


def test_later_hops_see_what_earlier_hops_left(market: World) -> None:
    market.put_pool("max", EUR, USD, 10_000, 10_000, 10_000)

    there = 9_970 * 10_000 * 1_000 // (10_000 * 10_000 + 9_970 * 1_000)
    back = 9_970 * 11_000 * there // (10_000 * (10_000 - there) + 9_970 * there)
    outcome = market.send("ann", [EUR, USD, EUR], 1_000)

    assert outcome.atoms == [("pool", there, 1_000), ("pool", back, there)]


def test_a_thousand_offers_are_the_most_even_across_hops(market: World) -> None:
    # 501 offers of 1, then 500: when the first hop takes 501 the second may take 499 only.
    for i in range(1_001):
        maker = f"maker{i // 300}"
        if i % 300 == 0:
            market.trader(maker, EUR, GBP, USD)
        market.put_offer(maker, EUR if i < 501 else GBP, USD if i < 501 else EUR, 1, (1, 1))

    assert market.send("ann", [USD, EUR, GBP], 501, to="bob").code == "opEXCEEDED_WORK_LIMIT"
    assert len(market.send("ann", [USD, EUR, GBP], 500, to="bob").atoms) == 1_000
    market.check_laws()


def test_offers_examined_in_vain_count_too_and_the_pool_needs_room_for_one(market: World) -> None:
    # Protocol 27: the book of 1000 is walked, then the pool wins.
    for i in range(1_000):
        maker = f"maker{i // 300}"
        if i % 300 == 0:
            market.trader(maker, EUR, USD)
        market.put_offer(maker, EUR, USD, 1, (1, 1))
    market.put_pool("max", EUR, USD, 2 * 10**9, 10**9, 10**9)

    assert market.send("ann", [USD, EUR], 1_000, to="bob").code == "opEXCEEDED_WORK_LIMIT"
    assert market.send("ann", [USD, EUR], 999, to="bob").atoms[0][0] == "pool"
