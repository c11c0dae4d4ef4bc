"""What places in recent ledgers went for: read once a ledger, so that no trade waits for it."""

import structlog

from arb.executor.ports import Inclusion, InclusionFees, Network, NetworkDownError
from arb.messages.plan import ClassicBasket, Plan

log = structlog.stdlib.get_logger(__name__)


class FeeWatch:
    """Keeps the newest fee statistics."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._seen: InclusionFees | None = None

    async def look(self) -> None:
        """Read them anew; what cannot be read is unknown until the next look."""
        try:
            self._seen = await self._network.inclusion_fees()
        except NetworkDownError as down:
            self._seen = None
            log.warning("fees_unread", error=str(down))

    def inclusion(self, plan: Plan) -> Inclusion | None:
        """What places were paid for by transactions of this plan's kind; None when it is not known."""
        if self._seen is None:
            return None
        return self._seen.classic if isinstance(plan, ClassicBasket) else self._seen.contracts
