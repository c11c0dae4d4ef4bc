"""Soroban pools as values: what the chain holds of each, and its exact answer to a swap in any direction.

Tokens are contract ids (C...), amounts and reserves are int in the tokens' own units. Reserves are those that the next
swap would meet: a reader syncs them the way the venue does (Aquarius takes donations as reserves, see aquarius.py).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from enum import Enum
from typing import ClassVar, Self

from arb.markets.errors import PoolError
from arb.markets.soroban import aquarius, phoenix, soroswap, stableswap
from arb.markets.soroban.swap import BPS, I128_MAX, Refusal, Swap
from arb.markets.soroban.tokens import contract_key


class PoolKind(Enum):
    """Whose formula and whose interface a pool has."""

    SOROSWAP = "soroswap"
    AQUARIUS = "aquarius"
    AQUARIUS_STABLE = "aquarius_stable"
    PHOENIX = "phoenix"


@dataclass(frozen=True, slots=True)
class SorobanPool(ABC):
    """A pool contract, its tokens in the contract's own order, and what it holds of each.

    PoolError for a state in which no pool could trade: unequal lengths, a token twice, a reserve that is not positive
    or beyond i128. ContractAddressError for an address that is none.
    """

    kind: ClassVar[PoolKind]
    most_tokens: ClassVar[int] = 2

    contract: str
    tokens: tuple[str, ...]
    reserves: tuple[int, ...]

    def __post_init__(self) -> None:
        contract_key(self.contract)
        for token in self.tokens:
            contract_key(token)
        if not 2 <= len(self.tokens) <= self.most_tokens or len(self.reserves) != len(self.tokens):
            raise PoolError(
                f"pool {self.contract} has {len(self.tokens)} tokens and {len(self.reserves)} reserves: "
                f"expected 2 to {self.most_tokens}, as many of one as of the other"
            )
        if len(set(self.tokens)) != len(self.tokens):
            raise PoolError(f"pool {self.contract} holds a token twice: {', '.join(self.tokens)}")
        for reserve in self.reserves:
            if not isinstance(reserve, int) or not 0 < reserve <= I128_MAX:
                raise PoolError(f"pool {self.contract} holds {reserve!r}: expected an int, 1..2^127-1")

    def swap(self, token_in: str, token_out: str, amount_in: int) -> Swap | Refusal:
        """Selling exactly amount_in, as the pool would execute it. PoolError for a token that is not the pool's."""
        return self._swap(self._index(token_in), self._other(token_in, token_out), amount_in)

    def quote_in(self, token_in: str, token_out: str, amount_in: int) -> int | None:
        """What exactly amount_in buys; None where the pool refuses."""
        answer = self.swap(token_in, token_out, amount_in)
        return answer.amount_out if isinstance(answer, Swap) else None

    def least_in(self, token_in: str, token_out: str, amount_out: int) -> int | None:
        """The least input at which quote_in pays at least amount_out; None where there is none.

        Where a pool refuses amounts in no order (Phoenix's spread limit at tiny sizes) a smaller one may exist.
        """
        return self._least_in(self._index(token_in), self._other(token_in, token_out), amount_out)

    def after(self, token_in: str, token_out: str, amount_in: int) -> Self | None:
        """The pool as selling exactly amount_in leaves it; None where it refuses."""
        answer = self.swap(token_in, token_out, amount_in)
        if isinstance(answer, Refusal):
            return None
        left = {token_in: answer.reserve_in, token_out: answer.reserve_out}
        reserves = (left.get(token, held) for token, held in zip(self.tokens, self.reserves, strict=True))
        return replace(self, reserves=tuple(reserves))

    def _index(self, token: str) -> int:
        if token not in self.tokens:
            raise PoolError(f"pool {self.contract} does not trade {token}: it holds {', '.join(self.tokens)}")
        return self.tokens.index(token)

    def _other(self, token_in: str, token_out: str) -> int:
        if token_in == token_out:
            raise PoolError(f"pool {self.contract} cannot swap {token_in} for itself")
        return self._index(token_out)

    def _bps(self, what: str, value: int, most: int) -> None:
        if not isinstance(value, int) or not 0 <= value <= most:
            raise PoolError(f"pool {self.contract} has a {what} of {value!r} basis points: expected 0..{most}")

    @abstractmethod
    def _swap(self, index_in: int, index_out: int, amount_in: int) -> Swap | Refusal: ...

    @abstractmethod
    def _least_in(self, index_in: int, index_out: int, amount_out: int) -> int | None: ...


@dataclass(frozen=True, slots=True)
class SoroswapPool(SorobanPool):
    """A Soroswap pair. Its fee is part of the formula: 30 basis points."""

    kind: ClassVar[PoolKind] = PoolKind.SOROSWAP

    def _swap(self, index_in: int, index_out: int, amount_in: int) -> Swap | Refusal:
        return soroswap.swap(self.reserves[index_in], self.reserves[index_out], amount_in)

    def _least_in(self, index_in: int, index_out: int, amount_out: int) -> int | None:
        return soroswap.least_in(self.reserves[index_in], self.reserves[index_out], amount_out)


@dataclass(frozen=True, slots=True)
class AquariusPool(SorobanPool):
    """Aquarius's constant-product pool. protocol_share_bps: the protocol's part of the fee, in basis points of it."""

    kind: ClassVar[PoolKind] = PoolKind.AQUARIUS

    fee_bps: int
    protocol_share_bps: int = 0

    def __post_init__(self) -> None:
        SorobanPool.__post_init__(self)
        self._bps("fee", self.fee_bps, BPS - 1)
        self._bps("protocol share", self.protocol_share_bps, BPS - 1)

    def _swap(self, index_in: int, index_out: int, amount_in: int) -> Swap | Refusal:
        reserve_in, reserve_out = self.reserves[index_in], self.reserves[index_out]
        return aquarius.swap(reserve_in, reserve_out, amount_in, self.fee_bps, self.protocol_share_bps)

    def _least_in(self, index_in: int, index_out: int, amount_out: int) -> int | None:
        return aquarius.quote_out(self.reserves[index_in], self.reserves[index_out], amount_out, self.fee_bps)


@dataclass(frozen=True, slots=True)
class AquariusStablePool(SorobanPool):
    """Aquarius's stable pool of two or three tokens; `amp` as a() answers it now, `decimals` of the tokens in order."""

    kind: ClassVar[PoolKind] = PoolKind.AQUARIUS_STABLE
    most_tokens: ClassVar[int] = 3

    fee_bps: int
    amp: int
    decimals: tuple[int, ...]
    protocol_share_bps: int = 0

    def __post_init__(self) -> None:
        SorobanPool.__post_init__(self)
        self._bps("fee", self.fee_bps, BPS - 1)
        self._bps("protocol share", self.protocol_share_bps, BPS - 1)
        if not 0 < self.amp <= stableswap.MOST_AMP:
            raise PoolError(
                f"pool {self.contract} has an amplification of {self.amp}: expected 1..{stableswap.MOST_AMP}"
            )
        if len(self.decimals) != len(self.tokens) or not all(0 <= places <= 38 for places in self.decimals):
            raise PoolError(f"pool {self.contract} has decimals {self.decimals}: expected 0..38 for every token")

    @property
    def multipliers(self) -> tuple[int, ...]:
        """What scales each token to the precision of the one with most places."""
        most = max(self.decimals)
        return tuple(10 ** (most - places) for places in self.decimals)

    def _swap(self, index_in: int, index_out: int, amount_in: int) -> Swap | Refusal:
        curve = self.reserves, self.multipliers, self.amp
        return stableswap.swap(*curve, index_in, index_out, amount_in, self.fee_bps, self.protocol_share_bps)

    def _least_in(self, index_in: int, index_out: int, amount_out: int) -> int | None:
        return stableswap.least_in(
            self.reserves, self.multipliers, self.amp, index_in, index_out, amount_out, self.fee_bps
        )


@dataclass(frozen=True, slots=True)
class PhoenixPool(SorobanPool):
    """Phoenix's xyk pool. max_spread_bps: the pool's own limit; clamps_spread: whether its version takes a spread below

    zero for zero, instead of failing on it.
    """

    kind: ClassVar[PoolKind] = PoolKind.PHOENIX

    fee_bps: int
    max_spread_bps: int
    clamps_spread: bool = False

    def __post_init__(self) -> None:
        SorobanPool.__post_init__(self)
        self._bps("fee", self.fee_bps, BPS - 1)
        self._bps("spread limit", self.max_spread_bps, BPS)

    def _swap(self, index_in: int, index_out: int, amount_in: int) -> Swap | Refusal:
        reserve_in, reserve_out = self.reserves[index_in], self.reserves[index_out]
        return phoenix.swap(reserve_in, reserve_out, amount_in, self.fee_bps, self.max_spread_bps, self.clamps_spread)

    def _least_in(self, index_in: int, index_out: int, amount_out: int) -> int | None:
        reserve_in, reserve_out = self.reserves[index_in], self.reserves[index_out]
        least = phoenix.least_in(reserve_in, reserve_out, amount_out, self.fee_bps)
        if least is None or self.clamps_spread:
            return least
        return phoenix.least_accepted(reserve_in, reserve_out, least)
