"""The signer signs what can only gain, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stellar_sdk import Keypair, StrKey

from arb.accounts.domain.policy import Present, SigningPolicy, judge
from arb.contracts.basket import Basket, read_basket
from arb.contracts.routes.call import CallStep, RouteCall, Venue
from arb.contracts.routes.envelope import Route
from arb.contracts.transactions import Cycle, Transaction, build_basket
from arb.markets.asset import NATIVE, Asset

PASSPHRASE = "Standalone Network ; February 2017"
TRADING, CHANNEL, STRANGER, ISSUER = (
    Keypair.from_raw_ed25519_seed(seed * 32).public_key for seed in (b"t", b"c", b"s", b"i")
)
USDC = Asset("USDC", ISSUER)
NOW = 1_700_000_000
PRESENT = Present(closed_at=NOW, clock=NOW)
EXECUTOR, TOKEN, POOL = (StrKey.encode_contract(seed * 32) for seed in (b"e", b"t", b"p"))
POLICY = SigningPolicy(
    TRADING, frozenset({CHANNEL}), max_fee=10_000_000, max_amount=10**12, route_executors=frozenset({EXECUTOR})
)
GAIN = Cycle((NATIVE, USDC, NATIVE), 100, 101)


def basket(
    *cycles: Cycle, channel: str = CHANNEL, trading: str = TRADING, fee: int = 1000, max_time: int = NOW + 60
) -> Basket:
    built = build_basket(
        cycles or (GAIN,),
        channel=channel,
        trading=trading,
        sequence=5,
        fee=fee,
        max_time=max_time,
        passphrase=PASSPHRASE,
    )
    return read_basket(built.envelope_xdr, PASSPHRASE)


def verdict(judged: Basket | Route, present: Present = PRESENT) -> str | None:
    refused = judge(judged, POLICY, present)
    return refused.code if refused else None


def test_a_basket_of_cycles_that_can_only_gain_is_signed() -> None:
    even = Cycle((USDC, NATIVE, USDC), 100, 100)
    assert verdict(basket(GAIN, even)) is None
    assert verdict(basket(channel=TRADING)) is None


@pytest.mark.parametrize(
    ("judged", "code"),
    [
        (basket(channel=STRANGER), "foreign_source"),
        (basket(trading=STRANGER), "foreign_operations"),
        (basket(trading=CHANNEL), "foreign_operations"),
        (basket(fee=10_000_001), "fee_too_high"),
        (basket(max_time=NOW), "too_late"),
        (basket(max_time=NOW + 301), "lives_too_long"),
        (basket(GAIN, Cycle((NATIVE, USDC), 1, 2)), "not_a_cycle"),
        (basket(Cycle((USDC, NATIVE, Asset("USDC", STRANGER)), 1, 2)), "not_a_cycle"),
        (basket(GAIN, Cycle((NATIVE, USDC, NATIVE), 101, 100)), "may_lose"),
        (basket(Cycle((NATIVE, USDC, NATIVE), 0, 0)), "may_lose"),
        (basket(Cycle((NATIVE, USDC, NATIVE), 10**12 + 1, 10**12 + 2)), "amount_too_large"),
    ],
)
def test_anything_else_is_refused(judged: Basket, code: str) -> None:
    assert verdict(judged) == code


@pytest.mark.parametrize("bound", [basket(fee=10_000_000), basket(max_time=NOW + 300), basket(max_time=NOW + 1)])
def test_bounds_themselves_are_allowed(bound: Basket) -> None:
    assert verdict(bound) is None


@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1)), min_size=1, max_size=4))
def test_no_signed_basket_can_lose(amounts: list[tuple[int, int]]) -> None:
    cycles = tuple(Cycle((NATIVE, USDC, NATIVE), send_max, dest) for send_max, dest in amounts)
    judged = basket()._replace(cycles=cycles)
    if verdict(judged) is None:
        assert all(0 < cycle.send_max <= min(cycle.dest_amount, POLICY.max_amount) for cycle in cycles)


def test_the_network_counts_by_close_times_not_by_this_machines_clock() -> None:
    soon = basket(max_time=NOW + 60)
    # a network that runs an hour ahead of the clock, and a machine whose clock does
    assert verdict(soon, Present(closed_at=NOW, clock=NOW - 3600)) is None
    assert verdict(soon, Present(closed_at=NOW, clock=NOW + 3600)) is None
    # and nothing seen of the network yet
    assert verdict(soon, Present(closed_at=0, clock=NOW)) is None
    assert verdict(basket(max_time=NOW + 301), Present(closed_at=0, clock=NOW)) == "lives_too_long"


def route(
    *,
    executor: str = EXECUTOR,
    trader: str = TRADING,
    channel: str = CHANNEL,
    fee: int = 1000,
    max_time: int = NOW + 60,
    amount: int = 100,
) -> Route:
    call = RouteCall(executor, trader, TOKEN, amount, 1, (CallStep(Venue.SOROSWAP, POOL, TOKEN, TOKEN, 0),))
    return Route(channel, 5, fee, max_time, call, b"", Transaction(b"", b""))


def test_a_call_of_our_route_executor_is_signed() -> None:
    assert verdict(route()) is None


@pytest.mark.parametrize(
    ("judged", "code"),
    [
        (route(executor=TOKEN), "foreign_contract"),
        (route(trader=STRANGER), "foreign_operations"),
        (route(channel=STRANGER), "foreign_source"),
        (route(fee=10_000_001), "fee_too_high"),
        (route(amount=10**12 + 1), "amount_too_large"),
        (route(max_time=NOW), "too_late"),
        (route(max_time=NOW + 301), "lives_too_long"),
    ],
)
def test_any_other_call_is_refused(judged: Route, code: str) -> None:
    assert verdict(judged) == code
