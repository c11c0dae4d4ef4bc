"""Reserves of many pools at one ledger, in bulk: a request for every 200 ledger entries, none for a contract."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from arb.contracts import contract_storage as stored
from arb.contracts.contract_storage import contract_scval, data_key, struct_fields, symbol_key, variant_key
from arb.contracts.errors import LaggingNode, Malformed, NetworkError
from arb.contracts.rpc import RpcClient
from arb.contracts.rpc_answers import EntriesAnswer
from arb.contracts.venues.pool_entries import Found, PoolAt, Skip, SkipReason, keys_of, read_pool
from arb.contracts.xdr_cursor import from_base64
from arb.markets.errors import ContractAddressError, MarketsError
from arb.markets.soroban.pools import SorobanPool

_TRIES: Final = 3
_AMOUNT: Final = symbol_key("amount")


class Skipped(NamedTuple):
    """A pool that is left out at this ledger, and why."""

    pool: PoolAt
    reason: SkipReason
    detail: str


class Reserves(NamedTuple):
    """Pools as the ledger holds them, in the order asked for, and those that are left out."""

    ledger: int
    pools: tuple[SorobanPool, ...]
    skipped: tuple[Skipped, ...]


class ReserveReader:
    """Reads pools again and again, never an older ledger than before.

    It remembers which pools take donations as reserves: their balances are read with them, so that what is returned is
    what the next swap meets. Where a token keeps its balances in a way of its own, the stored reserve is returned.
    """

    def __init__(self, rpc: RpcClient) -> None:
        self._rpc = rpc
        self._ledger = 0
        self._watched: dict[PoolAt, tuple[str, ...]] = {}

    async def read(self, pools: Iterable[PoolAt], *, close_time: int | None = None) -> Reserves:
        """The pools' state; `close_time` of about now in unix seconds, for stable pools (see `read_pool`).

        LaggingNode when the answer is of an older ledger than the one before, or spans several ledgers again and again.
        """
        wanted = tuple(dict.fromkeys(pools))
        if not wanted:
            return Reserves(self._ledger, (), ())
        while True:
            answer = await self._entries(wanted)
            known = len(self._watched)
            reserves = self.decode(wanted, answer, close_time)
            if len(self._watched) == known:
                return reserves

    def decode(self, pools: Sequence[PoolAt], answer: EntriesAnswer, close_time: int | None = None) -> Reserves:
        """Pools from an answer that holds their entries."""
        found: list[SorobanPool] = []
        skipped: list[Skipped] = []
        for pool in pools:
            try:
                read = read_pool(pool, _entries_of(pool, answer), close_time)
                found.append(
                    self._as_the_next_swap_meets_it(pool, read, answer.entries) if read.fees_held else read.pool
                )
            except Skip as skip:
                skipped.append(Skipped(pool, skip.reason, str(skip)))
            except NetworkError as wrong:
                skipped.append(Skipped(pool, SkipReason.ANOTHER_SHAPE, str(wrong)))
            except MarketsError as wrong:
                skipped.append(Skipped(pool, SkipReason.INVARIANT, str(wrong)))
        return Reserves(answer.latest_ledger, tuple(found), tuple(skipped))

    async def _entries(self, pools: Sequence[PoolAt]) -> EntriesAnswer:
        keys: dict[str, None] = {}
        for pool in pools:
            keys.update(dict.fromkeys(_keys(pool)))
            keys.update(dict.fromkeys(_balance_key(token, pool.contract) for token in self._watched.get(pool, ())))
        if not keys:
            return EntriesAnswer(self._ledger, {}, True, {})
        for _ in range(_TRIES):
            answer = await self._rpc.get_ledger_entries(list(keys))
            if answer.latest_ledger < self._ledger:
                raise LaggingNode(f"reserves are of ledger {answer.latest_ledger}, those before of {self._ledger}")
            if answer.consistent:
                self._ledger = answer.latest_ledger
                return answer
        raise LaggingNode(f"{len(keys)} entries were read across the close of a ledger, {_TRIES} times over")

    def _as_the_next_swap_meets_it(self, pool: PoolAt, read: Found, entries: Mapping[str, str]) -> SorobanPool:
        self._watched[pool] = read.pool.tokens
        reserves = []
        for token, reserve, fee in zip(read.pool.tokens, read.pool.reserves, read.fees_held, strict=True):
            balance = None if fee is None else _balance(token, pool.contract, entries)
            reserves.append(reserve if balance is None or fee is None else max(reserve, balance - fee))
        return replace(read.pool, reserves=tuple(reserves))


def _keys(pool: PoolAt) -> tuple[str, ...]:
    try:
        return keys_of(pool)
    except (NetworkError, ContractAddressError):
        return ()


def _entries_of(pool: PoolAt, answer: EntriesAnswer) -> list[str]:
    try:
        keys = keys_of(pool)
    except (NetworkError, ContractAddressError) as wrong:
        raise Skip(SkipReason.NOT_A_CONTRACT, str(wrong)) from None
    entries = [answer.entries.get(key) for key in keys]
    present = [entry for entry in entries if entry is not None]
    if not present:
        raise Skip(SkipReason.ABSENT, f"nothing is stored by {pool.contract}")
    if len(present) < len(keys):
        raise Skip(SkipReason.ANOTHER_SHAPE, f"{len(keys) - len(present)} of {len(keys)} entries are absent")
    dead = [key for key in keys if 0 < answer.live_until.get(key, 0) < answer.latest_ledger]
    if dead:
        raise Skip(SkipReason.ARCHIVED, f"since ledger {answer.live_until[dead[0]]}: somebody has to restore it")
    return present


def _balance_key(token: str, owner: str) -> str:
    return data_key(token, variant_key("Balance", contract_scval(owner)))


def _balance(token: str, owner: str, entries: Mapping[str, str]) -> int | None:
    """What a contract owns, where the token keeps it as asset contracts and the example token do; else None."""
    entry = entries.get(_balance_key(token, owner))
    if entry is None:
        return None
    raw = from_base64(entry)
    at = stored.value_at(raw, token, variant_key("Balance", contract_scval(owner)))
    try:
        return stored.i128(raw, at)
    except Malformed:
        amount = struct_fields(raw, at).get(_AMOUNT)
        return None if amount is None else stored.i128(raw, amount)
