"""The ledger as a market: walking a book at once equals core's way of one offer at a time, even a maker met twice."""

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.localnet.operations.world import World, address, credit

from arb.localnet.ledger.txn import LedgerTxn
from arb.localnet.ledger.view import LedgerMarket
from arb.localnet.operations.settlement import settle_fills
from arb.markets.amount import INT64_MAX
from arb.markets.asset import NATIVE, Asset
from arb.markets.book import Fill, cross
from arb.markets.exchange import Rounding

EUR, USD = credit("EUR"), credit("USD")
MAKERS = ("ann", "bob")
offers = st.lists(
    st.tuples(
        st.sampled_from(MAKERS),
        st.integers(90, 400),
        st.sampled_from([(3, 2), (5, 3), (7, 4), (2, 3), (9, 7)]),
    ),
    min_size=2,
    max_size=8,
)


def crowded(wheat: Asset, resting: list[tuple[str, int, tuple[int, int]]], spare_room: int, spare_wheat: int) -> World:
    """Makers whose offers use up all they hold and all the room they have, but for a little."""
    world = World()
    for name in MAKERS:
        world.trader(name, EUR, USD)
        for maker, amount, price in resting:
            if maker == name:
                world.sell(name, wheat, USD, amount, price)
    with LedgerTxn(world.state) as ltx:
        for name in MAKERS:
            line = ltx.load_trustline(address(name), USD)
            assert line is not None
            line.limit = line.balance + line.buying_liabilities + spare_room
            if wheat == EUR:
                held = ltx.load_trustline(address(name), EUR)
                assert held is not None
                held.balance = held.selling_liabilities + spare_wheat
            else:
                account = ltx.load_account(address(name))
                assert account is not None
                account.balance = (2 + account.num_sub_entries) * 5_000_000 + account.selling_liabilities + spare_wheat
        ltx.commit()
    world.check_laws()
    return world


def one_at_a_time(world: World, wheat: Asset, wanted: int, spend: int, rounding: Rounding) -> list[Fill]:
    """Cross the best offer, write it down, look again: core's loop over a ledger that changes under it."""
    fills: list[Fill] = []
    with LedgerTxn(world.state) as ltx:
        while wanted > 0 and spend > 0:
            best = next(iter(LedgerMarket(ltx).offers(wheat, USD)), None)
            if best is None:
                break
            crossing = cross([best], wanted, spend, rounding, None)
            settle_fills(ltx, wheat, USD, crossing.fills)
            fills += crossing.fills
            wanted -= crossing.wheat_received
            spend -= crossing.sheep_sent
            if crossing.fills[0].wheat_left:
                break
    return fills


@settings(max_examples=300, deadline=None)
@given(
    wheat=st.sampled_from([EUR, NATIVE]),
    resting=offers,
    spare_room=st.integers(0, 2),
    spare_wheat=st.integers(0, 2),
    quantity=st.integers(1, 2_000) | st.just(10_000),
    rounding=st.sampled_from(Rounding),
)
def test_walking_the_book_at_once_is_walking_it_offer_by_offer(
    wheat: Asset,
    resting: list[tuple[str, int, tuple[int, int]]],
    spare_room: int,
    spare_wheat: int,
    quantity: int,
    rounding: Rounding,
) -> None:
    # given
    world = crowded(wheat, resting, spare_room, spare_wheat)
    wanted, spend = (quantity, INT64_MAX) if rounding is Rounding.RECV else (INT64_MAX, quantity)
    # when
    at_once = cross(LedgerMarket(world.state).offers(wheat, USD), wanted, spend, rounding, None)
    # then a maker met again is judged by what it has then
    stepwise = one_at_a_time(world, wheat, wanted, spend, rounding)
    assert at_once.fills == stepwise[: len(at_once.fills)]
    assert all(fill.wheat_left == 0 for fill in at_once.fills[:-1])
    if len(stepwise) > len(at_once.fills):
        assert at_once.fills[-1].wheat_left == 0  # dust of the last one vanished: core stops there, the loop above not


def test_capacities_are_those_of_the_ledger(world: World) -> None:
    world.trader("ann", EUR, USD)
    world.trust("ann", USD, 100, limit=1_000)
    world.sell("ann", EUR, USD, 50, (2, 1))
    world.sell("issuer", EUR, USD, 70, (3, 1))

    own, issued = LedgerMarket(world.state).offers(EUR, USD)

    assert own[1:] == (address("ann"), 2, 1, 50, 900)
    assert issued[1:] == (address("issuer"), 3, 1, 70, INT64_MAX)


def test_a_pool_is_seen_from_either_side_and_not_at_all_when_empty(world: World) -> None:
    world.trader("ann", EUR, USD)
    world.put_pool("ann", EUR, USD, 10, 20, 14)
    world.put_pool("ann", NATIVE, USD, 0, 0, 0)
    view = LedgerMarket(world.state)

    there, back = view.pool(EUR, USD), view.pool(USD, EUR)
    assert there is not None
    assert back is not None
    assert (there.reserve_in, there.reserve_out) == (10, 20)
    assert (back.reserve_in, back.reserve_out) == (20, 10)
    assert view.pool(NATIVE, USD) is view.pool(NATIVE, EUR) is None
