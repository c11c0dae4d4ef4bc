"""The price feed, and the detector that compares pools with one another and with it."""

import pytest
from support.contract_world import NOON, ContractWorld, account, amounts, fields

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorType, HostError
from arb.localnet.soroban.host import Host
from arb.localnet.soroban.values import HostValue

ADMIN, PROVIDER = account(1), account(2)
USD = v.vec([v.symbol("Other"), v.symbol("USD")])
RESOLUTION, DECIMALS = 300, 14
ONE = 10**DECIMALS


def stellar(token: HostValue) -> HostValue:
    return v.vec([v.symbol("Stellar"), token])


def oracle(world: ContractWorld, *tokens: HostValue) -> HostValue:
    assets = v.vec(stellar(token) for token in tokens)
    return world.deploy("oracle", ADMIN, USD, assets, v.u32(DECIMALS), v.u32(RESOLUTION))


def test_the_newest_price_is_the_one_of_its_period_until_it_is_old() -> None:
    # given prices of two periods
    world = ContractWorld()
    token = world.tokens(1, PROVIDER, 1)[0]
    feed, asset = oracle(world, token), stellar(token)
    world.call(feed, "set_price", amounts(ONE), v.u64(NOON - RESOLUTION))
    world.call(feed, "set_price", amounts(2 * ONE), v.u64(NOON))
    # then the period, not the second, names a price
    period = NOON // RESOLUTION * RESOLUTION
    newest = world.call(feed, "lastprice", asset)
    assert fields(newest) == {"price": 2 * ONE, "timestamp": period}
    assert world.call(feed, "last_timestamp") == v.u64(period)
    earlier = world.call(feed, "price", asset, v.u64(period - 1))
    assert fields(earlier) == {"price": ONE, "timestamp": period - RESOLUTION}
    assert world.call(feed, "prices", asset, v.u32(5)) == v.vec([newest, earlier])
    # and after two resolutions it is no longer the last price
    world.now = period + 2 * RESOLUTION + 1
    assert world.call(feed, "lastprice", asset) == v.VOID
    assert world.call(feed, "price", asset, v.u64(period)) == newest


def test_a_feed_keeps_twenty_records_and_refuses_the_past() -> None:
    world = ContractWorld()
    token = world.tokens(1, PROVIDER, 1)[0]
    feed, asset = oracle(world, token), stellar(token)
    for period in range(25):
        world.now = NOON + period * RESOLUTION
        world.call(feed, "set_price", amounts(ONE + period), v.u64(world.now))
    kept = world.call(feed, "prices", asset, v.u32(100))[1]
    assert [fields(record)["price"] - ONE for record in kept] == list(range(24, 4, -1))
    with pytest.raises(HostError) as error:
        world.call(feed, "set_price", amounts(ONE), v.u64(NOON))
    assert (error.value.type, error.value.code) == (ErrorType.CONTRACT, 3)


class Market:
    """One asset on two pools that disagree, a feed, and the detector told of all."""

    def __init__(self) -> None:
        self.world = ContractWorld()
        self.quote, self.asset = self.world.tokens(2, PROVIDER, 10**15)
        self.feed = oracle(self.world, self.quote, self.asset)
        self.world.call(self.feed, "set_price", amounts(ONE, ONE // 2), v.u64(NOON))
        self.detector = self.world.deploy("detector", ADMIN, self.quote)
        self.world.call(self.detector, "set_reflector_contract_id", v.bytes_(Host.contract_of(self.feed)))
        self.world.call(self.detector, "add_asset", v.string("TOK"), v.string("ISSUER"), self.asset)
        self.list("cheap", 10**10, 2 * 10**10)
        self.list("dear", 10**10, 10**10)

    def list(self, name: str, quote: int, asset: int) -> None:
        pool = self.world.deploy("aquarius_pool", v.vec([self.quote, self.asset]), v.u32(30))
        self.world.call(pool, "deposit", PROVIDER, v.vec([v.u128(quote), v.u128(asset)]), v.u128(0))
        self.world.call(self.detector, "add_market", v.string("TOK"), v.string(name), v.u32(1), pool)

    def scan(self, min_profit: int, code: str = "TOK") -> HostValue:
        return self.world.call(self.detector, "scan_opportunities", v.vec([v.string(code)]), v.i128(min_profit))


def sized(spent: int) -> tuple[int, int]:
    """What spending this much on the cheap pool buys, and what is gained by selling that on the dear one."""
    kept = spent * 9_970 // 10_000
    bought = kept * 2 * 10**10 // (10**10 + kept)
    sold = bought * 9_970 // 10_000
    return bought, sold * 10**10 // (10**10 + sold) - spent


def test_a_scan_reports_the_best_trade_between_two_pools() -> None:
    # given two pools of which one sells the asset at half the other's price
    market = Market()
    # when the detector scans
    (report,) = market.scan(1)[1]
    found = fields(report)
    # then it says where to buy and sell, at which prices, and nearly the most that can be gained
    assert (found["buy_exchange"], found["sell_exchange"]) == (b"cheap", b"dear")
    assert (found["buy_price"], found["sell_price"]) == (ONE // 2, ONE)
    best = max(sized(spent)[1] for spent in range(10**9, 3 * 10**9, 10**6))
    assert best <= found["estimated_profit"] <= best * 1.001
    assert found["confidence_score"] == 0
    assert found["expiry_time"] == NOON + 15


@pytest.mark.parametrize(("min_profit", "code", "failure"), [(10**12, "TOK", 3), (1, "NONE", 2)])
def test_a_scan_without_answer_says_why(min_profit: int, code: str, failure: int) -> None:
    with pytest.raises(HostError) as error:
        Market().scan(min_profit, code)
    assert (error.value.type, error.value.code) == (ErrorType.CONTRACT, failure)


def test_a_stale_feed_is_an_oracle_error() -> None:
    market = Market()
    market.world.now += 3 * RESOLUTION
    with pytest.raises(HostError) as error:
        market.scan(1)
    assert (error.value.type, error.value.code) == (ErrorType.CONTRACT, 1)


def test_only_the_admin_sets_prices_and_tells_the_detector_what_to_scan() -> None:
    # given a market whose admin does not sign
    market = Market()
    market.world.absent.add(ADMIN)
    pool = market.world.deploy("aquarius_pool", v.vec([market.quote, market.asset]), v.u32(30))
    calls = [
        (market.feed, "set_price", (amounts(ONE), v.u64(NOON))),
        (market.feed, "add_assets", (v.vec([]),)),
        (market.detector, "set_reflector_contract_id", (v.bytes_(bytes([1]) * 32),)),
        (market.detector, "add_asset", (v.string("NEW"), v.string("ISSUER"), market.asset)),
        (market.detector, "add_market", (v.string("TOK"), v.string("third"), v.u32(1), pool)),
    ]
    # then nothing can be set
    for contract, function, args in calls:
        with pytest.raises(HostError) as error:
            market.world.call(contract, function, *args)
        assert error.value.type == ErrorType.AUTH


def test_supported_assets_are_those_the_admin_listed() -> None:
    market = Market()
    (listed,) = market.world.call(market.detector, "get_supported_assets")[1]
    assert fields(listed) == {"code": b"TOK", "issuer": b"ISSUER"}
    assert market.world.call(market.detector, "is_asset_supported", v.string("TOK")) == v.TRUE
    assert market.world.call(market.detector, "is_asset_supported", v.string("XLM")) == v.FALSE
    with pytest.raises(HostError) as error:
        market.world.call(market.detector, "set_reflector_contract_id", v.bytes_(bytes(32)))
    assert (error.value.type, error.value.code) == (ErrorType.CONTRACT, 4)
