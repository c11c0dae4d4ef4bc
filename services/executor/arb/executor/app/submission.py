"""Sends the stored bytes of a trade, and nothing else."""

from dataclasses import replace

import structlog

from arb.executor.app.metrics import SENDS
from arb.executor.app.trade_book import TradeBook
from arb.executor.domain.trade import Sendings, Sent
from arb.executor.ports import Network, NetworkDownError, SendAnswer
from arb.runtime.clock import Clock

log = structlog.get_logger(__name__)


class Submission:
    """Submits envelopes that are already stored; sending the same bytes again is always safe."""

    def __init__(self, network: Network, trades: TradeBook, clock: Clock) -> None:
        self._network = network
        self._trades = trades
        self._clock = clock
        self._sendings: dict[str, Sendings] = {}

    async def send(self, trade_id: str, *, ledger: int = 0) -> None:
        """Send once. Only an answer that shows the network has it is recorded; all else is tried again later.

        ERROR does not end the trade: an earlier copy may have been applied, so its end is read from the ledger.
        `ledger` is the newest that is known not to have it.
        """
        trade, before = self._trades.get(trade_id), self.sendings(trade_id)
        attempts = before.sends + 1
        try:
            answer = await self._network.send(trade.envelope_xdr)
        except NetworkDownError as down:
            SENDS.labels("none").inc()
            self._sendings[trade_id] = replace(before, sends=attempts, last_answer=f"no answer: {down}")
            log.warning("submit_unanswered", trade=trade_id, error=str(down))
            return
        SENDS.labels(answer.status).inc()
        said = " ".join((answer.status, *answer.codes))
        after = replace(before, sends=attempts, last_answer=said)
        if trade.state == "submitted" and trade.rebid is None and not knows(answer):
            after = replace(after, forgotten=said, forgotten_at=ledger)
        self._sendings[trade_id] = after
        if answer.status not in ("PENDING", "DUPLICATE"):
            log.warning("submit_not_accepted", trade=trade_id, status=answer.status, codes=answer.codes)
        else:
            await self._trades.decide(trade_id, Sent(answer, attempts, self._clock.micros()))

    def sendings(self, trade_id: str) -> Sendings:
        """What came of sending this trade's bytes."""
        return self._sendings.get(trade_id, Sendings())

    def forget(self, trade_id: str) -> None:
        """The trade has ended."""
        self._sendings.pop(trade_id, None)


def knows(answer: SendAnswer) -> bool:
    """Whether the queue that answered may still have bytes that it had taken before.

    To those it has it says DUPLICATE. It takes anew what it forgot, puts off what it banned (TRY_AGAIN_LATER) and asks
    more of what found no room (txINSUFFICIENT_FEE). Other errors are about the ledger and prove nothing.
    """
    if answer.status == "ERROR":
        return "tx_insufficient_fee" not in answer.codes
    return answer.status == "DUPLICATE"
