"""Random calls of every function: a contract answers or its call fails; the host and the storage come through."""

import random
from collections.abc import Callable

import pytest
from support.contract_world import WASM, ContractWorld, account
from wasmtime import Engine, FuncType, Module

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import HostError
from arb.localnet.soroban.host import Host
from arb.localnet.soroban.values import HostValue

CONTRACTS = sorted(path.stem for path in WASM.glob("*.wasm"))
OWNER = account(1)


def constructor_args(name: str, tokens: list[HostValue]) -> tuple[HostValue, ...]:
    """What makes a contract of this kind."""
    usd = v.vec([v.symbol("Other"), v.symbol("USD")])
    return {
        "aquarius_pool": (v.vec(tokens), v.u32(30)),
        "phoenix_pool": (*tokens, v.i64(30), v.i64(500), OWNER),
        "oracle": (OWNER, usd, v.vec([]), v.u32(14), v.u32(300)),
        "detector": (OWNER, tokens[0]),
        "token": (OWNER, v.u32(7), v.string("Token"), v.string("TOK")),
    }.get(name, ())


def any_value(rng: random.Random, known: list[HostValue], depth: int = 0) -> HostValue:
    """Of every kind a contract takes: numbers at their ends, addresses of somebody and of nobody, nests of them."""
    kinds: list[Callable[[], HostValue]] = [
        lambda: v.VOID,
        lambda: v.boolean(rng.random() < 0.5),
        lambda: v.u32(rng.choice([0, 1, 2, 2**32 - 1])),
        lambda: v.u64(rng.choice([0, 1, 2**64 - 1])),
        lambda: v.u128(rng.choice([0, 1, 10**7, 2**128 - 1])),
        lambda: v.i128(rng.choice([-(2**127), -1, 0, 1, 10**7, 2**127 - 1])),
        lambda: v.string("TOK"),
        lambda: v.symbol("transfer"),
        lambda: v.bytes_(bytes(32)),
        lambda: rng.choice(known),
        lambda: rng.choice(known),
    ]
    if depth < 3:
        kinds.append(lambda: v.vec(any_value(rng, known, depth + 1) for _ in range(rng.randrange(4))))
    return rng.choice(kinds)()


@pytest.mark.parametrize("name", CONTRACTS)
def test_no_call_brings_the_host_down(name: str) -> None:
    # given a contract among tokens and a stranger
    world, rng = ContractWorld(), random.Random(name)
    tokens = world.tokens(2, OWNER, 10**12)
    contract = world.deploy(name, *constructor_args(name, tokens))
    known = [OWNER, account(9), contract, v.contract(bytes([7]) * 32), *tokens]
    exports = Module(Engine(), (WASM / f"{name}.wasm").read_bytes()).exports
    functions = [(each.name, len(each.type.params)) for each in exports if isinstance(each.type, FuncType)]
    # when anything is called with anything
    for _ in range(150):
        before = dict(world.storage.data), dict(world.storage.instances)
        function, arity = rng.choice(functions)
        args = [any_value(rng, known) for _ in range(arity if rng.random() < 0.9 else rng.randrange(9))]
        try:
            world.call(contract, function, *args)
        except HostError:
            # then a failure is the network's own, and leaves no trace
            assert (world.storage.data, world.storage.instances) == before
    # and the contract is still there
    assert world.storage.instance(Host.contract_of(contract)) is not None
