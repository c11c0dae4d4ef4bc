"""Pools read off what their contracts store, by the keys of each venue's published source.

Soroswap (soroswap/core contracts/pair storage.rs): instance, u32 keys 0 and 1 tokens, 2 and 3 reserves. Phoenix
(phoenix-contracts contracts/pool storage.rs): persistent, u32 keys 1 and 2 reserves, symbol CONFIG. Aquarius
(AquaToken/soroban-amm liquidity_pool and liquidity_pool_stableswap storage.rs): instance, one symbol a key.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

from arb.contracts import contract_storage as stored
from arb.contracts.contract_code import instance_key
from arb.contracts.contract_storage import number_key, required, symbol_key, variant_key
from arb.contracts.errors import Malformed
from arb.contracts.routes.call import Venue
from arb.contracts.xdr_cursor import from_base64
from arb.markets.soroban.pools import AquariusPool, AquariusStablePool, PhoenixPool, SorobanPool, SoroswapPool

_PAIR: Final = tuple(number_key(number) for number in range(4))

_TOKEN_A, _TOKEN_B = variant_key("TokenA"), variant_key("TokenB")
_TOKENS: Final = variant_key("Tokens")
_RESERVE_A, _RESERVE_B = variant_key("ReserveA"), variant_key("ReserveB")
_RESERVES: Final = variant_key("Reserves")
_FEE_FRACTION, _FEE = variant_key("FeeFraction"), variant_key("Fee")
_PROTOCOL_SHARE: Final = variant_key("ProtocolFeeFraction")
_PROTOCOL_FEE_A, _PROTOCOL_FEE_B = variant_key("ProtocolFeeA"), variant_key("ProtocolFeeB")
_PROTOCOL_FEES: Final = variant_key("ProtocolFees")
_KILLED: Final = variant_key("IsKilledSwap")
_INITIAL_A, _FUTURE_A, _FUTURE_A_TIME = variant_key("InitialA"), variant_key("FutureA"), variant_key("FutureATime")
_DECIMALS: Final = variant_key("Decimals")
_SYNCED_AT: Final = variant_key("ReservesSyncLedger")
_REWARD_TOKEN: Final = variant_key("RewardToken")

_CONFIG, _PHOENIX_A, _PHOENIX_B = symbol_key("CONFIG"), number_key(1), number_key(2)
_CONFIG_FIELDS: Final = {
    name: symbol_key(name) for name in ("token_a", "token_b", "pool_type", "total_fee_bps", "max_allowed_spread_bps")
}
_XYK: Final = 0


class PoolAt(NamedTuple):
    """A pool to read. Aquarius's stable pools are told from its others by what they store."""

    venue: Venue
    contract: str


class SkipReason(Enum):
    """Why a pool is not traded with."""

    NOT_A_CONTRACT = "its id is no contract's"
    ABSENT = "nothing is stored under its id"
    ARCHIVED = "its data is archived"
    ANOTHER_SHAPE = "it does not store what a pool of its venue stores"
    EMPTY = "a side of it is empty"
    INVARIANT = "it claims a state that no pool can be in"
    PAUSED = "its owner has stopped swaps"
    UNSUPPORTED = "it is of a kind that has no exact formula here"


class Skip(Exception):
    """This pool is left out, the others go on."""

    def __init__(self, reason: SkipReason, detail: str) -> None:
        self.reason = reason
        super().__init__(detail)


class Found(NamedTuple):
    """A pool, and what it owes the protocol of each token where it takes all else it owns as reserve.

    Aquarius's newer pools do so with a ledger's first call; None for the token they pay rewards in. Empty: it does not.
    """

    pool: SorobanPool
    fees_held: tuple[int | None, ...] = ()


@lru_cache(maxsize=65536)
def keys_of(pool: PoolAt) -> tuple[str, ...]:
    """LedgerKeys (base64) that `read_pool` needs. NotAContractError or ContractAddressError for a bad id."""
    if pool.venue is Venue.PHOENIX:
        return tuple(stored.data_key(pool.contract, key) for key in (_CONFIG, _PHOENIX_A, _PHOENIX_B))
    return (instance_key(pool.contract),)


def read_pool(pool: PoolAt, entries: Sequence[str], close_time: int | None) -> Found:
    """The pool from its entries (LedgerEntryData in base64), in the order of `keys_of`.

    Skip, Malformed for entries of another shape, PoolError for a state no pool can be in. `close_time` in unix seconds:
    a stable pool whose amplification is still moving then is skipped, as is one where that cannot be told.
    """
    raw = [from_base64(entry) for entry in entries]
    if pool.venue is Venue.PHOENIX:
        return Found(_phoenix(pool.contract, *raw))
    storage = stored.instance_storage(raw[0], pool.contract)
    if pool.venue is Venue.SOROSWAP:
        return Found(_soroswap(pool.contract, raw[0], storage))
    if _RESERVES in storage:
        return _aquarius_stable(pool.contract, raw[0], storage, close_time)
    return _aquarius(pool.contract, raw[0], storage)


def _soroswap(contract: str, entry: bytes, storage: Mapping[bytes, int]) -> SorobanPool:
    token_0, token_1, reserve_0, reserve_1 = (required(storage, key, f"key {n}") for n, key in enumerate(_PAIR))
    reserves = stored.i128(entry, reserve_0), stored.i128(entry, reserve_1)
    _not_empty(reserves)
    return SoroswapPool(contract, (stored.address(entry, token_0), stored.address(entry, token_1)), reserves)


def _phoenix(contract: str, config: bytes, entry_a: bytes, entry_b: bytes) -> SorobanPool:
    fields = stored.struct_fields(config, stored.value_at(config, contract, _CONFIG))
    at = {name: required(fields, key, f"CONFIG.{name}") for name, key in _CONFIG_FIELDS.items()}
    kind = stored.u32(config, at["pool_type"])
    if kind != _XYK:
        raise Skip(SkipReason.UNSUPPORTED, f"a Phoenix pool of type {kind}: only constant product (0) is known")
    reserves = (
        stored.i128(entry_a, stored.value_at(entry_a, contract, _PHOENIX_A)),
        stored.i128(entry_b, stored.value_at(entry_b, contract, _PHOENIX_B)),
    )
    _not_empty(reserves)
    return PhoenixPool(
        contract,
        (stored.address(config, at["token_a"]), stored.address(config, at["token_b"])),
        reserves,
        fee_bps=stored.i64(config, at["total_fee_bps"]),
        max_spread_bps=stored.i64(config, at["max_allowed_spread_bps"]),
    )


def _aquarius(contract: str, entry: bytes, storage: Mapping[bytes, int]) -> Found:
    if _RESERVE_A not in storage and _FEE in storage:
        raise Skip(SkipReason.UNSUPPORTED, "an Aquarius pool without two reserves: a concentrated one, perhaps")
    _not_killed(entry, storage)
    reserves = tuple(
        stored.u128(entry, required(storage, key, name))
        for key, name in ((_RESERVE_A, "ReserveA"), (_RESERVE_B, "ReserveB"))
    )
    _not_empty(reserves)
    tokens = (
        _addresses(entry, storage[_TOKENS])
        if _TOKENS in storage
        else (
            stored.address(entry, required(storage, _TOKEN_A, "TokenA")),
            stored.address(entry, required(storage, _TOKEN_B, "TokenB")),
        )
    )
    pool = AquariusPool(
        contract,
        tokens,
        reserves,
        fee_bps=stored.u32(entry, required(storage, _FEE_FRACTION, "FeeFraction")),
        protocol_share_bps=stored.u32(entry, storage[_PROTOCOL_SHARE]) if _PROTOCOL_SHARE in storage else 0,
    )
    fees = [stored.u128(entry, storage[key]) if key in storage else 0 for key in (_PROTOCOL_FEE_A, _PROTOCOL_FEE_B)]
    return Found(pool, _taken_as_reserve(entry, storage, tokens, fees))


def _aquarius_stable(contract: str, entry: bytes, storage: Mapping[bytes, int], close_time: int | None) -> Found:
    _not_killed(entry, storage)
    tokens = _addresses(entry, required(storage, _TOKENS, "Tokens"))
    reserves = tuple(stored.u128(entry, at) for at in stored.vector(entry, storage[_RESERVES]))
    _not_empty(reserves)
    amp = stored.u128(entry, required(storage, _FUTURE_A, "FutureA"))
    if stored.u128(entry, required(storage, _INITIAL_A, "InitialA")) != amp:
        reached = stored.u64(entry, required(storage, _FUTURE_A_TIME, "FutureATime"))
        if close_time is None or close_time < reached:
            raise Skip(SkipReason.UNSUPPORTED, f"its amplification moves until {reached} (unix seconds)")
    if _DECIMALS not in storage:
        raise Skip(SkipReason.UNSUPPORTED, "it has not stored its tokens' decimals yet")
    pool = AquariusStablePool(
        contract,
        tokens,
        reserves,
        fee_bps=stored.u32(entry, required(storage, _FEE, "Fee")),
        amp=amp,
        decimals=tuple(stored.u32(entry, at) for at in stored.vector(entry, storage[_DECIMALS])),
        protocol_share_bps=stored.u32(entry, storage[_PROTOCOL_SHARE]) if _PROTOCOL_SHARE in storage else 0,
    )
    held = stored.vector(entry, storage[_PROTOCOL_FEES]) if _PROTOCOL_FEES in storage else []
    fees = [stored.u128(entry, at) for at in held] or [0] * len(tokens)
    return Found(pool, _taken_as_reserve(entry, storage, tokens, fees))


def _addresses(entry: bytes, at: int) -> tuple[str, ...]:
    return tuple(stored.address(entry, item) for item in stored.vector(entry, at))


def _taken_as_reserve(
    entry: bytes, storage: Mapping[bytes, int], tokens: Sequence[str], fees: Sequence[int]
) -> tuple[int | None, ...]:
    if _SYNCED_AT not in storage:
        return ()
    if len(fees) != len(tokens):
        raise Malformed(f"{len(fees)} protocol fees for {len(tokens)} tokens")
    reward = stored.address(entry, storage[_REWARD_TOKEN]) if _REWARD_TOKEN in storage else None
    return tuple(None if token == reward else fee for token, fee in zip(tokens, fees, strict=True))


def _not_killed(entry: bytes, storage: Mapping[bytes, int]) -> None:
    if _KILLED in storage and stored.boolean(entry, storage[_KILLED]):
        raise Skip(SkipReason.PAUSED, "IsKilledSwap is set")


def _not_empty(reserves: Sequence[int]) -> None:
    if 0 in reserves:
        raise Skip(SkipReason.EMPTY, f"reserves {', '.join(map(str, reserves))}")
