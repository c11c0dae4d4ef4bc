"""What a DEX operation costs inside Ledger.close, in CPU time of one core and one transaction each.

Run by `arb bench localnet_operations`: prints one JSON object on one line. No node, no HTTP; signatures are checked,
results and meta packed and the state hashed, as in every close.
"""

import json
import time
from collections.abc import Callable

from stellar_sdk import Asset as SdkAsset
from stellar_sdk import (
    ChangeTrust,
    LiquidityPoolAsset,
    LiquidityPoolDeposit,
    ManageSellOffer,
    Operation,
    PathPaymentStrictReceive,
    PathPaymentStrictSend,
    Payment,
    Price,
)
from support.network import Network, address, credit

TRANSACTIONS = 200
LEDGERS = 5
BUDGET_MS = 2.5
"""What one of 200 transactions a ledger may cost if a 1 s ledger is to close on half a core."""
GOAL = 0.5
"""Share of that budget: the other half is for admission, history and serving."""

XLM, EUR, USD = SdkAsset.native(), credit("EUR"), credit("USD")
Kind = Callable[[int, int], Operation]
"""(ledger, number of the transaction in it) -> operation."""


def populated() -> tuple[Network, list[str]]:
    """Two hundred traders with EUR and USD, books of 100 offers and a pool in every pair."""
    network = Network(max_tx_set_size=2_000)
    traders = [f"trader {index}" for index in range(TRANSACTIONS)]
    network.fund("issuer", "maker")
    for start in range(0, TRANSACTIONS, 50):
        network.fund(*traders[start : start + 50])
    holders = ["maker", *traders]
    pools = [LiquidityPoolAsset(a, b) for a, b in ((XLM, EUR), (XLM, USD), (EUR, USD))]
    network.close(*(network.frame(name, ChangeTrust(EUR), ChangeTrust(USD)) for name in holders))
    for start in range(0, len(holders), 50):
        some = holders[start : start + 50]
        amount = {"maker": "5000000"}
        payments = [Payment(address(name), asset, amount.get(name, "1000")) for name in some for asset in (EUR, USD)]
        network.close(network.frame("issuer", *payments[:100]))
        if payments[100:]:
            network.close(network.frame("issuer", *payments[100:]))
    network.apply(network.frame("maker", *(ChangeTrust(pool) for pool in pools)))
    low, high = Price(1, 1_000), Price(1_000, 1)
    deposits = [LiquidityPoolDeposit(pool.liquidity_pool_id, "100", "100", low, high) for pool in pools]
    applied = network.apply(network.frame("maker", *deposits))
    assert applied.successful
    for selling, buying in ((EUR, USD), (USD, EUR)):
        offers = [ManageSellOffer(selling, buying, "1000", Price(1_010 + step, 1_000)) for step in range(100)]
        applied = network.apply(network.frame("maker", *offers))
        assert applied.successful
    return network, traders


def next_trader(number: int) -> str:
    """To whom the path payments go."""
    return address(f"trader {(number + 1) % TRANSACTIONS}")


KINDS: dict[str, Kind] = {
    "payment": lambda ledger, number: Payment(next_trader(number), XLM, "0.1"),
    "strict_send_one_hop_through_the_book": lambda ledger, number: PathPaymentStrictSend(
        next_trader(number), EUR, "10", USD, "0.1", []
    ),
    "strict_send_two_hops_through_pools": lambda ledger, number: PathPaymentStrictSend(
        next_trader(number), XLM, "0.001", USD, "0.0000001", [EUR]
    ),
    "strict_receive_cycle_of_three_hops": lambda ledger, number: PathPaymentStrictReceive(
        address(f"trader {number}"), XLM, "10", XLM, "0.0001", [EUR, USD]
    ),
    "offer_that_rests": lambda ledger, number: ManageSellOffer(EUR, USD, "1", Price(2_000 + ledger + number, 1_000)),
    "offer_that_crosses": lambda ledger, number: ManageSellOffer(EUR, USD, "0.5", Price(500, 1_000)),
}


def measure(kind: str) -> dict[str, object]:
    """CPU milliseconds of closing one transaction of a kind, on average over a few ledgers."""
    network, traders = populated()
    spent, succeeded = 0.0, 0
    for ledger in range(LEDGERS):
        frames = [network.frame(trader, KINDS[kind](ledger, number)) for number, trader in enumerate(traders)]
        started = time.process_time()
        closed = network.close(*frames)
        spent += time.process_time() - started
        succeeded += sum(tx.successful for tx in closed.txs)
    value = spent * 1_000 / (LEDGERS * TRANSACTIONS)
    assert succeeded == LEDGERS * TRANSACTIONS, f"{kind}: {succeeded} of {LEDGERS * TRANSACTIONS} succeeded"
    ratio = value / BUDGET_MS
    row = {"name": kind, "value": round(value, 3), "unit": "ms", "peer": "budget of one transaction"}
    return {**row, "peer_value": BUDGET_MS, "ratio": round(ratio, 3), "goal": GOAL, "holds": ratio <= GOAL}


def main() -> int:
    """Measure every kind."""
    rows = [measure(kind) for kind in KINDS]
    print(json.dumps({"bench": "localnet_operations", "rows": rows}))
    return 0 if all(row["holds"] for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
