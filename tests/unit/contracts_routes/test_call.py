"""The call of a route is the one that the deployed contract declares."""

from pathlib import Path

import pytest
from stellar_sdk import Keypair, StrKey, scval, xdr

from arb.contracts.errors import TransactionShapeError
from arb.contracts.routes.call import CallStep, RouteCall, Venue, operation_of, read_call
from arb.contracts.spec.interface import Interface

WASM = Path(__file__).parents[3] / "soroban/wasm/route_executor.wasm"
TRADER = Keypair.from_raw_ed25519_seed(b"t" * 32).public_key
EXECUTOR, BASE, OTHER, POOL = (StrKey.encode_contract(seed * 32) for seed in (b"e", b"b", b"o", b"p"))
CALL = RouteCall(
    EXECUTOR,
    TRADER,
    BASE,
    10**9,
    500,
    (CallStep(Venue.SOROSWAP, POOL, BASE, OTHER, 7), CallStep(Venue.PHOENIX, POOL, OTHER, BASE, 0)),
)


def test_the_contracts_own_interface_encodes_the_same_bytes() -> None:
    interface = Interface.from_wasm(WASM.read_bytes())
    by_spec = interface.encode_arguments(
        "execute",
        {
            "trader": TRADER,
            "base": BASE,
            "amount": 10**9,
            "min_profit": 500,
            "steps": [
                {"venue": "SoroswapPair", "pool": POOL, "token_in": BASE, "token_out": OTHER, "min_out": 7},
                {"venue": "PhoenixPool", "pool": POOL, "token_in": OTHER, "token_out": BASE, "min_out": 0},
            ],
        },
    )
    assert [value.to_xdr_bytes() for value in operation_of(CALL).arguments] == [v.to_xdr_bytes() for v in by_spec]
    assert read_call(operation_of(CALL).invocation()) == CALL


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [scval.to_void()] * 5,
        [*operation_of(CALL).arguments, scval.to_void()],
        [*operation_of(CALL).arguments[:4], scval.to_vec([scval.to_map({})])],
        [*operation_of(CALL).arguments[:2], scval.to_int128(0), *operation_of(CALL).arguments[3:]],
        [*operation_of(CALL).arguments[:3], scval.to_int128(-1), *operation_of(CALL).arguments[4:]],
    ],
)
def test_other_arguments_are_refused(arguments: list[xdr.SCVal]) -> None:
    call = operation_of(CALL).invocation()
    call.args = arguments
    with pytest.raises(TransactionShapeError):
        read_call(call)
