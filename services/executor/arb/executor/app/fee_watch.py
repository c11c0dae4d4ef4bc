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
        self._asked_for = 0

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

    async def newest(self, plan: Plan, ledger: int) -> Inclusion | None:
        """The same with statistics that this ledger is in, read now if need be: once, however many trades wait."""
        known = self.inclusion(plan)
        if (known is None or known.ledger < ledger) and self._asked_for < ledger:
            self._asked_for = ledger
            await self.look()
        return self.inclusion(plan)
