"""Random numbers of contracts: ChaCha20 as the network draws from it, alike on every node, apart between frames."""

import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stellar_sdk import xdr
from support.contract_ledger import ContractLedger
from support.soroban_guests import Bench, compiled, passing_on, word

from arb.localnet.soroban import values as v
from arb.localnet.soroban.chacha import ChaCha20
from arb.localnet.soroban.codec import from_scval
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.randomness import seeded

DRAWS = compiled(
    f"""(func (export "draw") (result i64) (call $p_0 {word(v.u32(32))}))
    (func (export "seeded") (param i64) (result i64) (drop (call $p__ (local.get 0))) (call $p_0 {word(v.u32(32))}))
    (func (export "range") (param i64 i64) (result i64)
      (call $i__ (call $p_1 (call $i_0 (local.get 0)) (call $i_0 (local.get 1)))))
    (func (export "two") (param i64) (result i64) (local i64)
      (local.set 1 (call $v_6 (call $v__) (call $p_0 {word(v.u32(32))})))
      (call $v_6 (local.get 1) (call $d__ (local.get 0) {word(v.symbol("draw"))} (call $v__))))""",
    "p._", "p.0", "p.1", "i._", "i.0", "v._", "v.6", "d._",
)  # fmt: skip
BIG = 1 << 60
"""Past the small form, so that the guest gets objects."""


def test_the_stream_is_chacha20s() -> None:
    # the published keystream of the all-zero key, blocks 0 and 1
    stream = ChaCha20(bytes(32))
    first = "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
    assert stream.bytes(32).hex() == first
    stream.bytes(32)
    assert stream.bytes(16).hex() == "9f07e7be5551387a98ba977c732d080d"


def test_words_are_little_endian_and_what_is_left_of_one_is_lost() -> None:
    stream, same = ChaCha20(bytes(32)), ChaCha20(bytes(32))
    assert stream.u64() == int.from_bytes(same.bytes(8), "little")
    assert stream.bytes(5) == same.bytes(8)[:5]
    assert stream.u32() == int.from_bytes(same.bytes(4), "little")


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(1, 99))
def test_numbers_stay_in_their_range(seed: bytes, low: int, high: int, bound: int) -> None:
    stream = ChaCha20(seed)
    low, high = sorted((low, high))
    assert low <= stream.between(low, high) <= high
    assert stream.index(bound) < bound
    assert stream.between(low, low) == low


def test_a_frame_reseeds_its_own_numbers() -> None:
    bench = Bench()
    contract = bench.install(DRAWS)
    seed = bytes(range(32))
    evened = hmac.digest(
        bytes.fromhex("7ac33997544e3175d266bd022439b22cdb16508c01163f26e5cb2a3e1045a979"), seed, "sha256"
    )
    assert bench.call(contract, "seeded", v.bytes_(seed)) == v.bytes_(ChaCha20(evened).bytes(32))
    with pytest.raises(HostError) as error:
        bench.call(contract, "seeded", v.bytes_(seed[1:]))
    assert (error.value.type, error.value.code) == (ErrorType.OBJECT, ErrorCode.UNEXPECTED_SIZE)


def test_frames_have_numbers_of_their_own_and_calls_the_same_again() -> None:
    # given a contract that draws and lets another draw
    bench = Bench()
    caller, callee = bench.install(DRAWS, 1), bench.install(DRAWS, 2)
    # when it is called twice alike
    one, other = (bench.call(caller, "two", v.contract(callee)) for _ in range(2))
    # then the frames differ, the calls do not, and each frame's seed comes from the base after the host's own two
    base = seeded(bytes(32))
    base.bytes(64)
    seeds = base.bytes(32), base.bytes(32)
    assert one == other == v.vec(v.bytes_(ChaCha20(seed).bytes(32)) for seed in seeds)


def test_a_range_that_is_none_is_refused() -> None:
    bench = Bench()
    contract = bench.install(DRAWS)
    drawn = bench.call(contract, "range", v.u64(BIG), v.u64(BIG + 5))[1]
    assert BIG <= drawn <= BIG + 5
    with pytest.raises(HostError) as error:
        bench.call(contract, "range", v.u64(BIG + 1), v.u64(BIG))
    assert (error.value.type, error.value.code) == (ErrorType.VALUE, ErrorCode.INVALID_INPUT)


def test_a_shuffle_keeps_what_is_there() -> None:
    items = v.vec(v.u32(number) for number in range(50))
    shuffled = passing_on(Bench(), "p.2")(items)
    assert shuffled != items
    assert v.vec(sorted(shuffled[1])) == items


def test_a_ledgers_numbers_follow_from_the_ledger_and_the_call() -> None:
    # given a contract on a ledger
    chain = ContractLedger("alice")
    contract = chain.deploy("alice", DRAWS)
    envelope = chain.invocation("alice", contract, "draw").build()
    # when its call is simulated twice, and again a ledger later
    seen = [chain.simulate("alice", envelope).result for _ in range(2)]
    chain.close()
    later = chain.simulate("alice", envelope).result
    # then the same ledger gives the same numbers, another one others
    assert seen[0] == seen[1] != later
    assert seen[0] is not None
    assert len(from_scval(xdr.SCVal.from_xdr_bytes(seen[0]))[1]) == 32
