"""/paths: routes of a payment, found by running each hop on the ledger's books and pools. As in Horizon, no cycles."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from aiohttp import web

from arb.localnet.horizon import params
from arb.localnet.horizon.context import node_of
from arb.localnet.horizon.hal import Json, answer, asset_fields
from arb.localnet.horizon.problem import bad_request, invalid_field
from arb.localnet.ledger.state import LedgerState
from arb.localnet.ledger.view import LedgerMarket
from arb.markets.amount import format_amount
from arb.markets.asset import NATIVE, Asset
from arb.markets.book import WORK_LIMIT
from arb.markets.hop import HopResult, hop_receive, hop_send

_MOST_HOPS: Final = 4
_MOST_ASSETS: Final = 15
_MOST_PATHS: Final = 20
_WORK: Final = 2_000
"""Hops tried for one request: the search is broad first, so what is cut off are the longest paths."""

Step = Callable[[Asset, Asset, int], HopResult]


class Route(NamedTuple):
    """Assets from the fixed end of a payment to the other, and the amount (stroops) there."""

    assets: tuple[Asset, ...]
    amount: int


async def strict_send(request: web.Request) -> web.Response:
    """GET /paths/strict-send: what arrives when a fixed amount is sent."""
    source, amount = _fixed(request, "source")
    targets, _balances = _free_assets(request, "destination")
    root = node_of(request).ledger.root
    view = LedgerMarket(root)

    def step(at: Asset, to: Asset, carried: int) -> HopResult:
        return hop_send(view, None, at, to, carried, WORK_LIMIT)

    routes = _search(_neighbours(root), source, amount, targets, step, forward=True)
    best = sorted(routes, key=lambda route: (-route.amount, len(route.assets)))[:_MOST_PATHS]
    return _answer((route.assets, amount, route.amount) for route in best)


async def strict_receive(request: web.Request) -> web.Response:
    """GET /paths/strict-receive: what has to be sent for a fixed amount to arrive."""
    destination, amount = _fixed(request, "destination")
    sources, balances = _free_assets(request, "source")
    root = node_of(request).ledger.root
    view = LedgerMarket(root)

    def step(at: Asset, to: Asset, carried: int) -> HopResult:
        return hop_receive(view, None, to, at, carried, WORK_LIMIT)

    routes = _search(_neighbours(root), destination, amount, sources, step, forward=False)
    affordable = [route for route in routes if balances is None or route.amount <= balances[route.assets[-1]]]
    best = sorted(affordable, key=lambda route: (route.amount, len(route.assets)))[:_MOST_PATHS]
    return _answer((route.assets[::-1], route.amount, amount) for route in best)


def _fixed(request: web.Request, side: str) -> tuple[Asset, int]:
    asset = params.asset(request, f"{side}_")
    if asset is None:
        message = "Asset type must be native, credit_alphanum4 or credit_alphanum12"
        raise invalid_field(f"{side}_asset_type", message)
    return asset, params.amount(request, f"{side}_amount")


def _free_assets(request: web.Request, side: str) -> tuple[set[Asset], dict[Asset, int] | None]:
    """The assets the other end may have: a list, or what an account holds (then with its balances)."""
    listed = params.asset_list(request, f"{side}_assets", _MOST_ASSETS)
    account_id = params.account(request, f"{side}_account")
    if bool(listed) == bool(account_id):
        raise bad_request(
            f"The request requires either a list of {side} assets or a {side} account. Both fields cannot be present."
        )
    if listed:
        return set(listed), None
    root = node_of(request).ledger.root
    account = root.account(account_id)
    if account is None:
        return set(), {}
    balances = {NATIVE: account.balance}
    for line in root.trustlines_of(account_id):
        if isinstance(line.asset, Asset):
            balances[line.asset] = line.balance
    return set(balances), balances


def _neighbours(root: LedgerState) -> dict[Asset, set[Asset]]:
    """Assets that some book or pool turns into each other, either way."""
    edges: dict[Asset, set[Asset]] = {}
    pairs = [*root.books(), *((pool.a, pool.b) for pool in root.pools())]
    for a, b in pairs:
        edges.setdefault(a, set()).add(b)
        edges.setdefault(b, set()).add(a)
    return edges


def _search(
    edges: dict[Asset, set[Asset]], start: Asset, amount: int, targets: set[Asset], step: Step, *, forward: bool
) -> list[Route]:
    """Every route of up to four hops from `start` to a target that visits no asset twice, within the work limit."""
    found = [Route((start,), amount)] if start in targets else []
    todo = deque([Route((start,), amount)])
    work = 0
    while todo:
        route = todo.popleft()
        for asset in sorted(edges.get(route.assets[-1], ()), key=Asset.sort_key):
            if asset in route.assets:
                continue
            work += 1
            if work > _WORK:
                return found
            hop = step(route.assets[-1], asset, route.amount)
            carried = hop.amount_out if forward else hop.amount_in
            if not hop.ok or carried <= 0:
                continue
            longer = Route((*route.assets, asset), carried)
            if asset in targets:
                found.append(longer)
            if len(longer.assets) <= _MOST_HOPS:
                todo.append(longer)
    return found


def _answer(paths: Iterable[tuple[tuple[Asset, ...], int, int]]) -> web.Response:
    records: list[Json] = [
        {
            **asset_fields(assets[0], "source_"),
            "source_amount": format_amount(sent),
            **asset_fields(assets[-1], "destination_"),
            "destination_amount": format_amount(received),
            "path": [asset_fields(asset) for asset in assets[1:-1]],
        }
        for assets, sent, received in paths
    ]
    return answer({"_embedded": {"records": records}})
