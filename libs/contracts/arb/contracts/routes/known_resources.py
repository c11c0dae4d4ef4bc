"""What a route has to declare, put together from simulations of other routes over the same pools.

A swap of one token for another touches the same ledger entries whatever its amount, so what simulations showed of a
pool holds for the next route through it: that one need not wait for a simulation of its own. What is declared in vain
costs little, what is missing costs the fee of a call that fails: pools of such a call are forgotten.
"""

import struct
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from stellar_sdk import xdr

from arb.contracts.routes.call import CallStep, RouteCall, Venue
from arb.markets.soroban.tokens import contract_key

REMEMBERED: Final = 720
"""Ledgers that a pool's entries are remembered without another simulation: an hour."""
MOST_ENTRIES: Final = 60
"""Entries that are declared at most. A route of four hops touches about thirty."""
COMPARED: Final = 8
"""Simulations of each length whose needs are looked at."""
MARGIN_PERCENT: Final = 50
"""On top of the most that simulations of routes as long asked for; of fees, only rent and events come back."""

_NO_EXTENSION: Final = struct.pack(">i", 0)

_Hop = tuple[int, str, str, str]
"""Venue, pool, token in and token out; in either order where the direction does not matter."""

_DIRECTED: Final = frozenset({Venue.PHOENIX})
"""Venues that pay their fee to somebody else, in the token that comes out: the payee's balance is touched then."""


class Declared(NamedTuple):
    """SorobanTransactionData as XDR, and the resource fee in it, stroops."""

    resources: bytes
    resource_fee: int


class _Entries(NamedTuple):
    """Packed ledger keys, and whether they are written. `own` name the pool itself, `around` no pool at all."""

    own: Mapping[bytes, bool]
    around: Mapping[bytes, bool]
    ledger: int


class _Asked(NamedTuple):
    """What a simulation asked for: instructions, bytes read and written, stroops."""

    instructions: int
    disk_read_bytes: int
    write_bytes: int
    resource_fee: int

    def most(self, other: "_Asked") -> "_Asked":
        return _Asked(*map(max, zip(self, other, strict=True)))

    def times(self, numerator: int, denominator: int) -> "_Asked":
        return _Asked(*(-(-amount * numerator // denominator) for amount in self))


class KnownResources:
    """Of the routes that one trader sends through one route executor."""

    def __init__(self) -> None:
        self._hops: dict[_Hop, _Entries] = {}
        self._asked: dict[int, deque[_Asked]] = {}
        """By number of hops, what the last few asked for. The first one through a pool may pay rent for new entries."""

    def learn(self, call: RouteCall, data: xdr.SorobanTransactionData, resource_fee: int, ledger: int) -> None:
        """Remember what a simulation on the state of `ledger` says that this call needs."""
        if data.ext.v != 0:
            return  # it restores archived entries: no other call does
        footprint, needs = data.resources.footprint, data.resources
        keys = {key.to_xdr_bytes(): False for key in footprint.read_only}
        keys |= {key.to_xdr_bytes(): True for key in footprint.read_write}
        pools = {step.pool: contract_key(step.pool) for step in call.steps}
        around = {key: written for key, written in keys.items() if not any(pool in key for pool in pools.values())}
        for step in call.steps:
            own = {key: written for key, written in keys.items() if pools[step.pool] in key}
            self._enter(step, _Entries(own, around, ledger))
        asked = _Asked(
            needs.instructions.uint32,
            needs.disk_read_bytes.uint32,
            needs.write_bytes.uint32,
            max(resource_fee, data.resource_fee.int64),
        )
        self._asked.setdefault(len(call.steps), deque(maxlen=COMPARED)).append(asked)

    def of(self, call: RouteCall, ledger: int) -> Declared | None:
        """What the call has to declare, margin included; None when a pool of it is not known well enough."""
        found = [self._hops.get(_hop(step)) for step in call.steps]
        known = [entries for entries in found if entries is not None and ledger - entries.ledger <= REMEMBERED]
        if len(known) < len(call.steps):
            return None
        keys = _together(part for entries in known for part in (entries.own, entries.around))
        if len(keys) > MOST_ENTRIES:
            return None
        asked = self._most(len(call.steps)).times(100 + MARGIN_PERCENT, 100)
        read = [key for key, written in keys.items() if not written]
        write = [key for key, written in keys.items() if written]
        resources = b"".join(
            (
                _NO_EXTENSION,
                struct.pack(">I", len(read)),
                *read,
                struct.pack(">I", len(write)),
                *write,
                struct.pack(">IIIq", *asked),
            )
        )
        return Declared(resources, asked.resource_fee)

    def forget(self, call: RouteCall) -> None:
        """A call failed with what was declared from here: its pools have to be simulated again."""
        for step in call.steps:
            self._hops.pop(_hop(step), None)

    def _enter(self, step: CallStep, seen: _Entries) -> None:
        before = self._hops.get(_hop(step))
        if before is not None:
            # Around the pool stays what every route through it touched: the rest came with the other pools.
            always = {key: written for key, written in seen.around.items() if key in before.around}
            seen = _Entries(_together((before.own, seen.own)), always, seen.ledger)
        self._hops[_hop(step)] = seen

    def _most(self, hops: int) -> _Asked:
        """The most that a route of so many hops asked for, judged by shorter and longer ones too."""
        most = _Asked(0, 0, 0, 0)
        for known, lately in self._asked.items():
            for asked in lately:
                most = most.most(asked.times(hops, known) if known < hops else asked)
        return most


def _hop(step: CallStep) -> _Hop:
    token_in, token_out = step.token_in, step.token_out
    if step.venue not in _DIRECTED and token_out < token_in:
        token_in, token_out = token_out, token_in
    return int(step.venue), step.pool, token_in, token_out


def _together(parts: Iterable[Mapping[bytes, bool]]) -> dict[bytes, bool]:
    """All keys; written if any part writes them."""
    keys: dict[bytes, bool] = {}
    for part in parts:
        for key, written in part.items():
            keys[key] = written or keys.get(key, False)
    return keys
