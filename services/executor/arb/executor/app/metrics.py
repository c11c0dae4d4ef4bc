"""What the executor counts, beside its events, for whoever watches it: served at /metrics."""

from typing import Final

from prometheus_client import Counter

SENDS: Final = Counter("arb_trade_sends", "Envelopes handed to the network, by its answer", ["answer"])
DROPPED: Final = Counter("arb_trades_dropped", "Trades that the network had and its queue let go")
REBIDS: Final = Counter("arb_trade_rebids", "Fee bumps considered for trades that no ledger took, by what came of it",
                        ["outcome"])  # fmt: skip
