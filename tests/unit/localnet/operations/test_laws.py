"""Laws that no sequence of DEX operations may break, and the prediction of arb.markets against what the ledger does."""

from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from unit.localnet.operations.outcome import Outcome
from unit.localnet.operations.world import World, address, credit

from arb.localnet.ledger.assets import pool_id_of
from arb.markets.amount import INT64_MAX
from arb.markets.asset import NATIVE, Asset
from arb.markets.path import PathResult, VenueKind, path_receive, path_send

ASSETS = (NATIVE, credit("EUR"), credit("GBP"), credit("USD"))
PEOPLE = ("ann", "bob", "cyd", "dan", "eve", "fay")
POOLS = ((NATIVE, ASSETS[1]), (ASSETS[1], ASSETS[2]), (ASSETS[1], ASSETS[3]))
Price = tuple[int, int]
Step = tuple[str, str, tuple[Any, ...]]
"""(operation, who, the rest of its arguments): plain data, so that hypothesis can print and shrink it."""

who = st.sampled_from(PEOPLE)
part = st.integers(1, 12) | st.sampled_from([997, 1_000, 1_003])
price = st.tuples(part, part)
amount = st.integers(1, 60) | st.integers(1, 5_000)
pair = st.permutations(ASSETS).map(lambda assets: (assets[0], assets[1]))
path = st.lists(st.sampled_from(ASSETS), min_size=2, max_size=5)
pool = st.sampled_from(POOLS)


def _steps(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(name), who, st.tuples(*arguments))


offer_steps = st.one_of(
    _steps("sell", pair, amount, price),
    _steps("buy", pair, amount, price),
    _steps("passive", pair, amount, price),
    _steps("update", st.integers(0, 9), amount | st.just(0), price),
)
pool_steps = _steps("deposit", pool, amount, amount) | _steps("withdraw", pool, amount)
path_steps = _steps("send", path, amount, who) | _steps("receive", path, amount, who)


def run(world: World, step: Step) -> Outcome:
    match step:
        case "sell", name, (assets, quantity, at):
            return world.sell(name, assets[0], assets[1], quantity, at)
        case "buy", name, (assets, quantity, at):
            return world.buy(name, assets[0], assets[1], quantity, at)
        case "passive", name, (assets, quantity, at):
            return world.sell_passive(name, assets[0], assets[1], quantity, at)
        case "update", name, (nth, quantity, at):
            offers = list(world.state.offers_of(address(name)))
            if not offers:
                return world.sell(name, ASSETS[1], ASSETS[2], quantity, at, offer_id=999_999)
            offer = offers[nth % len(offers)]
            return world.sell(name, offer.selling, offer.buying, quantity, at, offer.offer_id)
        case "deposit", name, (assets, quantity, other):
            return world.deposit(name, pool_id_of(*assets), quantity, other)
        case "withdraw", name, (assets, shares):
            return world.withdraw(name, pool_id_of(*assets), shares)
        case "send", name, (assets, quantity, to):
            return world.send(name, assets, quantity, to=to)
        case "receive", name, (assets, quantity, to):
            return world.receive(name, assets, quantity, to=to)
    raise AssertionError(step)


def populated(limits: list[int]) -> World:
    """Six accounts over three assets and native, three pools; `limits` is the room of each trustline in turn."""
    world = World()
    for number, name in enumerate(PEOPLE):
        world.account(
            name, (13 + 10 * (number % 2)) * 5_000_000 + 3_000
        )  # 11 reserves are spent; some can afford 2 offers
        for index, asset in enumerate(ASSETS[1:]):
            balance = (0, 40, 20_000)[(number + index) % 3]
            room = limits[(3 * number + index) % len(limits)]
            world.trust(name, asset, balance, min(INT64_MAX, balance + room))
    for a, b in POOLS:
        pool_id = world.put_pool("ann", a, b, 3_000, 4_000, 3_464)
        for name in PEOPLE[1:]:
            world.trust_shares(name, pool_id)
    return world


def worth_of_shares(world: World) -> dict[str, Fraction]:
    """Invariant X * Y per share squared, by pool."""
    return {
        entry.pool_id: Fraction(entry.reserve_a * entry.reserve_b, entry.total_shares**2)
        for entry in world.state.pools()
        if entry.total_shares
    }


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(
    limits=st.lists(st.sampled_from([30, 700, 6_000, INT64_MAX]), min_size=3, max_size=9),
    steps=st.lists(offer_steps | offer_steps | path_steps | pool_steps, min_size=20, max_size=40),
)
def test_nothing_is_made_or_lost_and_every_promise_stays_covered(limits: list[int], steps: list[Step]) -> None:
    # given
    world = populated(limits)
    totals, worth = world.totals(), worth_of_shares(world)
    for step in steps:
        before = world.state.state_hash()
        # when
        outcome = run(world, step)
        event(outcome.code)
        # then
        if outcome.code != "SUCCESS":
            assert world.state.state_hash() == before
            continue
        world.check_laws()
        assert world.totals() == totals
        worth_now = worth_of_shares(world)
        for pool_id in worth.keys() & worth_now.keys():
            assert worth_now[pool_id] >= worth[pool_id]
        worth = worth_now


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(
    steps=st.lists(offer_steps | pool_steps, min_size=10, max_size=30),
    payments=st.lists(st.tuples(st.booleans(), who, who, path, amount), min_size=1, max_size=8),
)
def test_what_markets_predicts_is_what_the_ledger_does(
    steps: list[Step], payments: list[tuple[bool, str, str, list[Asset], int]]
) -> None:
    """An observer sees offers and pools, no balances. With limits out of reach that is all there is to know."""
    # given
    world = populated([INT64_MAX])
    for step in steps:
        run(world, step)
    for strict_send, source, destination, assets, quantity in payments:
        taker = address(source)
        before = world.balance(source, assets[0]), world.balance(destination, assets[-1])
        # when
        if strict_send:
            predicted = path_send(world.market(), taker, assets, quantity)
            outcome = world.send(source, assets, quantity, to=destination)
        else:
            predicted = path_receive(world.market(), taker, assets, quantity)
            outcome = world.receive(source, assets, quantity, to=destination)
        event(outcome.code)
        # then
        if outcome.code == "UNDERFUNDED":
            continue  # what the source holds is not the market's business
        assert outcome.code == predicted.code.value
        if outcome.code == "SUCCESS":
            assert outcome.delivered == predicted.amount_out
            assert outcome.atoms == atoms_of(predicted)
            makers = {fill.seller for hop in predicted.hops for fill in hop.fills}
            if address(destination) not in makers:  # a destination may meet its own offers, the source never does
                loop = source == destination and assets[0] == assets[-1]
                gained, spent = predicted.amount_out, predicted.amount_in
                assert world.balance(source, assets[0]) == before[0] - spent + (gained if loop else 0)
                assert world.balance(destination, assets[-1]) == before[1] + gained - (spent if loop else 0)


def atoms_of(predicted: PathResult) -> list[tuple[str, int, int]]:
    """The claim atoms a prediction implies, in the form of Outcome.atoms."""
    atoms: list[tuple[str, int, int]] = []
    for hop in predicted.hops:
        if hop.venue is VenueKind.POOL:
            atoms.append(("pool", hop.amount_out, hop.amount_in))
        else:
            atoms.extend((str(fill.offer_id), fill.wheat, fill.sheep) for fill in hop.fills)
    return atoms
