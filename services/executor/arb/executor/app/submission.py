"""Sends the stored bytes of a trade, and nothing else."""

import structlog

from arb.executor.app.trade_book import TradeBook
from arb.executor.domain.trade import Sent
from arb.executor.ports import Network, NetworkDownError
from arb.runtime.clock import Clock

log = structlog.get_logger(__name__)


class Submission:
    """Submits envelopes that are already stored; sending the same bytes again is always safe."""

    def __init__(self, network: Network, trades: TradeBook, clock: Clock) -> None:
        self._network = network
        self._trades = trades
        self._clock = clock
        self._attempts: dict[str, int] = {}
        self._answers: dict[str, str] = {}

    async def send(self, trade_id: str) -> None:
        """Send once. Only an answer that shows the network has it is recorded; all else is tried again later.

        ERROR does not end the trade: an earlier copy may have been applied, so its end is read from the ledger.
        """
        signed = self._trades.get(trade_id).signed
        assert signed is not None
        attempts = self._attempts[trade_id] = self._attempts.get(trade_id, 0) + 1
        try:
            answer = await self._network.send(signed.envelope_xdr)
        except NetworkDownError as down:
            self._answers[trade_id] = f"no answer: {down}"
            log.warning("submit_unanswered", trade=trade_id, error=str(down))
            return
        self._answers[trade_id] = " ".join((answer.status, *answer.codes))
        if answer.status not in ("PENDING", "DUPLICATE"):
            log.warning("submit_not_accepted", trade=trade_id, status=answer.status, codes=answer.codes)
        else:
            await self._trades.decide(trade_id, Sent(answer, attempts, self._clock.micros()))

    def last_answer(self, trade_id: str) -> str:
        """The network's last words about this trade, in its own terms."""
        return self._answers.get(trade_id, "not sent since the executor started")

    def forget(self, trade_id: str) -> None:
        """The trade has ended."""
        self._attempts.pop(trade_id, None)
        self._answers.pop(trade_id, None)
