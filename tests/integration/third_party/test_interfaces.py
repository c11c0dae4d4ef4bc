"""Every contract's interface is read off its code; our typed clients find in it what they call, by its own types."""

import pytest
from support.third_party import DIRECTORY, RECORDED, Chain, wasm
from support.venue_formulas import soroswap_out

from arb.contracts.spec.errors import SpecError
from arb.contracts.spec.interface import Interface
from arb.contracts.venues.aggregator import Aggregator
from arb.contracts.venues.aquarius import AquariusPool, AquariusRouter, AquariusStablePool
from arb.contracts.venues.comet import CometPool
from arb.contracts.venues.phoenix import PhoenixMultihop, PhoenixPool
from arb.contracts.venues.sep40 import PriceOracle
from arb.contracts.venues.sep41 import Token
from arb.contracts.venues.soroswap import SoroswapFactory, SoroswapPair, SoroswapRouter
from arb.contracts.venues.typed_contract import TypedContract
from arb.localnet.soroban import values as v
from arb.localnet.soroban.codec import from_scval, to_scval

pytestmark = pytest.mark.skipif(not DIRECTORY, reason="ARB_THIRD_PARTY_WASM names no directory")

KINDS: dict[str, type[TypedContract]] = {
    "soroswap_factory": SoroswapFactory,
    "soroswap_pair": SoroswapPair,
    "soroswap_router": SoroswapRouter,
    "soroswap_aggregator": Aggregator,
    "aquarius_router": AquariusRouter,
    "aquarius_pool": AquariusPool,
    "aquarius_stableswap": AquariusStablePool,
    "phoenix_pool": PhoenixPool,
    "phoenix_pool_stable": PhoenixPool,
    "phoenix_multihop": PhoenixMultihop,
    "comet": CometPool,
    "sep40_oracle": PriceOracle,
    "sep41_token": Token,
    "phoenix_token": Token,
    "aquarius_token": Token,
}


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_all_of_an_interface_is_understood(name: str) -> None:
    interface = Interface.from_wasm(wasm(name))
    assert interface.functions
    assert not interface.unusable


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_a_client_finds_what_it_calls(name: str, kind: type[TypedContract]) -> None:
    Interface.from_wasm(wasm(name)).require(kind.functions)


def test_calls_are_encoded_and_answers_decoded_by_the_contracts_own_types(chain: Chain) -> None:
    # given a router and the interface that its code declares
    interface, router = Interface.from_wasm(wasm("soroswap_router")), chain.create("soroswap_router")
    # when a quote is asked for in plain values
    asked = {"amount_in": 10**9, "reserve_in": 10**12, "reserve_out": 2 * 10**12}
    arguments = [from_scval(value) for value in interface.encode_arguments("router_get_amount_out", asked)]
    answer = chain.see(router, "router_get_amount_out", *arguments)
    # then the answer is a plain value, a refusal has the contract's own name, and a wrong value is not sent
    assert interface.decode_result("router_get_amount_out", to_scval(answer)) == soroswap_out(*asked.values())
    refused = chain.refusal("alice", v.strkey(router), "get_factory")
    case = interface.error_case(501, "get_factory")
    assert "#501" in refused
    assert case is not None
    assert case.name == "RouterNotInitialized"
    with pytest.raises(SpecError, match="amount_in"):
        interface.encode_arguments("router_get_amount_out", asked | {"amount_in": "plenty"})
