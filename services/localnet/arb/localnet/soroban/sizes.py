"""How much work a value is: nodes and depth of its full expansion, so that shared sub-values cannot hide a bomb.

A guest can build a vec that holds the same vec twice, forty times over: small in memory, astronomic to compare, hash
or serialise. Whatever walks a value is charged by these numbers first.
"""

from __future__ import annotations

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.values import HostValue

__all__ = ["DEPTH_LIMIT", "Sizes"]

DEPTH_LIMIT = 100
"""The network's limit of nesting, of values as of calls (DEFAULT_HOST_DEPTH_LIMIT)."""

_BYTES_A_NODE = 16


class Sizes:
    """Remembers the size of every vec and map met in one invocation."""

    def __init__(self) -> None:
        # By identity of the payload, which the entry keeps alive.
        self._known: dict[int, tuple[object, int, int]] = {}

    def nodes(self, value: HostValue) -> int:
        """Nodes of the expansion; long bytes count one per 16. HostError(CONTEXT, EXCEEDED_LIMIT) when too deep."""
        return self._measure(value, 1)[0]

    def _measure(self, value: HostValue, level: int) -> tuple[int, int]:
        kind, payload = value
        if kind not in (v.VEC, v.MAP):
            return (1 + len(payload) // _BYTES_A_NODE, 1) if kind in (v.BYTES, v.STRING) else (1, 1)
        known = self._known.get(id(payload))
        if known is not None:
            return known[1], known[2]
        if level > DEPTH_LIMIT:
            raise too_deep()
        nodes, depth = 1, 0
        for item in payload:
            for part in item if kind == v.MAP else (item,):
                inner, below = self._measure(part, level + 1)
                nodes += inner
                depth = max(depth, below)
        if depth >= DEPTH_LIMIT:
            raise too_deep()
        self._known[id(payload)] = (payload, nodes, depth + 1)
        return nodes, depth + 1


def too_deep() -> HostError:
    return HostError(ErrorType.CONTEXT, ErrorCode.EXCEEDED_LIMIT, f"value nests more than {DEPTH_LIMIT} deep")
