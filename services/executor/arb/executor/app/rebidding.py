"""Bids more for a trade that full ledgers leave out: a fee bump around the same transaction, where it still pays."""

from collections.abc import Callable

import structlog

from arb.eventlog.errors import WrongVersionError
from arb.executor.app.fee_watch import FeeWatch
from arb.executor.app.metrics import REBIDS
from arb.executor.app.trade_book import TradeBook, TradeMovedError
from arb.executor.domain import fees
from arb.executor.domain.trade import Trade
from arb.executor.ports import (
    AccountsPort,
    ChannelTakenError,
    Network,
    PlanRefusedError,
    SignerDownError,
    SigningRefusedError,
    Tip,
)
from arb.messages.events.trade import RebidGrounds, TradeRebid
from arb.messages.limits import Limits

log = structlog.stdlib.get_logger(__name__)

REBID_AFTER_LEDGERS = 1
"""Ledgers that closed after the one a plan was made on, until more is bid for its transaction."""


class Rebidding:
    """One fee bump a trade at most: ten times the bid is more than most profits allow twice."""

    def __init__(
        self,
        *,
        trades: TradeBook,
        network: Network,
        accounts: AccountsPort,
        fee_watch: FeeWatch,
        limits: Callable[[], Limits],
        limits_version: Callable[[], int],
    ) -> None:
        self._trades = trades
        self._network = network
        self._accounts = accounts
        self._fee_watch = fee_watch
        self._limits = limits
        self._limits_version = limits_version
        self._settled: set[str] = set()
        """Trades for which no higher bid is made, whatever ledgers go for."""

    async def rebid(self, trade: Trade, tip: Tip) -> bool:
        """Store a higher bid if one helps and pays; whether one was stored, and is now to be sent.

        `tip` is a ledger up to which the network does not have the transaction. Raises NetworkDownError.
        """
        assert trade.planned is not None
        assert trade.signed is not None
        planned, signed = trade.planned, trade.signed
        too_early = tip.ledger < planned.ledger + REBID_AFTER_LEDGERS
        if too_early or trade.rebid is not None or trade.id in self._settled or tip.close_time >= signed.max_time:
            return False
        inclusion = await self._fee_watch.newest(planned.plan, tip.ledger)
        if inclusion is None:
            return False
        limits, version = self._limits(), self._limits_version()
        grounds = RebidGrounds(limits_version=version, ledger=tip.ledger, dearest=inclusion.dearest)
        fee = fees.rebid(planned.plan, signed, grounds, limits)
        if fee is None:
            return False
        if await self._network.venues_moved(
            planned.plan, scanned=planned.ledger, applied=tip.ledger, tx_hashes=trade.hashes
        ):
            # What it would earn now nobody knows: the first bid may win it, the profit of another is not bid away.
            self._refuse(trade, "moved", "somebody else touched a venue of the plan")
            return False
        try:
            unsigned = self._network.fee_bump(signed.envelope_xdr, fee_source=signed.source, fee=fee)
            given = await self._accounts.sign(trade.id, unsigned.envelope_xdr)
        except (SigningRefusedError, ChannelTakenError, PlanRefusedError) as refusal:
            self._refuse(trade, "refused", str(refusal))
            return False
        except SignerDownError as down:
            log.warning("rebid_unsigned", trade=trade.id, reason=str(down))
            return False
        fact = TradeRebid(
            tx_hash=given.tx_hash,
            envelope_xdr=given.envelope_xdr,
            fee_source=signed.source,
            max_fee=fee,
            grounds=grounds,
        )
        try:
            await self._trades.record(trade.id, fact)
        except (TradeMovedError, WrongVersionError) as late:
            log.info("rebid_elsewhere", trade=trade.id, reason=str(late))
            return False
        REBIDS.labels("made").inc()
        log.info("rebid", trade=trade.id, before=signed.max_fee, now=fee, dearest=grounds.dearest)
        return True

    def forget(self, trade_id: str) -> None:
        """The trade has ended."""
        self._settled.discard(trade_id)

    def _refuse(self, trade: Trade, outcome: str, reason: str) -> None:
        REBIDS.labels(outcome).inc()
        self._settled.add(trade.id)
        log.info("not_rebid", trade=trade.id, reason=reason)
