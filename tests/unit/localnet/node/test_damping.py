"""Arbitrage damping: loops of path payments are counted per directed pair, and swarms of them thinned out."""

import random

from stellar_sdk import Asset, Keypair, Operation, PathPaymentStrictReceive, PathPaymentStrictSend, Payment, xdr

from arb.localnet.ledger.assets import asset_of
from arb.localnet.node.damping import Damping, loop_pairs
from arb.localnet.node.queue import Status

from .conftest import Bench

ISSUER = Keypair.from_raw_ed25519_seed(b"issuer".ljust(32, b"-")).public_key
XLM, USD, EUR, BTC = Asset.native(), Asset("USD", ISSUER), Asset("EUR", ISSUER), Asset("BTC", ISSUER)


def bodies(*operations: Operation) -> list[xdr.OperationBody]:
    return [operation.to_xdr_object().body for operation in operations]


def cycle(*path: Asset) -> PathPaymentStrictReceive:
    return PathPaymentStrictReceive(ISSUER, path[0], "1", path[-1], "1", list(path[1:-1]))


def pairs(*operations: Operation) -> set[tuple[str, str]]:
    return {(sold.code, bought.code) for sold, bought in loop_pairs(bodies(*operations))}


def test_a_payment_that_comes_back_is_a_loop() -> None:
    assert pairs(cycle(XLM, USD, EUR, XLM)) == {("XLM", "USD"), ("USD", "EUR"), ("EUR", "XLM")}


def test_a_payment_that_does_not_is_none() -> None:
    assert pairs(cycle(XLM, USD, EUR)) == set()
    assert pairs(Payment(ISSUER, XLM, "1")) == set()


def test_operations_that_close_a_loop_together_are_one() -> None:
    there = PathPaymentStrictSend(ISSUER, XLM, "1", USD, "1", [])
    back = PathPaymentStrictSend(ISSUER, USD, "1", XLM, "1", [BTC])
    assert pairs(there, back) == {("XLM", "USD"), ("USD", "BTC"), ("BTC", "XLM")}


def test_what_hangs_off_a_loop_is_not_part_of_it() -> None:
    aside = PathPaymentStrictSend(ISSUER, USD, "1", EUR, "1", [])
    assert pairs(cycle(XLM, USD, XLM), aside) == {("XLM", "USD"), ("USD", "XLM")}


def test_the_first_five_and_the_sixth_always_pass_then_few() -> None:
    # given core's allowance 5 and factor 0.8: with k uses beyond the allowance the odds are 0.2 ** k
    passed = [0] * 9
    for seed in range(400):
        damping = Damping(random.Random(seed))
        for attempt in range(9):
            passed[attempt] += damping.admits(bodies(cycle(XLM, USD, XLM)))
    assert passed[:6] == [400] * 6
    assert 50 <= passed[6] <= 110, "0.2 of them"
    assert passed[8] < passed[6]


def test_pairs_are_directed_and_ledgers_start_anew() -> None:
    damping = Damping(random.Random(1))
    for _ in range(40):
        damping.admits(bodies(cycle(XLM, USD, EUR, XLM)))
    assert damping.admits(bodies(cycle(XLM, EUR, USD, XLM))), "the other way round shares no directed pair"
    damping.new_ledger()
    assert all(damping.admits(bodies(cycle(XLM, USD, EUR, XLM))) for _ in range(6))


def test_a_swarm_is_thinned_after_it_was_told_pending(bench: Bench) -> None:
    names = [f"bot{index:02d}" for index in range(20)]
    bench.open(*names, max_operations=1_000, damping_seed=7)
    swarm = [bench.build(name, cycle(XLM, USD, XLM)) for name in names]
    assert {bench.send(envelope).status for envelope in swarm} == {Status.PENDING}
    applied = set(bench.close())
    assert 6 <= len(applied) <= 10
    skipped = [envelope for envelope in swarm if envelope.hash_hex() not in applied]
    assert {bench.send(envelope).status for envelope in skipped} == {Status.TRY_AGAIN_LATER}
    assert bench.close() == []


def test_the_dearest_of_a_swarm_go_first(bench: Bench) -> None:
    names = [f"bot{index:02d}" for index in range(20)]
    bench.open(*names, max_operations=1_000, damping_seed=7)
    swarm = {name: bench.build(name, cycle(XLM, USD, XLM), fee=100 + index) for index, name in enumerate(names)}
    for envelope in swarm.values():
        bench.send(envelope)
    applied = set(bench.close())
    assert {swarm[name].hash_hex() for name in names[-6:]} <= applied


def test_assets_of_a_loop_are_the_markets_own_type() -> None:
    (first, *_rest) = loop_pairs(bodies(cycle(XLM, USD, XLM)))
    assert asset_of(XLM.to_xdr_object()) in first
