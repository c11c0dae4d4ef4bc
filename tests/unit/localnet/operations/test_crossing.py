"""How offers meet in the book of a real ledger: order, remainders, dust, and makers met twice."""

from unit.localnet.operations.world import World, address, credit

from arb.localnet.ledger.txn import LedgerTxn

USD, EUR = credit("USD"), credit("EUR")


def test_a_taker_takes_whole_offers_then_a_part_and_keeps_nothing_when_filled(world: World) -> None:
    world.trader("ann", USD, EUR)
    world.trader("bob", USD, EUR)
    world.trader("cyd", USD, EUR)
    world.sell("ann", USD, EUR, 100, (1, 1))
    world.sell("bob", USD, EUR, 100, (2, 1))

    outcome = world.sell("cyd", EUR, USD, 200, (1, 2))

    assert outcome.effect == "DELETED"
    assert outcome.atoms == [("1", 100, 100), ("2", 50, 100)]
    assert world.book(USD, EUR) == [(2, 50)]
    assert world.balance("cyd", USD) == 1_000_150
    assert world.balance("cyd", EUR) == 999_800
    assert world.balance("ann", EUR) == 1_000_100
    assert world.state.header.id_pool == 2  # an offer that never rests takes no id
    world.check_laws()


def test_what_a_taker_could_not_get_rests_at_its_own_price(world: World) -> None:
    world.trader("ann", USD, EUR)
    world.trader("cyd", USD, EUR)
    world.sell("ann", USD, EUR, 100, (1, 1))

    outcome = world.sell("cyd", EUR, USD, 300, (1, 2))

    assert outcome.effect == "CREATED"
    assert outcome.offer.amount.int64 == 200
    assert world.liabilities("cyd", USD) == (100, 0)
    world.check_laws()


def test_book_order_is_by_double_so_an_older_dearer_offer_goes_first(world: World) -> None:
    # Rule 2: as doubles the two prices are one and the same.
    dear, cheap = (2_147_483_646, 2_147_483_645), (2_147_483_647, 2_147_483_646)
    assert dear[0] * cheap[1] > cheap[0] * dear[1]
    world.trader("ann", USD, EUR)
    world.trader("bob", USD, EUR)
    world.sell("ann", USD, EUR, 100, dear)
    world.sell("ann", USD, EUR, 100, cheap)

    assert world.receive("bob", [EUR, USD], 10).atoms == [("1", 10, 11)]


def test_whether_prices_meet_is_compared_exactly(world: World) -> None:
    # Rule 2, second half: a limit just below the older, dearer offer stops there and never sees the cheaper one.
    dear, cheap = (2_147_483_646, 2_147_483_645), (2_147_483_647, 2_147_483_646)
    world.trader("ann", USD, EUR)
    world.trader("bob", USD, EUR)
    world.sell("ann", USD, EUR, 100, dear)
    world.sell("ann", USD, EUR, 100, cheap)

    assert world.sell("bob", EUR, USD, 50, (cheap[1], cheap[0])).atoms == []
    assert world.sell("bob", EUR, USD, 50, (dear[1], dear[0])).atoms != []


def test_dust_left_of_a_maker_vanishes(world: World) -> None:
    # Rule 4: 999 at 1/1000 is worth less than one stroop.
    world.trader("ann", USD, EUR)
    world.trader("bob", USD, EUR)
    world.sell("ann", USD, EUR, 2_000, (1, 1_000))

    outcome = world.receive("bob", [EUR, USD], 1_001)

    assert outcome.atoms == [("1", 1_001, 2)]
    assert world.book(USD, EUR) == []
    world.check_laws()


def test_two_crossing_offers_may_trade_nothing(world: World) -> None:
    # Rule 5: rounding would cost more than 1 %, so nothing moves and the newcomer is dropped.
    world.trader("ann", USD, EUR)
    world.trader("bob", USD, EUR)
    world.sell("ann", USD, EUR, 34, (3, 2))

    outcome = world.sell("bob", EUR, USD, 50, (2, 3))

    assert (outcome.code, outcome.effect, outcome.atoms) == ("SUCCESS", "DELETED", [("1", 0, 0)])
    assert world.book(USD, EUR) == [(1, 34)]
    assert world.book(EUR, USD) == []
    world.check_laws()


def test_a_maker_met_twice_gives_what_its_room_allows_at_that_moment(world: World) -> None:
    # Each offer of 101 at 3/2 reserves floor(151.5) = 151. With no room beyond that the first can sell only 100 for
    # 150, which frees one stroop of room: the second sells all its 101 for 151.
    world.trader("ann", USD)
    world.trust("ann", EUR)
    world.trader("bob", USD, EUR)
    world.sell("ann", USD, EUR, 101, (3, 2))
    world.sell("ann", USD, EUR, 101, (3, 2))
    with LedgerTxn(world.state) as ltx:
        line = ltx.load_trustline(address("ann"), EUR)
        assert line is not None
        line.limit = 302
        ltx.commit()

    outcome = world.sell("bob", EUR, USD, 10_000, (1, 2))

    assert outcome.atoms == [("1", 100, 150), ("2", 101, 151)]
    assert world.balance("ann", EUR) == 301
    world.check_laws()
