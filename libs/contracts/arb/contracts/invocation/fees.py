"""What a contract transaction declares and bids: the simulation's resources with a margin, inclusion with a cap."""

from dataclasses import dataclass
from typing import Final

from stellar_sdk import xdr

from arb.contracts.errors import NetworkError
from arb.contracts.rpc_answers import FeeStats

_U32_MAX: Final = 2**32 - 1
_ROUNDING: Final = 10
"""Stroops: the network rounds each part of the resource fee up on its own."""


class FeeAboveCap(NetworkError):
    """The network asks more than the caller is willing to pay. The message names both."""


@dataclass(frozen=True, slots=True)
class FeePolicy:
    """How much more than needed is set aside, and the most that may be paid. All fees in stroops.

    `margin_percent` is added to what simulation found of instructions and bytes, because state moves between
    simulation and application, and to the resource fee. Of the fee only rent and events are given back when unused.
    `inclusion_cap` bounds the bid for a place in the ledger, `total_cap` everything together.
    """

    margin_percent: int = 15
    inclusion_cap: int = 100_000
    total_cap: int = 50_000_000

    def inclusion_fee(self, stats: FeeStats, *, base_fee: int = 100) -> int:
        """The p90 of what contract calls paid in recent ledgers, at least `base_fee`. FeeAboveCap."""
        wanted = max(stats.p90, base_fee)
        if wanted > self.inclusion_cap:
            raise FeeAboveCap(
                f"a place in the ledger goes for {wanted} stroops, the cap is {self.inclusion_cap}: "
                "wait for a quieter ledger or raise the cap"
            )
        return wanted

    def with_margin(self, data: xdr.SorobanTransactionData, resource_fee: int) -> xdr.SorobanTransactionData:
        """A copy of what simulation declares, with the margin. The footprint stays."""
        copy = xdr.SorobanTransactionData.from_xdr_bytes(data.to_xdr_bytes())
        resources = copy.resources
        for amount in (resources.instructions, resources.disk_read_bytes, resources.write_bytes):
            amount.uint32 = min(self._more(amount.uint32), _U32_MAX)
        copy.resource_fee = xdr.Int64(self._more(max(resource_fee, data.resource_fee.int64)) + _ROUNDING)
        return copy

    def total(self, data: xdr.SorobanTransactionData, inclusion_fee: int) -> int:
        """The fee of the transaction. FeeAboveCap when it is more than may be paid or than fits an envelope."""
        total = data.resource_fee.int64 + inclusion_fee
        cap = min(self.total_cap, _U32_MAX)
        if total > cap:
            raise FeeAboveCap(
                f"the call needs {data.resource_fee.int64} stroops of resources and {inclusion_fee} for inclusion, "
                f"the cap is {cap}"
            )
        return total

    def _more(self, amount: int) -> int:
        return -(-amount * (100 + self.margin_percent) // 100)
