"""What routes declare without a simulation of their own: never less than what simulations of their pools showed."""

import pytest
from stellar_sdk import StrKey, xdr

from arb.contracts.routes.call import CallStep, RouteCall, Venue
from arb.contracts.routes.known_resources import COMPARED, REMEMBERED, KnownResources


def contract(number: int) -> str:
    return StrKey.encode_contract(bytes([number]) * 32)


EXECUTOR, BASE, COIN, GEM = contract(1), contract(2), contract(3), contract(4)
LEFT, RIGHT, THIRD = contract(10), contract(11), contract(12)
TRADER = StrKey.encode_ed25519_public_key(bytes([9]) * 32)


def cycle(*pools: str, through: str = COIN) -> RouteCall:
    first, last = pools[0], pools[-1]
    steps = [CallStep(Venue.SOROSWAP, first, BASE, through, 0)]
    steps += [CallStep(Venue.AQUARIUS, pool, through, through, 0) for pool in pools[1:-1]]
    steps.append(CallStep(Venue.PHOENIX, last, through, BASE, 0))
    return RouteCall(EXECUTOR, TRADER, BASE, 1_000, 0, tuple(steps))


def balance(token: str, owner: str) -> xdr.LedgerKey:
    """An entry of one contract that is named by the address of another."""
    address = xdr.SCAddress(xdr.SCAddressType.SC_ADDRESS_TYPE_CONTRACT, contract_id=_id(owner))
    return _data(token, xdr.SCVal(xdr.SCValType.SCV_ADDRESS, address=address))


def instance(of: str) -> xdr.LedgerKey:
    return _data(of, xdr.SCVal(xdr.SCValType.SCV_LEDGER_KEY_CONTRACT_INSTANCE))


def _id(contract_id: str) -> xdr.ContractID:
    return xdr.ContractID(xdr.Hash(StrKey.decode_contract(contract_id)))


def _data(owner: str, key: xdr.SCVal) -> xdr.LedgerKey:
    address = xdr.SCAddress(xdr.SCAddressType.SC_ADDRESS_TYPE_CONTRACT, contract_id=_id(owner))
    durability = xdr.ContractDataDurability.PERSISTENT
    return xdr.LedgerKey(
        xdr.LedgerEntryType.CONTRACT_DATA, contract_data=xdr.LedgerKeyContractData(address, key, durability)
    )


def simulated(read: list[xdr.LedgerKey], write: list[xdr.LedgerKey], amount: int = 1_000) -> xdr.SorobanTransactionData:
    numbers = [xdr.Uint32(amount)] * 3
    resources = xdr.SorobanResources(xdr.LedgerFootprint(read, write), *numbers)
    return xdr.SorobanTransactionData(xdr.SorobanTransactionDataExt(0), resources, xdr.Int64(amount))


def touching(*pools: str) -> tuple[list[xdr.LedgerKey], list[xdr.LedgerKey]]:
    """Read and written entries of a cycle over these pools."""
    written = [entry for pool in pools for entry in (instance(pool), balance(COIN, pool), balance(BASE, pool))]
    return [instance(EXECUTOR), instance(BASE), instance(COIN)], [*written, balance(BASE, EXECUTOR)]


def learnt(known: KnownResources, *pools: str, ledger: int = 100, amount: int = 1_000) -> None:
    read, write = touching(*pools)
    known.learn(cycle(*pools), simulated(read, write, amount), 0, ledger)


def declared(known: KnownResources, call: RouteCall, ledger: int = 100) -> xdr.SorobanTransactionData | None:
    found = known.of(call, ledger)
    if found is None:
        return None
    data = xdr.SorobanTransactionData.from_xdr_bytes(found.resources)
    assert data.resource_fee.int64 == found.resource_fee
    return data


def packed(keys: list[xdr.LedgerKey]) -> set[bytes]:
    return {key.to_xdr_bytes() for key in keys}


def test_two_routes_say_what_a_third_over_their_pools_needs_and_no_entry_of_another_pool() -> None:
    known = KnownResources()
    learnt(known, LEFT, RIGHT)
    learnt(known, RIGHT, THIRD)
    found = declared(known, cycle(LEFT, THIRD))
    assert found is not None
    read, write = touching(LEFT, THIRD)
    footprint = found.resources.footprint
    assert packed(footprint.read_write) == packed(write)
    assert packed(footprint.read_only) == packed(read)


def turned(call: RouteCall) -> RouteCall:
    steps = (step._replace(token_in=step.token_out, token_out=step.token_in) for step in reversed(call.steps))
    return call._replace(steps=tuple(steps))


def test_tokens_matter_and_the_direction_where_fees_go_to_somebody_in_what_comes_out() -> None:
    known = KnownResources()
    learnt(known, LEFT, RIGHT)
    there = cycle(LEFT, RIGHT)
    assert there.steps[-1].venue is Venue.PHOENIX
    assert known.of(there, 100) is not None
    assert known.of(turned(there), 100) is None
    assert known.of(cycle(LEFT, RIGHT, through=GEM), 100) is None
    without_fees = there._replace(steps=(there.steps[0], there.steps[1]._replace(venue=Venue.AQUARIUS)))
    read, write = touching(LEFT, RIGHT)
    known.learn(without_fees, simulated(read, write), 0, 100)
    assert known.of(turned(without_fees), 100) is not None


def test_an_entry_that_one_simulation_wrote_is_declared_as_written() -> None:
    known = KnownResources()
    read, write = touching(LEFT, RIGHT)
    known.learn(cycle(LEFT, RIGHT), simulated(write, read), 0, 100)
    learnt(known, LEFT, RIGHT)
    found = declared(known, cycle(LEFT, RIGHT))
    assert found is not None
    # Around the pools the last word counts, of their own entries every word.
    assert {instance(LEFT).to_xdr_bytes(), balance(COIN, RIGHT).to_xdr_bytes()} <= packed(
        found.resources.footprint.read_write
    )
    assert not packed(found.resources.footprint.read_write) & packed(found.resources.footprint.read_only)


@pytest.mark.parametrize("pools", [(LEFT, THIRD), (THIRD, RIGHT)])
def test_with_a_pool_that_was_never_simulated_nothing_is_known(pools: tuple[str, str]) -> None:
    known = KnownResources()
    learnt(known, LEFT, RIGHT)
    assert known.of(cycle(*pools), 100) is None


def test_a_fee_that_was_asked_long_ago_is_not_asked_for_ever() -> None:
    known = KnownResources()
    learnt(known, LEFT, RIGHT, amount=90_000)
    for _ in range(COMPARED):
        learnt(known, LEFT, RIGHT, amount=1_000)
    found = known.of(cycle(LEFT, RIGHT), 100)
    assert found is not None
    assert found.resource_fee == 1_500


def test_the_dearest_simulation_and_the_longer_route_set_what_is_declared() -> None:
    known = KnownResources()
    learnt(known, LEFT, RIGHT, amount=1_000)
    learnt(known, LEFT, RIGHT, amount=3_000)
    learnt(known, LEFT, RIGHT, amount=2_000)
    found = declared(known, cycle(LEFT, RIGHT))
    assert found is not None
    resources = found.resources
    for amount in (resources.instructions, resources.disk_read_bytes, resources.write_bytes):
        assert amount.uint32 == 4_500
    assert found.resource_fee.int64 == 4_500
    # When nothing is known of routes of three hops, they are reckoned as half again as dear
    longer = declared(known, cycle(LEFT, RIGHT)._replace(steps=(*cycle(LEFT, RIGHT).steps, cycle(LEFT).steps[0])))
    assert longer is not None
    assert longer.resource_fee.int64 == 6_750


def test_what_is_old_or_has_failed_is_not_used_again() -> None:
    known = KnownResources()
    learnt(known, LEFT, RIGHT, ledger=100)
    call = cycle(LEFT, RIGHT)
    assert known.of(call, 100 + REMEMBERED) is not None
    assert known.of(call, 101 + REMEMBERED) is None
    known.forget(cycle(THIRD, RIGHT))
    assert known.of(call, 100) is None
    learnt(known, LEFT, RIGHT, ledger=2_000)
    assert known.of(call, 2_000) is not None
