"""Random lives of many trades, interleaved as executors side by side would record them."""

import json
from collections.abc import Collection
from random import Random
from typing import Any

from support.facts import NOON
from support.golden import DIRECTORY
from support.plans import ISSUER, PASSPHRASE, planned

from arb.eventlog import EMPTY, EventStore, Head
from arb.executor.domain.trade import MOVES_NOTHING, TRANSITIONS, Trade, TransitionError, evolve
from arb.messages.base import Fact
from arb.messages.envelope import CloudEvent
from arb.messages.events.trade import (
    TradeApproved,
    TradeConfirmed,
    TradeDropped,
    TradeExpired,
    TradeFailed,
    TradeRehearsed,
    TradeRejected,
    TradeSigned,
    TradeSubmitted,
)
from arb.messages.subjects import trade

KINDS = (*TRANSITIONS, *MOVES_NOTHING)
[_rebid] = json.loads((DIRECTORY / "arb.trade.rebid.v1.json").read_text())["stored"][:1]
REBID = CloudEvent.model_validate_json(_rebid).fact()


class TradeHistory:
    """Writes events of trades into a store, the same ones for the same seed."""

    def __init__(self, seed: int, kinds: Collection[type[Fact]] = KINDS) -> None:
        """Of these kinds."""
        self._dice = Random(seed)
        self._kinds = sorted(kinds, key=lambda kind: kind.type)
        self._ledger = 10
        self._trades: dict[str, tuple[Trade, Head]] = {}

    async def write(self, store: EventStore, events: int) -> None:
        """So many more."""
        for _ in range(events):
            open_ones = [name for name, (one, _) in self._trades.items() if one.open]
            begin = not open_ones or (len(open_ones) < 6 and self._dice.random() < 0.3)
            name = f"t{len(self._trades)}" if begin else self._dice.choice(open_ones)
            state, head = self._trades.get(name, (Trade(), EMPTY))
            facts = [fact for fact in self._facts(name) if _may_follow(state, fact)]
            fact = self._dice.choice(facts)
            recorded = await store.append(trade(name), fact, expected=head, time=NOON)
            self._trades[name] = evolve(state, fact), recorded.head

    def _facts(self, name: str) -> list[Fact]:
        """What may befall this trade, some of it."""
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
        facts: list[Fact] = [
            planned().model_copy(
                update={
                    "trade_id": name,
                    "ledger": self._ledger,
                    "close_time": at,
                    "mode": dice.choice(("live", "paper")),
                }
            ),
            TradeApproved(judged_at_ledger=self._ledger),
            TradeRejected(code="min_profit", reason="too little"),
            TradeRehearsed(tx_hash="a" * 64, hypothetical_profit=5_000, hypothetical_fee=100),
            TradeSigned(
                tx_hash=dice.randbytes(32).hex(),
                envelope_xdr="AAAA",
                network_passphrase=PASSPHRASE,
                source=ISSUER,
                trading_account=ISSUER,
                sequence=self._ledger,
                max_time=at,
                max_fee=100,
            ),
            TradeSubmitted(status="PENDING", attempts=1, submitted_at_us=1),
            TradeConfirmed(**settled, predicted_profit=5_000, realised_profit=dice.randint(-900, 900)),
            TradeFailed(**settled, codes=("tx_failed",)),
            TradeExpired(closed_ledger=30, closed_at=at, oldest_ledger=1, reason="PENDING"),
            TradeDropped(ledger=self._ledger, answer="TRY_AGAIN_LATER", sends=1),
            REBID.model_copy(update={"tx_hash": dice.randbytes(32).hex()}),
        ]
        return [fact for fact in facts if type(fact) in self._kinds]


def _may_follow(trade: Trade, fact: Fact) -> bool:
    try:
        evolve(trade, fact)
    except TransitionError:
        return False
    return True
