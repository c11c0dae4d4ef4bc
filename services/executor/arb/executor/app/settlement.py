"""From a stored envelope to the end of its trade: ask the network, resend the same bytes, prove its death."""

import asyncio
from collections.abc import Sequence

import structlog

from arb.executor.app.metrics import DROPPED
from arb.executor.app.rebidding import Rebidding
from arb.executor.app.submission import Submission
from arb.executor.app.trade_book import TradeBook
from arb.executor.domain.channels import ChannelPool, Lease
from arb.executor.domain.trade import Applied, Interrupt, Trade, Unseen, decide
from arb.executor.ports import Included, Network, NetworkDownError, NotFound, Tip
from arb.messages.commands.accounts import Accounts
from arb.messages.events.trade import TradeConfirmed, TradeDropped, TradeFailed

log = structlog.get_logger(__name__)

RESEND_AFTER_LEDGERS = 2
"""An unseen envelope is sent again after this many ledgers: core's queue may have dropped it."""


OTHERS_AFTER_LEDGERS = 3
"""A trade in flight that another executor made is looked at so many ledgers after its own: he may be gone by then."""


class Settlement:
    """Watches the network on behalf of every open trade, whoever made it. One instance per executor.

    `instance` is this executor's name. An end that two executors write at once is written by one of them: what the
    other then finds is the same end.
    """

    def __init__(
        self,
        *,
        trades: TradeBook,
        channels: ChannelPool,
        network: Network,
        submission: Submission,
        rebidding: Rebidding,
        instance: str,
    ) -> None:
        self._trades = trades
        self._channels = channels
        self._network = network
        self._submission = submission
        self._rebidding = rebidding
        self._instance = instance
        self._abandoned: frozenset[str] = frozenset()
        """Trades of this executor's earlier life: nobody else will go on with them."""
        self._own: frozenset[str] = frozenset()
        self._sent_at: dict[str, int] = {}
        self.trading_account = ""
        self.spendable: int | None = None
        """Stroops of XLM the trading account can spend beyond its minimum balance, as last read; None if unread."""
        self.tip_ledger = 0
        self.tip_time = 0
        """Close time of that ledger, unix seconds: the time it is on the network."""
        self.ready = asyncio.Event()
        """Set once own accounts are known and a ledger was seen to close: before, nothing's age can be judged."""
        trades.tell(self._on_moved)

    def adopt(self, accounts: Accounts) -> None:
        """Learn which accounts are ours; channels of trades still in flight stay leased to them."""
        self._own = frozenset(a.account for a in accounts.accounts)
        self.trading_account = next((a.account for a in accounts.accounts if a.role == "trading"), "")
        self._channels.adopt(a.account for a in accounts.accounts if a.role == "channel" and not a.retiring)
        for trade in self._trades.open():
            self._on_moved(trade)
        if not self.ready.is_set():
            self._abandoned = frozenset(trade.id for trade in self._trades.open() if self._is_mine(trade))

    async def on_ledger(self, tip: Tip) -> None:
        """Move every open trade on after a ledger has closed. What the network cannot answer waits for the next."""
        self.tip_ledger = max(self.tip_ledger, tip.ledger)
        self.tip_time = max(self.tip_time, tip.close_time)
        self._channels.closed(self.tip_time)
        for trade in self._trades.open():
            if trade.in_flight:
                if self._is_due(trade):
                    await self.look_at(trade.id)
            elif not self._trades.lock(trade.id).locked():
                await self._close_interrupted(trade)

    async def read_accounts(self) -> None:
        """Read what the ledger holds of own accounts: sequence numbers of idle channels, and what can be spent."""
        await self._read_sequences(self._channels.idle())
        if self.trading_account:
            await self._read_balance()
            self.ready.set()

    async def refresh_channels(self) -> None:
        """Read the sequence numbers that are not known."""
        await self._read_sequences(self._channels.stale())

    async def _read_sequences(self, channels: Sequence[str]) -> None:
        if not channels:
            return
        try:
            found = await self._network.sequences(channels)
            self._channels.refresh({channel: found.get(channel) for channel in channels})
        except NetworkDownError as down:
            log.warning("sequences_unread", error=str(down))

    async def _read_balance(self) -> None:
        try:
            self.spendable = await self._network.spendable(self.trading_account)
        except NetworkDownError as down:
            self.spendable = None
            log.warning("balance_unread", error=str(down))

    async def look_at(self, trade_id: str) -> None:
        """Ask the network about one trade in flight and record its end, or send its bytes again."""
        async with self._trades.lock(trade_id):
            trade = self._trades.get(trade_id)
            if not trade.in_flight:
                return
            assert trade.signed is not None
            try:
                outcome = await self._outcome(trade)
                if isinstance(outcome, Included):
                    await self._settle(trade, outcome)
                else:
                    await self._go_on(trade, outcome)
            except NetworkDownError as down:
                log.warning("outcome_unknown", trade=trade_id, error=str(down))

    async def _outcome(self, trade: Trade) -> Included | NotFound:
        """By whichever hash the network knows it; not found only when it knows none, on the least that it showed."""
        assert trade.signed is not None
        unseen: list[NotFound] = []
        for tx_hash in trade.hashes:
            outcome = await self._network.outcome(tx_hash, trade.signed.source, self._own)
            if isinstance(outcome, Included):
                return outcome
            unseen.append(outcome)
        tip = min((each.tip for each in unseen), key=lambda tip: tip.ledger)
        return NotFound(tip, max(each.oldest_ledger for each in unseen))

    async def _settle(self, trade: Trade, included: Included) -> None:
        assert trade.planned is not None
        moved = await self._network.venues_moved(
            trade.planned.plan, scanned=trade.planned.ledger, applied=included.ledger, tx_hashes=trade.hashes
        )
        await self._trades.decide(trade.id, Applied(included, self.trading_account, moved))

    async def _go_on(self, trade: Trade, unseen: NotFound) -> None:
        """No ledger has it: record what that proves, and bid more or send it again while it may live."""
        looked = Unseen(unseen, trade.hashes, self._submission.sendings(trade.id))
        facts = await self._trades.decide(trade.id, looked)
        for fact in facts:
            if isinstance(fact, TradeDropped):
                DROPPED.inc()
                log.warning("trade_dropped", trade=trade.id, answer=fact.answer, sends=fact.sends)
        trade = self._trades.get(trade.id)
        if not trade.in_flight:
            return
        sent_at = self._sent_at.setdefault(trade.id, unseen.tip.ledger)
        unsent = trade.state == "signed" or self._submission.sendings(trade.id).sends == 0
        due = unsent or unseen.tip.ledger - sent_at >= RESEND_AFTER_LEDGERS
        if await self._rebidding.rebid(trade, unseen.tip) or due:
            self._sent_at[trade.id] = unseen.tip.ledger
            await self._submission.send(trade.id, ledger=unseen.tip.ledger)

    async def _close_interrupted(self, trade: Trade) -> None:
        """End a trade that nobody works on and no envelope of which is stored: it was cut off, and nothing was sent."""
        interrupt = Interrupt(self.tip_time, abandoned=trade.id in self._abandoned)
        if decide(trade, interrupt):
            async with self._trades.lock(trade.id):
                await self._trades.reread(trade.id)
                await self._trades.decide(trade.id, interrupt)

    def _is_mine(self, trade: Trade) -> bool:
        return trade.planned is not None and trade.planned.instance in (None, self._instance)

    def _is_due(self, trade: Trade) -> bool:
        assert trade.planned is not None
        return self._is_mine(trade) or self.tip_ledger >= trade.planned.ledger + OTHERS_AFTER_LEDGERS

    def _on_moved(self, trade: Trade) -> None:
        """What is in flight holds its channel, and what has ended holds none, whoever moved it on."""
        if trade.signed is not None and trade.open:
            self._channels.hold(trade.signed.source, trade.id)
        if not trade.open:
            self._channels.release(trade.id, _used(trade))
            self._sent_at.pop(trade.id, None)
            self._submission.forget(trade.id)
            self._rebidding.forget(trade.id)


def _used(trade: Trade) -> Lease | None:
    """The channel's number that the ledger has taken for this trade."""
    if trade.signed is None or not isinstance(trade.ended, TradeConfirmed | TradeFailed):
        return None
    return Lease(trade.signed.source, trade.signed.sequence)
