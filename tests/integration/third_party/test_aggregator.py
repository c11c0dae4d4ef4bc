"""Soroswap's aggregator, an earlier release: it splits an amount over routes, here all through Soroswap's own router.

Its adapters' wasm is not to be found; an adapter's interface is the router's, so the router stands in for its own.
"""

import pytest
from support.contract_world import amounts, struct
from support.third_party import Chain
from support.venue_formulas import soroswap_out

from arb.localnet.soroban import values as v
from arb.localnet.soroban.values import HostValue

LATER = v.u64(2**40)
POOL = (10**12, 2 * 10**12)
DEEP = (10**13, 10**13)


class Aggregator:
    """The aggregator before a router with three pairs: two routes from the first token to the last."""

    def __init__(self, chain: Chain) -> None:
        self.tokens = chain.tokens(3)
        factory, self.router = chain.create("soroswap_factory"), chain.create("soroswap_router")
        chain.do(factory, "initialize", chain.alice, chain.code("soroswap_pair"))
        chain.do(self.router, "initialize", factory)
        for a, b, reserves in ((0, 2, POOL), (0, 1, DEEP), (1, 2, DEEP)):
            wanted = (*map(v.i128, reserves), v.i128(0), v.i128(0))
            chain.do(self.router, "add_liquidity", self.tokens[a], self.tokens[b], *wanted, chain.alice, LATER)
        self.contract = chain.create("soroswap_aggregator")
        adapter = struct(address=self.router, paused=v.boolean(False), protocol_id=v.string("soroswap"))
        chain.do(self.contract, "initialize", chain.alice, v.vec((adapter,)))

    def split(self) -> HostValue:
        """A third over both hops, two thirds directly."""
        routes = ((1, self.tokens), (2, self.tokens[::2]))
        soroswap = v.string("soroswap")
        return v.vec(struct(parts=v.u32(parts), path=v.vec(path), protocol_id=soroswap) for parts, path in routes)


@pytest.fixture(scope="module")
def aggregator(chain: Chain) -> Aggregator:
    return Aggregator(chain)


def test_a_split_over_two_routes_is_one_transaction(chain: Chain, aggregator: Aggregator) -> None:
    # given an amount of which a third goes the long way
    long, short = 10**9 // 3, 10**9 - 10**9 // 3
    middle = soroswap_out(long, *DEEP)
    assert middle
    last, direct = soroswap_out(middle, *DEEP), soroswap_out(short, *POOL)
    assert last
    assert direct
    # when a transaction trades both
    ends = (aggregator.tokens[0], aggregator.tokens[2])
    order = (*ends, v.i128(10**9), v.i128(last + direct), aggregator.split(), chain.alice, LATER)
    paid = chain.do(aggregator.contract, "swap_exact_tokens_for_tokens", *order)
    # then every hop was the formula's
    assert paid == v.vec((amounts(long, middle, last), amounts(short, direct)))


def test_it_refuses_what_pays_too_little(chain: Chain, aggregator: Aggregator) -> None:
    ends = (aggregator.tokens[0], aggregator.tokens[2])
    order = (*ends, v.i128(10**9), v.i128(10**13), aggregator.split(), chain.alice, LATER)
    refused = chain.refusal("alice", v.strkey(aggregator.contract), "swap_exact_tokens_for_tokens", *order)
    assert "Error(Contract, #608)" in refused
