"""The pairs that a plan claims are those that core's damping counts, as the local network reckons them too."""

import hashlib
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from stellar_sdk import Asset, Keypair, PathPaymentStrictReceive
from support.plans import basket

from arb.localnet.node.damping import loop_pairs as counted_by_the_network
from arb.messages.loops import loop_pairs

CODES = ("XLM", "AAA", "BBB", "CCC", "DDD")
ISSUER = Keypair.from_raw_ed25519_seed(hashlib.sha256(b"issuer").digest()).public_key


def test_every_hop_of_a_cycle_is_counted() -> None:
    assert loop_pairs([("a", "b", "c", "a")]) == {("a", "b"), ("b", "c"), ("c", "a")}
    plan = basket(through=("USDC", "EURC"))
    assert plan.claims == {f"{given} -> {taken}" for given, taken in pairwise(plan.payments[0].assets)}


def test_two_payments_that_close_a_loop_between_them_count_like_one() -> None:
    assert loop_pairs([("a", "b", "c"), ("c", "a")]) == {("a", "b"), ("b", "c"), ("c", "a")}


def test_what_only_hangs_off_a_loop_is_not_counted() -> None:
    assert loop_pairs([("a", "b", "a"), ("b", "d"), ("e", "a")]) == {("a", "b"), ("b", "a")}
    assert loop_pairs([("a", "b", "c")]) == frozenset()


def test_an_asset_that_follows_itself_is_no_exchange() -> None:
    assert loop_pairs([("a", "a", "b", "b", "a")]) == {("a", "b"), ("b", "a")}


@given(st.lists(st.lists(st.sampled_from(CODES), min_size=2, max_size=7), max_size=6))
def test_it_is_what_the_network_counts(paths: list[list[str]]) -> None:
    def asset(code: str) -> Asset:
        return Asset.native() if code == "XLM" else Asset(code, ISSUER)

    payments = [
        PathPaymentStrictReceive(
            ISSUER, asset(path[0]), "1", asset(path[-1]), "1", [asset(code) for code in path[1:-1]]
        )
        for path in paths
    ]
    counted = counted_by_the_network(payment.to_xdr_object().body for payment in payments)
    assert loop_pairs(paths) == {(sold.code, bought.code) for sold, bought in counted}
