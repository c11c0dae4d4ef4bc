"""Blend v2's pool with its backstop and oracle: supply, borrow, and a flash loan for our own route contracts."""

from pathlib import Path

import pytest
from support.contract_world import amounts, struct
from support.third_party import Chain
from support.venue_formulas import aquarius_out

from arb.localnet.soroban import values as v
from arb.localnet.soroban.identity import contract_id
from arb.localnet.soroban.values import HostValue

OURS = Path(__file__).parents[3] / "soroban" / "wasm"
ONE = 10**7
SUPPLY_COLLATERAL, BORROW, REPAY = 2, 4, 5
ACTIVE = 0
CHEAP, DEAR = (10**12, 2 * 10**12), (10**12, 10**12)


def u32s(**numbers: int) -> dict[str, HostValue]:
    return {name: v.u32(number) for name, number in numbers.items()}


def stellar(token: HostValue) -> HostValue:
    return v.vec((v.symbol("Stellar"), token))


def request(kind: int, token: HostValue, amount: int) -> HostValue:
    return v.vec((struct(address=token, amount=v.i128(amount), request_type=v.u32(kind)),))


class Blend:
    """An active lending pool of one asset, which alice supplied; BLND and USDC are behind its backstop."""

    def __init__(self, chain: Chain) -> None:
        self.chain, self.alice = chain, chain.alice
        self.asset, self.other, blnd, usdc = chain.tokens(4)
        oracle = self._oracle()
        share = self._backstop_token(blnd, usdc)
        # Factory, backstop and emitter name each other: ids follow from deployer and salt, so they are known before.
        ids = {name: self._future_id(name) for name in ("backstop", "factory", "emitter")}
        backstop, factory, emitter = (ids[name] for name in ("backstop", "factory", "emitter"))
        self._create("blend_emitter", "emitter")
        chain.do(emitter, "initialize", blnd, backstop, share)
        self._create("blend_backstop", "backstop", share, emitter, blnd, usdc, factory, v.vec(()))
        meta = struct(backstop=backstop, blnd_id=blnd, pool_hash=chain.code("blend_pool"))
        self._create("blend_pool_factory", "factory", meta)
        wanted = (v.string("Pool"), v.bytes_(bytes(32)), oracle, v.u32(ONE // 10), v.u32(4), v.i128(0))
        self.pool = chain.do(factory, "deploy", self.alice, *wanted)
        chain.do(self.pool, "queue_set_reserve", self.asset, self._reserve())
        chain.do(self.pool, "set_reserve", self.asset)
        chain.do(backstop, "deposit", self.alice, self.pool, v.i128(50_000 * ONE))
        chain.do(self.pool, "set_status", v.u32(ACTIVE))
        self.submit(SUPPLY_COLLATERAL, 10**12)

    def submit(self, kind: int, amount: int) -> HostValue:
        asked = request(kind, self.asset, amount)
        return self.chain.do(self.pool, "submit", self.alice, self.alice, self.alice, asked)

    def _oracle(self) -> HostValue:
        oracle = self.chain.create("sep40_oracle")
        assets = v.vec(map(stellar, (self.asset, self.other)))
        usd = v.vec((v.symbol("Other"), v.symbol("USD")))
        self.chain.do(oracle, "set_data", self.alice, usd, assets, v.u32(7), v.u32(300))
        self.chain.do(oracle, "set_price_stable", amounts(ONE, ONE))
        return oracle

    def _backstop_token(self, blnd: HostValue, usdc: HostValue) -> HostValue:
        comet = self.chain.create("comet")
        weights, balances = amounts(8 * ONE // 10, 2 * ONE // 10), amounts(1_000 * ONE, 25 * ONE)
        self.chain.do(comet, "init", self.alice, v.vec((blnd, usdc)), weights, balances, v.i128(30_000))
        self.chain.do(comet, "join_pool", v.i128(10**7 * ONE), amounts(2 * 10**8 * ONE, 10**7 * ONE), self.alice)
        return comet

    def _future_id(self, name: str) -> HostValue:
        return v.contract(contract_id(self.chain.ledger.network_id, self.alice, name.encode().ljust(32)))

    def _create(self, name: str, salt: str, *args: HostValue) -> None:
        self.chain.create_of(self.chain.code(name), *args, salt=salt.encode().ljust(32))

    @staticmethod
    def _reserve() -> HostValue:
        rates = u32s(r_base=100_000, r_one=500_000, r_two=5_000_000, r_three=15_000_000, reactivity=20)
        limits = u32s(c_factor=7_500_000, l_factor=7_500_000, util=7_500_000, max_util=9_500_000)
        names = {"decimals": v.u32(7), "index": v.u32(0), "supply_cap": v.i128(10**18), "enabled": v.boolean(True)}
        return struct(**rates, **limits, **names)


class Route:
    """Our executor and flash route, and two of our Aquarius pools that disagree about the price."""

    def __init__(self, chain: Chain, blend: Blend) -> None:
        self.tokens = (blend.asset, blend.other)
        self.executor, self.flash = (self._ours(chain, name) for name in ("route_executor", "flash_route"))
        code = chain.upload_code((OURS / "aquarius_pool.wasm").read_bytes())
        self.pools = [chain.create_of(code, v.vec(self.tokens), v.u32(30)) for _ in range(2)]
        for pool, reserves in zip(self.pools, (CHEAP, DEAR), strict=True):
            chain.do(pool, "deposit", chain.alice, v.vec(map(v.u128, reserves)), v.u128(0))

    @staticmethod
    def _ours(chain: Chain, name: str) -> HostValue:
        return chain.create_of(chain.upload_code((OURS / f"{name}.wasm").read_bytes()))

    def steps(self) -> HostValue:
        """Buy in the first pool, sell in the second."""
        hops = zip(self.pools, (self.tokens, self.tokens[::-1]), strict=True)
        aquarius = {"venue": v.u32(1), "min_out": v.i128(0)}
        return v.vec(struct(pool=pool, token_in=give, token_out=take, **aquarius) for pool, (give, take) in hops)


@pytest.fixture(scope="module")
def blend(chain: Chain) -> Blend:
    return Blend(chain)


@pytest.fixture(scope="module")
def route(chain: Chain, blend: Blend) -> Route:
    return Route(chain, blend)


def profit_of(amount: int) -> int:
    bought = aquarius_out(amount, *CHEAP, 30)
    assert bought
    sold = aquarius_out(bought, DEAR[1], DEAR[0], 30)
    assert sold
    return sold - amount


def test_a_pool_takes_supply_and_lends(chain: Chain, blend: Blend) -> None:
    before = chain.see(blend.asset, "balance", blend.alice)[1]
    blend.submit(BORROW, 10**11)
    assert chain.see(blend.asset, "balance", blend.alice)[1] - before == 10**11


@pytest.mark.parametrize("idle_seconds", [0, 30 * 24 * 3600])
def test_a_flash_loan_pays_for_our_route(chain: Chain, blend: Blend, route: Route, idle_seconds: int) -> None:
    # given a pool whose debt has borne interest for a while, or none
    with chain.copy() as copy:
        copy.pass_time(idle_seconds)
        before, lent = copy.balance(blend.asset), int(copy.call(blend.asset, "balance", blend.pool)[1])
        # when alice runs a route on money she does not have
        parties = (blend.alice, blend.pool, route.executor, blend.asset)
        profit = copy.call(route.flash, "run", *parties, v.i128(10**9), v.i128(1), route.steps())[1]
        # then the profit is hers, and the lender has its money back
        assert abs(profit - profit_of(10**9)) <= 1
        assert copy.balance(blend.asset) - before == profit
        assert int(copy.call(blend.asset, "balance", blend.pool)[1]) >= lent


def test_a_flash_loan_for_our_route_is_one_transaction(chain: Chain, blend: Blend, route: Route) -> None:
    parties = (blend.alice, blend.pool, route.executor, blend.asset)
    profit = chain.do(route.flash, "run", *parties, v.i128(10**9), v.i128(1), route.steps())
    assert abs(profit[1] - profit_of(10**9)) <= 1
