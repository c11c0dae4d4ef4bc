"""The route executor: the whole cycle with its profit, or nothing; with the trader's money or with a lender's."""

import pytest
from support.contract_world import LATER, ContractWorld, account, amounts, fields, struct

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorType, HostError
from arb.localnet.soroban.values import HostValue

PROVIDER, TRADER, COLLECTOR = account(1), account(2), account(3)
PLENTY = 10**15
PAIR, AQUARIUS, PHOENIX = v.u32(0), v.u32(1), v.u32(2)
UNPROFITABLE = 8


class Venues:
    """One market on three kinds of pool, the executor, a lender; the trader holds a little of the base token."""

    def __init__(self) -> None:
        self.world = ContractWorld()
        self.base, self.other = self.world.tokens(2, PROVIDER, PLENTY)
        self.world.call(self.base, "mint", TRADER, v.i128(10**9))
        self.executor = self.world.deploy("route_executor")
        self.pair = self._pair(10**10, 2 * 10**10)
        self.aquarius = self._aquarius(10**10, 10**10)
        self.phoenix = self._phoenix(10**10, 10**10)

    def _pair(self, base: int, other: int) -> HostValue:
        pair = self.world.deploy("pair")
        self.world.call(pair, "initialize", PROVIDER, self.base, self.other)
        self.world.call(self.base, "transfer", PROVIDER, pair, v.i128(base))
        self.world.call(self.other, "transfer", PROVIDER, pair, v.i128(other))
        self.world.call(pair, "deposit", PROVIDER)
        return pair

    def _aquarius(self, base: int, other: int) -> HostValue:
        pool = self.world.deploy("aquarius_pool", v.vec([self.base, self.other]), v.u32(30))
        self.world.call(pool, "deposit", PROVIDER, v.vec([v.u128(base), v.u128(other)]), v.u128(0))
        return pool

    def _phoenix(self, base: int, other: int) -> HostValue:
        pool = self.world.deploy("phoenix_pool", self.base, self.other, v.i64(30), v.i64(5_000), COLLECTOR)
        wanted = (v.i128(base), v.VOID, v.i128(other), v.VOID, v.VOID, LATER)
        self.world.call(pool, "provide_liquidity", PROVIDER, *wanted, v.boolean(False))
        return pool

    def buy(self, venue: HostValue, pool: HostValue, least: int = 0) -> HostValue:
        return step(venue, pool, self.base, self.other, least)

    def sell(self, venue: HostValue, pool: HostValue, least: int = 0) -> HostValue:
        return step(venue, pool, self.other, self.base, least)

    def execute(self, amount: int, min_profit: int, *steps: HostValue) -> int:
        order = (TRADER, self.base, v.i128(amount), v.i128(min_profit), v.vec(steps))
        return int(self.world.call(self.executor, "execute", *order)[1])


def step(venue: HostValue, pool: HostValue, token_in: HostValue, token_out: HostValue, least: int) -> HostValue:
    return struct(venue=venue, pool=pool, token_in=token_in, token_out=token_out, min_out=v.i128(least))


def soroswap(x: int, reserve_in: int, reserve_out: int) -> int:
    kept = x - -(-3 * x // 1000)
    return kept * reserve_out // (reserve_in + kept)


def aquarius(x: int, reserve_in: int, reserve_out: int) -> int:
    kept = x * 9_970 // 10_000
    return kept * reserve_out // (reserve_in + kept)


def phoenix(x: int, reserve_in: int, reserve_out: int) -> int:
    gross = reserve_out - reserve_in * reserve_out // (reserve_in + x)
    return gross - gross * 30 // 10_000


@pytest.mark.parametrize("last", ["aquarius", "phoenix"])
def test_a_cycle_over_two_venues_earns_what_the_formulas_say(last: str) -> None:
    # given a token that is cheap on the pair and dear elsewhere
    venues, amount = Venues(), 10**7
    bought = soroswap(amount, 10**10, 2 * 10**10)
    formula, sell = {
        "aquarius": (aquarius, venues.sell(AQUARIUS, venues.aquarius)),
        "phoenix": (phoenix, venues.sell(PHOENIX, venues.phoenix)),
    }[last]
    expected = formula(bought, 10**10, 10**10) - amount
    # when the cycle is traded
    profit = venues.execute(amount, expected, venues.buy(PAIR, venues.pair), sell)
    executed = venues.world.events[-1]
    # then the trader has exactly the formulas' profit, and the executor keeps nothing
    assert profit == expected > 0
    assert venues.world.balance(venues.base, TRADER) == 10**9 + expected
    assert venues.world.balance(venues.base, venues.executor) == 0
    assert venues.world.balance(venues.other, venues.executor) == 0
    assert executed.topics == (v.symbol("route"), v.symbol("executed"), TRADER)
    assert fields(executed.data)["profit"] == expected


def test_one_unit_short_of_the_least_profit_undoes_everything() -> None:
    # given a route and the most it can earn
    venues, amount = Venues(), 10**7
    steps = (venues.buy(PAIR, venues.pair), venues.sell(AQUARIUS, venues.aquarius))
    most = aquarius(soroswap(amount, 10**10, 2 * 10**10), 10**10, 10**10) - amount
    data, instances = dict(venues.world.storage.data), dict(venues.world.storage.instances)
    # when one unit more is demanded
    with pytest.raises(HostError) as error:
        venues.execute(amount, most + 1, *steps)
    # then it fails with the typed error, and no balance or reserve has moved
    assert (error.value.type, error.value.code) == (ErrorType.CONTRACT, UNPROFITABLE)
    assert venues.world.storage.data == data
    assert venues.world.storage.instances == instances
    assert venues.world.events == []


def test_a_losing_direction_reverts_even_if_no_profit_is_asked_for() -> None:
    venues = Venues()
    with pytest.raises(HostError) as error:
        venues.execute(10**7, 0, venues.buy(AQUARIUS, venues.aquarius), venues.sell(PAIR, venues.pair))
    assert (error.value.type, error.value.code) == (ErrorType.CONTRACT, UNPROFITABLE)


def test_tokens_that_lie_in_the_executor_are_no_profit() -> None:
    # given tokens sent to the executor by mistake
    venues = Venues()
    venues.world.call(venues.base, "mint", venues.executor, v.i128(10**9))
    # when a losing route is tried
    with pytest.raises(HostError) as error:
        venues.execute(10**7, 0, venues.buy(AQUARIUS, venues.aquarius), venues.sell(PAIR, venues.pair))
    # then they do not make up for the loss
    assert error.value.code == UNPROFITABLE


def test_a_route_that_makes_no_sense_is_named_for_what_is_wrong() -> None:
    venues = Venues()
    buy, sell = venues.buy(PAIR, venues.pair), venues.sell(AQUARIUS, venues.aquarius)
    stranger = venues.world.tokens(1, PROVIDER, 1)[0]
    foreign = step(PAIR, venues.pair, venues.base, stranger, 0)
    cases = [
        (10**7, 0, (), 1),
        (10**7, 0, (buy,), 2),
        (10**7, 0, (buy, buy, sell), 3),
        (0, 0, (buy, sell), 4),
        (10**7, -1, (buy, sell), 4),
        (10**7, 0, (foreign, step(PAIR, venues.pair, stranger, venues.base, 0)), 5),
        (10**7, 0, (venues.buy(PAIR, venues.pair, 10**12), sell), 7),
        (10**7, 0, (buy, venues.sell(AQUARIUS, venues.aquarius, 10**12)), 7),
        (10**7, 0, (buy, venues.sell(PHOENIX, venues.phoenix, 10**12)), 7),
    ]
    for amount, min_profit, steps, code in cases:
        with pytest.raises(HostError) as error:
            venues.execute(amount, min_profit, *steps)
        assert (error.value.type, error.value.code) == (ErrorType.CONTRACT, code)


class Borrowed(Venues):
    """The same with a lender that has plenty, and a trader who has nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.lender = self.world.deploy("flash_lender")
        self.world.call(self.base, "mint", self.lender, v.i128(10**12))
        self.world.call(self.base, "burn", TRADER, v.i128(10**9))
        self.flash = self.world.deploy("flash_route")

    def run(self, amount: int, min_profit: int, *steps: HostValue) -> int:
        parties = (TRADER, self.lender, self.executor, self.base)
        return int(self.world.call(self.flash, "run", *parties, *amounts(amount, min_profit)[1], v.vec(steps))[1])


def test_a_flash_loan_earns_without_capital() -> None:
    venues, amount = Borrowed(), 10**8
    expected = aquarius(soroswap(amount, 10**10, 2 * 10**10), 10**10, 10**10) - amount
    profit = venues.run(amount, 1, venues.buy(PAIR, venues.pair), venues.sell(AQUARIUS, venues.aquarius))
    assert profit == venues.world.balance(venues.base, TRADER) == expected > 0
    assert venues.world.balance(venues.base, venues.lender) == 10**12
    assert venues.world.balance(venues.base, venues.executor) == 0


def test_a_loan_that_does_not_pay_is_as_if_never_taken() -> None:
    venues = Borrowed()
    data = dict(venues.world.storage.data)
    with pytest.raises(HostError) as error:
        venues.run(10**8, 0, venues.buy(AQUARIUS, venues.aquarius), venues.sell(PAIR, venues.pair))
    assert (error.value.type, error.value.code) == (ErrorType.CONTRACT, UNPROFITABLE)
    assert venues.world.storage.data == data


def test_a_route_moves_nobodys_money_without_their_signature() -> None:
    venues = Borrowed()
    venues.world.absent.add(TRADER)
    steps = (venues.buy(PAIR, venues.pair), venues.sell(AQUARIUS, venues.aquarius))
    for trade in (venues.execute, venues.run):
        with pytest.raises(HostError) as error:
            trade(10**7, 1, *steps)
        assert error.value.type == ErrorType.AUTH


def test_nobody_can_call_the_receiver_without_a_staged_route() -> None:
    venues = Borrowed()
    venues.world.call(venues.base, "mint", venues.executor, v.i128(10**8))
    with pytest.raises(HostError) as error:
        venues.world.call(venues.executor, "exec_op", COLLECTOR, venues.base, v.i128(10**8), v.i128(0))
    assert (error.value.type, error.value.code) == (ErrorType.CONTRACT, 9)
