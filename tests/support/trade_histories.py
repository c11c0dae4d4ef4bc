"""Random lives of many trades, interleaved as executors side by side would record them."""

from random import Random
from typing import Any

from support.facts import NOON
from support.plans import ISSUER, PASSPHRASE, planned

from arb.eventlog import EMPTY, EventStore, Head
from arb.executor.domain.trade import TRANSITIONS, Trade, evolve
from arb.messages.base import Fact
from arb.messages.events.trade import (
    TradeApproved,
    TradeConfirmed,
    TradeExpired,
    TradeFailed,
    TradePlanned,
    TradeRehearsed,
    TradeRejected,
    TradeSigned,
    TradeSubmitted,
)
from arb.messages.subjects import trade


class TradeHistory:
    """Writes events of trades into a store, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._dice = Random(seed)
        self._ledger = 10
        self._trades: dict[str, tuple[Trade, Head]] = {}

    async def write(self, store: EventStore, events: int) -> None:
        """So many more."""
        for _ in range(events):
            open_ones = [name for name, (one, _) in self._trades.items() if one.open]
            begin = not open_ones or (len(open_ones) < 6 and self._dice.random() < 0.3)
            name = f"t{len(self._trades)}" if begin else self._dice.choice(open_ones)
            state, head = self._trades.get(name, (Trade(), EMPTY))
            allowed = sorted((kind for kind, (before, _) in TRANSITIONS.items() if state.state in before), key=repr)
            fact = self._fact(self._dice.choice(allowed), name)
            recorded = await store.append(trade(name), fact, expected=head, time=NOON)
            self._trades[name] = evolve(state, fact), recorded.head

    def _fact(self, kind: type[Fact], name: str) -> Fact:
        dice = self._dice
        self._ledger += dice.randint(0, 1)
        at = 1_700_000_000 + self._ledger * 20_000
        settled: dict[str, Any] = {
            "ledger": self._ledger,
            "close_time": dice.choice((0, at)),
            "fee_charged": dice.randint(0, 500),
            "changes": (),
            "venues_moved": False,
        }
        facts: dict[type[Fact], Fact] = {
            TradePlanned: planned().model_copy(
                update={
                    "trade_id": name,
                    "ledger": self._ledger,
                    "close_time": at,
                    "mode": dice.choice(("live", "paper")),
                }
            ),
            TradeApproved: TradeApproved(judged_at_ledger=self._ledger),
            TradeRejected: TradeRejected(code="min_profit", reason="too little"),
            TradeRehearsed: TradeRehearsed(tx_hash="a" * 64, hypothetical_profit=5_000, hypothetical_fee=100),
            TradeSigned: TradeSigned(
                tx_hash=dice.randbytes(32).hex(),
                envelope_xdr="AAAA",
                network_passphrase=PASSPHRASE,
                source=ISSUER,
                trading_account=ISSUER,
                sequence=self._ledger,
                max_time=at,
                max_fee=100,
            ),
            TradeSubmitted: TradeSubmitted(status="PENDING", attempts=1, submitted_at_us=1),
            TradeConfirmed: TradeConfirmed(**settled, predicted_profit=5_000, realised_profit=dice.randint(-900, 900)),
            TradeFailed: TradeFailed(**settled, codes=("tx_failed",)),
            TradeExpired: TradeExpired(closed_ledger=30, closed_at=at, oldest_ledger=1, reason="PENDING"),
        }
        return facts[kind]
