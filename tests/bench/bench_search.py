"""How long the scanner searches a ledger of localnet's seeded market, against a search with nothing clever in it;

and the best route over 200 Soroban pools, against another such (see `support.route_load`).

Run by hand (PYTHONPATH=tests) or by `arb bench search`: prints one JSON object on one line. The ledgers are read from a
running localnet with traffic, as the scanner reads them, then searched from memory by both, one after the other on
every ledger; both must find the same payments to the stroop.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import sys
import time
from statistics import median
from typing import NamedTuple

import structlog
from support import route_load
from support.localnet import running_localnet
from support.plain_search import plain_basket

from arb.contracts.horizon import HorizonClient
from arb.contracts.rpc import RpcClient
from arb.markets.asset import NATIVE
from arb.markets.basket import find_basket
from arb.runtime.clock import SystemClock
from arb.scanner.adapters.horizon_rpc import HorizonRpcSource
from arb.scanner.domain.picture import MarketPicture
from arb.scanner.ports import LedgerUpdate

PASSPHRASE = "Standalone Network ; February 2017"
SEED = 7
RISK_BPS = 500
LARGEST = 10_000_0000000
GOAL = 0.25
"""Share of the plain search's time."""
BUDGET_MS = 10.0
"""For all the scanner works out between the changes of a ledger and its basket."""


class Searched(NamedTuple):
    """One ledger: milliseconds to bring the picture in step, of the search, of the plain search; payments found."""

    picture: float
    search: float
    plain: float
    payments: int


async def recorded(ledgers: int) -> list[LedgerUpdate]:
    """So many updates of a network with traffic, the first of them the whole market."""
    with running_localnet(traffic="on", seed=SEED, ledger_seconds=0.5) as network:
        horizon, rpc = HorizonClient(network.url), RpcClient([network.rpc_url])
        source = HorizonRpcSource(horizon, rpc, SystemClock(), passphrase=PASSPHRASE)
        watching = asyncio.create_task(source.watch())
        updates: list[LedgerUpdate] = []
        try:
            async for update in source.updates():
                updates.append(update)
                if len(updates) > ledgers:
                    return updates
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            await horizon.close()
            await rpc.close()
    raise AssertionError("updates have no end")


def searched(updates: list[LedgerUpdate]) -> list[Searched]:
    """Every ledger but the first, by both searches."""
    picture, rows = MarketPicture(), []
    for update in updates:
        started = time.perf_counter()
        picture.apply(update)
        graph = picture.graph()
        in_step = time.perf_counter()
        fee = update.close.base_fee
        basket = find_basket(picture.market, graph, NATIVE, fee, largest_payment=LARGEST, risk_bps=RISK_BPS).basket
        found = time.perf_counter()
        payments = () if basket is None else basket.payments
        pairs = picture.market.pairs()
        begun = time.perf_counter()
        plain = plain_basket(picture.market, pairs, NATIVE, fee, largest_payment=LARGEST, risk_bps=RISK_BPS)
        ended = time.perf_counter()
        assert payments == plain, f"ledger {update.close.ledger}: {payments} is not {plain}"
        picture_ms, search_ms, plain_ms = (1_000 * s for s in (in_step - started, found - in_step, ended - begun))
        rows.append(Searched(picture_ms, search_ms, plain_ms, len(payments)))
    return rows[1:]


def rows_of(ledgers: list[Searched]) -> list[dict[str, object]]:
    """The figures in the common form."""
    payments = max(1, sum(ledger.payments for ledger in ledgers))
    search, plain = median(ledger.search for ledger in ledgers), median(ledger.plain for ledger in ledgers)
    each, each_plain = sum(one.search for one in ledgers) / payments, sum(one.plain for one in ledgers) / payments
    whole = median(ledger.picture + ledger.search for ledger in ledgers)
    return [
        _row("search of a ledger, p50", search, "plain search", plain, GOAL),
        _row("search per payment found", each, "plain search", each_plain, GOAL),
        _row("picture in step and searched, p50", whole, "budget of a ledger", BUDGET_MS, 1.0),
    ]


def _row(name: str, value: float, peer: str, peer_value: float, goal: float) -> dict[str, object]:
    ratio = value / peer_value
    row = {"name": name, "value": round(value, 3), "unit": "ms", "peer": peer, "peer_value": round(peer_value, 3)}
    return {**row, "ratio": round(ratio, 3), "goal": goal, "holds": ratio <= goal}


def main() -> int:
    """Print the figures; exit code 1 if a goal is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ledgers", type=int, default=30)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    ledgers = searched(asyncio.run(recorded(parser.parse_args().ledgers)))
    rows = [*rows_of(ledgers), *route_load.rows()]
    detail = {"ledgers": len(ledgers), "payments": sum(ledger.payments for ledger in ledgers)}
    print(json.dumps({"bench": "search", "rows": rows, "detail": detail}))
    return 0 if all(row["holds"] for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
