"""What every actor starts with, and the treasury and issuers who keep it so: the market runs for hours without end.

An outside arbitrageur earns what makers and takers lose; without replenishing they would run dry, or hoard one asset.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from stellar_sdk import xdr

from arb.localnet.ledger.balances import available
from arb.localnet.traffic import operations
from arb.localnet.traffic.actors import Actor, actor, issuer
from arb.localnet.traffic.liquidity import provider
from arb.localnet.traffic.makers import makers
from arb.localnet.traffic.market import MarketSight
from arb.localnet.traffic.universe import ANCHORS, CODES, POOLS, asset

SMALL_ORDERS: Final = 11
"""Mean of small orders a ledger at rate 1; each needs a taker of its own."""
LARGE_TAKERS: Final = 4
_SMALL_TAKER_XLM: Final = 3_000.0
_LARGE_TAKER_XLM: Final = 60_000.0
_MAKER_DEPTHS: Final = 10.0
_SPARE_XLM: Final = 1_000.0
"""XLM on top for reserves and fees."""
_LOW: Final = 0.4
_HIGH: Final = 2.0
"""Bounds of a holding, as shares of its target, beyond which it is brought back to the target."""
_MOST_SIGNERS: Final = 19
_MOST_OPERATIONS: Final = 90


@dataclass(frozen=True, slots=True)
class Endowment:
    """What an actor is meant to hold: worth in XLM by code."""

    actor: Actor
    worth: dict[str, float]


def treasury() -> Actor:
    """The account that gives and takes XLM."""
    return actor("treasury")


def small_takers(rate: float) -> tuple[Actor, ...]:
    """Enough accounts for the busiest ledger at this rate: a source sends one transaction a ledger."""
    return tuple(actor(f"taker {number}") for number in range(math.ceil(SMALL_ORDERS * rate * 1.3) + 2))


def large_takers() -> tuple[Actor, ...]:
    """The accounts whose orders move pools."""
    return tuple(actor(f"large taker {number}") for number in range(LARGE_TAKERS))


def endowments(rate: float) -> tuple[Endowment, ...]:
    """Everybody's targets."""
    pool_side = dict.fromkeys(ANCHORS, 0.0)
    for pool in POOLS:
        pool_side[pool.base] += pool.depth_xlm
        pool_side[pool.quote] += pool.depth_xlm
    spare = {"XLM": _SPARE_XLM}
    found = [Endowment(provider(), {code: worth + spare.get(code, 0.0) for code, worth in pool_side.items()})]
    for maker in makers():
        depth = _MAKER_DEPTHS * maker.venue.depth_xlm
        sides = {maker.venue.base: depth, maker.venue.quote: depth}
        found.append(Endowment(maker.actor, {"XLM": _SPARE_XLM} | sides))
    found += [Endowment(taker, dict.fromkeys(ANCHORS, _LARGE_TAKER_XLM)) for taker in large_takers()]
    found += [Endowment(taker, dict.fromkeys(ANCHORS, _SMALL_TAKER_XLM)) for taker in small_takers(rate)]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Replenishment:
    """One transaction of the treasury: its operations and who has to sign beside it."""

    operations: Sequence[xdr.Operation]
    cosigners: Sequence[Actor]


def replenish(sight: MarketSight, targets: Iterable[Endowment]) -> Replenishment:
    """Bring holdings that left their bounds back to the target, as many as one transaction can carry."""
    ops: list[xdr.Operation] = []
    signers: dict[Actor, None] = {}
    for endowment in targets:
        for code, worth in endowment.worth.items():
            move = _move(sight, endowment.actor, code, worth)
            if move is None:
                continue
            payer, operation = move
            if len(signers | {payer: None}) > _MOST_SIGNERS or len(ops) == _MOST_OPERATIONS:
                return Replenishment(ops, tuple(signers))
            ops.append(operation)
            signers[payer] = None
    return Replenishment(ops, tuple(signers))


def _move(sight: MarketSight, who: Actor, code: str, worth: float) -> tuple[Actor, xdr.Operation] | None:
    held = _held(sight, who, code)
    have = sight.worth_xlm(code, held)
    source = issuer(code) if code in CODES else treasury()
    if have < _LOW * worth:
        missing = sight.reference.stroops(code, worth - have)
        return source, operations.payment(source, who.account_id, asset(code), missing)
    excess = min(held - sight.reference.stroops(code, worth), available(sight.state, who.account_id, asset(code)) // 2)
    if have > _HIGH * worth and excess > 0:
        return who, operations.payment(who, source.account_id, asset(code), excess)
    return None


def _held(sight: MarketSight, who: Actor, code: str) -> int:
    holding = (
        sight.state.account(who.account_id) if code == "XLM" else sight.state.trustline(who.account_id, asset(code))
    )
    return holding.balance if holding is not None else 0
