"""Pools read off what contracts store: exact values, and a reason for each that cannot be traded with."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stellar_sdk import scval, xdr
from support.stored_pools import LEDGER, Stored, contract_id, variant

from arb.contracts.errors import LaggingNode, NetworkError
from arb.contracts.routes.call import Venue
from arb.contracts.rpc import RpcClient
from arb.contracts.rpc_answers import EntriesAnswer
from arb.contracts.venues.pool_entries import PoolAt, SkipReason
from arb.contracts.venues.reserves import ReserveReader, Reserves
from arb.markets.soroban.pools import AquariusPool, AquariusStablePool, PhoenixPool, SoroswapPool

A, B, C, POOL = (contract_id(name) for name in ("a", "b", "c", "pool"))
SOROSWAP, AQUARIUS, PHOENIX = (PoolAt(venue, POOL) for venue in (Venue.SOROSWAP, Venue.AQUARIUS, Venue.PHOENIX))
MOST = 2**127 - 1
reserve = st.one_of(st.integers(1, MOST), st.integers(1, 10**6), st.integers(2**63 - 2, 2**64 + 2))


class Told(RpcClient):
    """Answers getLedgerEntries from a list, one a call, and keeps what it was asked."""

    def __init__(self, *answers: EntriesAnswer) -> None:
        super().__init__(["http://127.0.0.1:9"])
        self.answers = list(answers)
        self.asked: list[int] = []

    async def get_ledger_entries(self, keys: object) -> EntriesAnswer:
        self.asked.append(len(list(keys)))  # type: ignore[call-overload]
        return self.answers.pop(0)


def read(stored: Stored, *pools: PoolAt, close_time: int | None = None) -> Reserves:
    return ReserveReader(Told()).decode(pools, stored.answer(), close_time)


def reason(stored: Stored, pool: PoolAt, close_time: int | None = None) -> SkipReason:
    found = read(stored, pool, close_time=close_time)
    assert not found.pools
    (skipped,) = found.skipped
    assert skipped.pool == pool
    assert skipped.detail
    return skipped.reason


@given(reserve, reserve, st.integers(0, 9999))
@settings(max_examples=60, deadline=None)
def test_every_venue_gives_back_what_is_stored(x: int, y: int, fee: int) -> None:
    stored = Stored()
    stored.soroswap(contract_id(1), (A, B), (x, y))
    stored.aquarius(contract_id(2), (A, B), (x, y), fee, ProtocolFeeFraction=scval.to_uint32(5000))
    stored.aquarius_stable(contract_id(3), (A, B, C), (x, y, x))
    stored.phoenix(contract_id(4), (B, A), (x, y), fee)
    pools = [
        PoolAt(Venue.SOROSWAP, contract_id(1)),
        PoolAt(Venue.AQUARIUS, contract_id(2)),
        PoolAt(Venue.AQUARIUS, contract_id(3)),
        PoolAt(Venue.PHOENIX, contract_id(4)),
    ]
    found = read(stored, *pools)
    assert not found.skipped
    assert found.ledger == LEDGER
    assert found.pools == (
        SoroswapPool(contract_id(1), (A, B), (x, y)),
        AquariusPool(contract_id(2), (A, B), (x, y), fee, 5000),
        AquariusStablePool(contract_id(3), (A, B, C), (x, y, x), 10, 750, (7, 7, 7)),
        PhoenixPool(contract_id(4), (B, A), (x, y), fee, 500),
    )


def test_our_own_aquarius_pool_keeps_its_tokens_in_one_key() -> None:
    stored = Stored()
    values = {
        "Tokens": scval.to_vec([scval.to_address(A), scval.to_address(B)]),
        "ReserveA": scval.to_uint128(5),
        "ReserveB": scval.to_uint128(6),
        "FeeFraction": scval.to_uint32(30),
    }
    stored.put_instance(POOL, ((variant(name), value) for name, value in values.items()))
    assert read(stored, AQUARIUS).pools == (AquariusPool(POOL, (A, B), (5, 6), 30),)


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        (PoolAt(Venue.SOROSWAP, "CABC"), SkipReason.NOT_A_CONTRACT),
        (PoolAt(Venue.PHOENIX, "G" + A[1:]), SkipReason.NOT_A_CONTRACT),
        (PoolAt(Venue.PHOENIX, contract_id("nobody")), SkipReason.ABSENT),
        (PoolAt(Venue.SOROSWAP, contract_id("nobody")), SkipReason.ABSENT),
    ],
)
def test_ids_that_lead_nowhere(pool: PoolAt, expected: SkipReason) -> None:
    assert reason(Stored(), pool) is expected


def test_a_contract_of_another_kind_is_not_taken_for_a_pool() -> None:
    stored = Stored()
    stored.put_instance(POOL, None)
    assert reason(stored, SOROSWAP) is SkipReason.ANOTHER_SHAPE
    stored.put_instance(POOL, [(scval.to_uint32(0), scval.to_uint32(1))])
    assert reason(stored, SOROSWAP) is SkipReason.ANOTHER_SHAPE
    stored.aquarius(POOL, (A, B), (5, 6), 30)
    assert reason(stored, SOROSWAP) is SkipReason.ANOTHER_SHAPE
    stored.soroswap(POOL, (A, B), (5, 6))
    assert reason(stored, AQUARIUS) is SkipReason.ANOTHER_SHAPE
    keys = stored.phoenix(POOL, (A, B), (5, 6), 30)
    del stored.entries[keys[1]]
    assert reason(stored, PHOENIX) is SkipReason.ANOTHER_SHAPE
    stored.put(POOL, scval.to_uint32(1), scval.to_uint128(5))
    assert reason(stored, PHOENIX) is SkipReason.ANOTHER_SHAPE


def test_an_entry_of_another_contract_is_refused() -> None:
    stored, other = Stored(), Stored()
    key = stored.soroswap(POOL, (A, B), (5, 6))
    (stored.entries[key],) = (other.entries[other.soroswap(contract_id("other"), (A, B), (7, 8))],)
    assert reason(stored, SOROSWAP) is SkipReason.ANOTHER_SHAPE


@pytest.mark.parametrize("reserves", [(0, 6), (5, 0), (0, 0)])
def test_an_empty_pool_is_left_out(reserves: tuple[int, int]) -> None:
    stored = Stored()
    stored.soroswap(POOL, (A, B), reserves)
    assert reason(stored, SOROSWAP) is SkipReason.EMPTY
    stored.aquarius(POOL, (A, B), reserves, 30)
    assert reason(stored, AQUARIUS) is SkipReason.EMPTY
    stored.phoenix(POOL, (A, B), reserves, 30)
    assert reason(stored, PHOENIX) is SkipReason.EMPTY


def test_states_that_no_pool_can_be_in() -> None:
    stored = Stored()
    stored.soroswap(POOL, (A, B), (5, -6))
    assert reason(stored, SOROSWAP) is SkipReason.INVARIANT
    stored.soroswap(POOL, (A, A), (5, 6))
    assert reason(stored, SOROSWAP) is SkipReason.INVARIANT
    stored.aquarius(POOL, (A, B), (5, 2**128 - 1), 30)
    assert reason(stored, AQUARIUS) is SkipReason.INVARIANT
    stored.aquarius(POOL, (A, B), (5, 6), 10_000)
    assert reason(stored, AQUARIUS) is SkipReason.INVARIANT
    stored.aquarius_stable(POOL, (A, B), (5, 6, 7))
    assert reason(stored, AQUARIUS) is SkipReason.INVARIANT
    stored.aquarius_stable(POOL, (A, B), (5, 6), Decimals=scval.to_vec([scval.to_uint32(7), scval.to_uint32(39)]))
    assert reason(stored, AQUARIUS) is SkipReason.INVARIANT
    for fee in (-1, 10_000):
        stored.phoenix(POOL, (A, B), (5, 6), fee)
        assert reason(stored, PHOENIX) is SkipReason.INVARIANT


def test_pools_that_are_stopped_or_of_a_kind_without_a_formula() -> None:
    stored = Stored()
    stored.aquarius(POOL, (A, B), (5, 6), 30, IsKilledSwap=scval.to_bool(True))
    assert reason(stored, AQUARIUS) is SkipReason.PAUSED
    stored.aquarius_stable(POOL, (A, B), (5, 6), IsKilledSwap=scval.to_bool(True))
    assert reason(stored, AQUARIUS) is SkipReason.PAUSED
    stored.phoenix(POOL, (A, B), (5, 6), 30, pool_type=scval.to_uint32(1))
    assert reason(stored, PHOENIX) is SkipReason.UNSUPPORTED
    stored.put_instance(POOL, [(variant("Fee"), scval.to_uint32(30)), (variant("Slot0"), scval.to_uint32(1))])
    assert reason(stored, AQUARIUS) is SkipReason.UNSUPPORTED


def test_a_moving_amplification_is_left_out_until_it_has_arrived() -> None:
    stored = Stored()
    stored.aquarius_stable(POOL, (A, B), (5, 6), FutureA=scval.to_uint128(900), FutureATime=scval.to_uint64(1000))
    assert reason(stored, AQUARIUS, 999) is SkipReason.UNSUPPORTED
    assert reason(stored, AQUARIUS, None) is SkipReason.UNSUPPORTED
    (pool,) = read(stored, AQUARIUS, close_time=1000).pools
    assert isinstance(pool, AquariusStablePool)
    assert pool.amp == 900


def test_archived_data_is_left_out() -> None:
    stored = Stored()
    key = stored.phoenix(POOL, (A, B), (5, 6), 30)[2]
    stored.live_until[key] = LEDGER
    assert read(stored, PHOENIX).pools
    stored.live_until[key] = LEDGER - 1
    assert reason(stored, PHOENIX) is SkipReason.ARCHIVED


def test_one_bad_pool_does_not_keep_the_others() -> None:
    stored = Stored()
    stored.soroswap(contract_id(1), (A, B), (5, 6))
    stored.soroswap(contract_id(2), (A, B), (5, -6))
    stored.soroswap(contract_id(3), (A, B), (7, 8))
    found = read(stored, *(PoolAt(Venue.SOROSWAP, contract_id(number)) for number in range(4)))
    assert [pool.contract for pool in found.pools] == [contract_id(1), contract_id(3)]
    assert [skipped.reason for skipped in found.skipped] == [SkipReason.ABSENT, SkipReason.INVARIANT]


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_bytes_that_a_lying_server_sends_never_raise(data: st.DataObject) -> None:
    stored = Stored()
    stored.soroswap(contract_id(1), (A, B), (5, 6))
    stored.aquarius_stable(contract_id(2), (A, B), (5, 6))
    stored.phoenix(contract_id(3), (A, B), (5, 6), 30)
    for key, entry in stored.entries.items():
        raw = bytearray(base64.b64decode(entry))
        if data.draw(st.booleans()):
            raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        else:
            raw = raw[: data.draw(st.integers(0, len(raw)))]
        stored.entries[key] = base64.b64encode(bytes(raw)).decode()
    pools = [PoolAt(venue, contract_id(number)) for number, venue in enumerate((*Venue, Venue.AQUARIUS), 0)]
    found = read(stored, *pools)
    assert len(found.pools) + len(found.skipped) == len(pools)


def test_a_value_nested_without_end_is_refused() -> None:
    key = Stored().put_instance(POOL, [(scval.to_uint32(0), scval.to_uint32(1))])
    stored = Stored()
    stored.put_instance(POOL, [(scval.to_uint32(0), scval.to_vec([]))])
    raw = base64.b64decode(stored.entries[key])
    deep = raw[:-12] + bytes.fromhex("00000010 00000001 00000001") * 5000 + bytes.fromhex("00000001")
    stored.entries[key] = base64.b64encode(deep).decode()
    assert reason(stored, SOROSWAP) is SkipReason.ANOTHER_SHAPE


async def test_an_older_ledger_than_before_is_refused() -> None:
    stored = Stored()
    stored.soroswap(POOL, (A, B), (5, 6))
    reader = ReserveReader(Told(stored.answer(100), stored.answer(100), stored.answer(99), stored.answer(101)))
    assert (await reader.read([SOROSWAP])).ledger == 100
    assert (await reader.read([SOROSWAP])).ledger == 100
    with pytest.raises(LaggingNode, match=r"99.*100"):
        await reader.read([SOROSWAP])
    assert (await reader.read([SOROSWAP])).ledger == 101


async def test_entries_of_two_ledgers_are_asked_for_again() -> None:
    stored = Stored()
    stored.soroswap(POOL, (A, B), (5, 6))
    torn = stored.answer(100)._replace(consistent=False)
    assert (await ReserveReader(Told(torn, stored.answer(101))).read([SOROSWAP])).ledger == 101
    with pytest.raises(NetworkError, match="across the close"):
        await ReserveReader(Told(torn, torn, torn)).read([SOROSWAP])


async def test_nothing_is_asked_for_no_pools_or_none_that_could_be() -> None:
    reader = ReserveReader(Told())
    assert await reader.read([]) == (0, (), ())
    assert (await reader.read([PoolAt(Venue.SOROSWAP, "junk")])).skipped[0].reason is SkipReason.NOT_A_CONTRACT


def _balance(token: str, amount: xdr.SCVal, stored: Stored) -> None:
    stored.put(token, variant("Balance", scval.to_address(POOL)), amount)


async def test_donations_are_reserves_where_the_next_swap_takes_them_as_such() -> None:
    stored = Stored()
    synced = {"ReservesSyncLedger": scval.to_uint32(7), "ProtocolFeeA": scval.to_uint128(3)}
    stored.aquarius(POOL, (A, B), (5, 6), 30, **synced)
    asset_balance = {
        "amount": scval.to_int128(20),
        "authorized": scval.to_bool(True),
        "clawback": scval.to_bool(False),
    }
    _balance(A, scval.to_struct(asset_balance), stored)
    _balance(B, scval.to_int128(4), stored)
    rpc = Told(stored.answer(), stored.answer(), stored.answer())
    reader = ReserveReader(rpc)
    # what is owned beyond the reserve and the protocol's fees counts; less than the reserve changes nothing
    assert (await reader.read([AQUARIUS])).pools[0].reserves == (17, 6)
    assert (await reader.read([AQUARIUS])).pools[0].reserves == (17, 6)
    assert rpc.asked == [1, 3, 3]
    # the token that rewards are paid in is left alone
    stored.aquarius(POOL, (A, B), (5, 6), 30, **synced, RewardToken=scval.to_address(A))
    assert (await ReserveReader(Told(stored.answer(), stored.answer())).read([AQUARIUS])).pools[0].reserves == (5, 6)


async def test_balances_kept_in_a_way_of_their_own_leave_the_stored_reserve() -> None:
    stored = Stored()
    stored.aquarius(POOL, (A, B), (5, 6), 30, ReservesSyncLedger=scval.to_uint32(7))
    _balance(A, scval.to_struct({"shares": scval.to_int128(20)}), stored)
    answers = Told(stored.answer(), stored.answer())
    assert (await ReserveReader(answers).read([AQUARIUS])).pools[0].reserves == (5, 6)
