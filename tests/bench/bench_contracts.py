"""What contracts cost here: encoding arguments and decoding answers by the spec, reading the reserves of pools.

Run by hand (PYTHONPATH=tests) or by `arb bench contracts`: prints one JSON object on one line. The peer are the
scval functions of stellar-sdk, called by hand with the right one for every value, which is the least they can do; both
make the same bytes, and both are timed in turns. Addresses that were seen before are kept here and not there, so one
row has addresses that nobody has seen.
"""

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from stellar_sdk import StrKey, scval, xdr
from support import reserve_load

from arb.contracts.spec.interface import Interface
from arb.contracts.spec.types import Field, Function, Scalar, Vec

WASM = Path(__file__).parents[2] / "soroban" / "wasm"
ROUNDS = 30
CALLS = 200
MORE_THAN_IS_KEPT = 70_000
"""Addresses, so that going round them none is found again."""
GOAL = 1.5
"""Times the SDK's own."""

TRADER = StrKey.encode_ed25519_public_key(bytes(range(32)))
TOKENS = [StrKey.encode_contract(bytes((n,)) * 32) for n in range(6)]
AMOUNT = 123_456_789_012_345
Made = tuple[list[xdr.SCVal], object]
"""Encoded arguments and a decoded answer."""
Call = Callable[[], Made]


def router_call() -> tuple[Call, Call]:
    """swap_exact_tokens_for_tokens of a router over two pools, answered by three amounts: by spec, by the SDK."""
    interface = Interface.from_wasm((WASM / "router.wasm").read_bytes())
    function = "swap_exact_tokens_for_tokens"
    arguments = (AMOUNT, AMOUNT // 2, TOKENS[:3], TRADER, 1_900_000_000)
    answer = scval.to_vec([scval.to_int128(AMOUNT + n) for n in range(3)])

    def by_spec() -> Made:
        return interface.encode_arguments(function, arguments), interface.decode_result(function, answer)

    def by_hand() -> Made:
        amount, least, path, to, deadline = arguments
        encoded = [
            scval.to_int128(amount),
            scval.to_int128(least),
            scval.to_vec([scval.to_address(token) for token in path]),
            scval.to_address(to),
            scval.to_uint64(deadline),
        ]
        return encoded, [scval.from_int128(value) for value in scval.from_vec(answer)]

    return by_spec, by_hand


def route_call() -> tuple[Call, Call]:
    """The route executor's execute over three pools, steps being structs, answered by the profit."""
    interface = Interface.from_wasm((WASM / "route_executor.wasm").read_bytes())
    steps: list[dict[str, Any]] = [
        {"venue": "SoroswapPair", "pool": pool, "token_in": TOKENS[n], "token_out": TOKENS[(n + 1) % 3], "min_out": n}
        for n, pool in enumerate(TOKENS[3:])
    ]
    arguments = (TRADER, TOKENS[0], AMOUNT, 1, steps)
    answer = scval.to_int128(AMOUNT)

    def by_spec() -> Made:
        return interface.encode_arguments("execute", arguments), interface.decode_result("execute", answer)

    def by_hand() -> Made:
        encoded = [
            scval.to_address(TRADER),
            scval.to_address(TOKENS[0]),
            scval.to_int128(AMOUNT),
            scval.to_int128(1),
            scval.to_vec(
                [
                    scval.to_struct(
                        {
                            "venue": scval.to_uint32(0),
                            "pool": scval.to_address(step["pool"]),
                            "token_in": scval.to_address(step["token_in"]),
                            "token_out": scval.to_address(step["token_out"]),
                            "min_out": scval.to_int128(step["min_out"]),
                        }
                    )
                    for step in steps
                ]
            ),
        ]
        return encoded, scval.from_int128(answer)

    return by_spec, by_hand


def fresh_addresses() -> tuple[Call, Call]:
    """Five addresses there and back, every one new."""
    interface = Interface(
        (Function("pay", tuple(Field(f"to_{n}", Scalar.ADDRESS) for n in range(5)), Vec(Scalar.ADDRESS)),)
    )
    keys = [n.to_bytes(32, "big") for n in range(MORE_THAN_IS_KEPT)]
    groups = [[StrKey.encode_contract(key) for key in keys[at : at + 5]] for at in range(0, len(keys), 5)]
    answers = [scval.to_vec(interface.encode_arguments("pay", group)) for group in groups]
    for_spec, for_hand = (itertools.cycle(zip(groups, answers, strict=True)) for _ in range(2))

    def by_spec() -> Made:
        group, answer = next(for_spec)
        return interface.encode_arguments("pay", group), interface.decode_result("pay", answer)

    def by_hand() -> Made:
        group, answer = next(for_hand)
        return list(map(scval.to_address, group)), [scval.from_address(each).address for each in scval.from_vec(answer)]

    return by_spec, by_hand


def packed(made: Made) -> tuple[bytes, object]:
    """What a call made, as bytes."""
    encoded, decoded = made
    return b"".join(value.to_xdr_bytes() for value in encoded), decoded


def row(name: str, by_spec: Call, by_hand: Call) -> dict[str, object]:
    """Microseconds a call, of both; each the median of rounds that take turns."""
    assert packed(by_spec()) == packed(by_hand()), name
    spec, hand = [], []
    for _ in range(ROUNDS):
        spec.append(timed(by_spec))
        hand.append(timed(by_hand))
    value, peer = median(spec), median(hand)
    ratio = value / peer
    figures = {"value": round(value, 2), "unit": "us", "peer": "stellar-sdk scval", "peer_value": round(peer, 2)}
    return {"name": name, **figures, "ratio": round(ratio, 3), "goal": GOAL, "holds": ratio <= GOAL}


def timed(call: Call) -> float:
    """Microseconds a call takes, of many."""
    started = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - started) / CALLS * 1e6


def main() -> int:
    """Print the figures; exit code 1 if a goal is missed."""
    rows = [
        row("encode and decode a swap of 5 arguments", *router_call()),
        row("encode and decode a route of 3 steps, 5 arguments", *route_call()),
        row("encode and decode 5 addresses never seen", *fresh_addresses()),
        *asyncio.run(reserve_load.rows()),
    ]
    print(json.dumps({"bench": "contracts", "rows": rows, "detail": {"calls": ROUNDS * CALLS}}))
    return 0 if all(each["holds"] for each in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
