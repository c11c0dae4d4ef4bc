"""Soroswap's aggregator (soroswap/aggregator): one sale split over several exchanges, as one atomic call."""

from collections.abc import Sequence
from enum import IntEnum
from typing import ClassVar, Final, NamedTuple

from arb.contracts.invocation.operations import InvokeContract
from arb.contracts.spec.types import Scalar, Type
from arb.contracts.venues.typed_contract import TypedContract

MOST_SHARES: Final = 15
"""Entries that one call may hold (models.rs)."""
_MOST_PARTS: Final = 2**32 - 1
_SWAP: Final = "swap_exact_tokens_for_tokens"
_SHARE: Final = "DexDistribution"
_HASHES: Final = "bytes"


class Protocol(IntEnum):
    """Exchanges by the aggregator's numbers."""

    SOROSWAP = 0
    PHOENIX = 1
    AQUA = 2
    COMET = 3


class Share(NamedTuple):
    """A part of the sale, `parts` of the sum of all, along one exchange's path.

    `pool_hashes`: for Aquarius one pool index (32 bytes) a hop, for the others None.
    """

    protocol: Protocol
    path: tuple[str, ...]
    parts: int
    pool_hashes: tuple[bytes, ...] | None = None


class ShareError(ValueError):
    """A split that the aggregator refuses whatever the market is."""


class Aggregator(TypedContract):
    """Builds calls; whether they pay is what simulating them says."""

    kind: ClassVar[str] = "a Soroswap aggregator"
    functions: ClassVar[tuple[str, ...]] = (_SWAP, "swap_tokens_for_exact_tokens")

    async def swap_exact_in(
        self, shares: Sequence[Share], amount_in: int, least_out: int, *, to: str, deadline: int
    ) -> InvokeContract:
        """Sells `amount_in` of the paths' first token; reverts unless `to` gains `least_out` of their last.

        On a cycle (first token = last token) `least_out` bounds the net gain. `deadline` in unix seconds. ShareError
        for a split that is refused in any case.
        """
        token_in, token_out = check_shares(shares)
        fields = await self._share_fields()
        split = [self._distribution(share, fields) for share in shares]
        return await self._call(_SWAP, token_in, token_out, amount_in, least_out, split, to, deadline)

    async def _share_fields(self) -> dict[str, Type]:
        declared = (await self._contract.interface()).structs.get(_SHARE)
        if declared is None:
            raise self._not_that(_SWAP, f"declares no {_SHARE}")
        return {field.name: field.type for field in declared.fields}

    def _distribution(self, share: Share, fields: dict[str, Type]) -> dict[str, object]:
        """The share as this version declares it: an older one names exchanges and knows no pool hashes."""
        named = fields.get("protocol_id") is Scalar.STRING
        given: dict[str, object] = {
            "protocol_id": share.protocol.name.lower() if named else int(share.protocol),
            "path": list(share.path),
            "parts": share.parts,
        }
        if _HASHES in fields:
            given[_HASHES] = None if share.pool_hashes is None else list(share.pool_hashes)
        elif share.pool_hashes is not None:
            raise ShareError(f"aggregator {self.id} is of a version that knows no pool hashes, so not Aquarius")
        return given


def check_shares(shares: Sequence[Share]) -> tuple[str, str]:
    """First and last token of a split. ShareError for one that the aggregator's own checks refuse."""
    if not 0 < len(shares) <= MOST_SHARES:
        raise ShareError(f"{len(shares)} shares: expected 1 to {MOST_SHARES}")
    ends = {(share.path[0], share.path[-1]) for share in shares if share.path}
    if len(ends) != 1:
        raise ShareError(f"the paths of one sale begin and end alike, these do not: {sorted(ends)}")
    for share in shares:
        if len(share.path) < 2:
            raise ShareError(f"a path of {len(share.path)} tokens: expected 2 or more")
        if not 0 < share.parts <= _MOST_PARTS:
            raise ShareError(f"a share of {share.parts} parts: expected 1 to {_MOST_PARTS}")
        hashes = share.pool_hashes
        if (share.protocol is Protocol.AQUA) != (hashes is not None):
            raise ShareError(
                f"pool hashes are for Aquarius alone, and needed there; {share.protocol.name} has {hashes!r}"
            )
        if hashes is not None and (len(hashes) != len(share.path) - 1 or any(len(each) != 32 for each in hashes)):
            raise ShareError(
                f"{len(hashes)} pool hashes for {len(share.path) - 1} hops: expected one of 32 bytes a hop"
            )
    if sum(share.parts for share in shares) > _MOST_PARTS:
        raise ShareError(f"the parts add up to more than {_MOST_PARTS}")
    return ends.pop()
