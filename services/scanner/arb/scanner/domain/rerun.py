"""One life of a scanner lived again on its record: the same domain code, fed with what was seen then."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

from arb.markets.asset import NATIVE, Asset
from arb.markets.soroban.pools import SorobanPool
from arb.markets.soroban.tokens import AssetTokens, asset_contract
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.market import SearchTerms
from arb.messages.routes import SorobanRoute
from arb.scanner.domain.contract_plans import RoutePlanner
from arb.scanner.domain.decision import opportunity
from arb.scanner.domain.picture import MarketPicture
from arb.scanner.domain.plans import best_basket
from arb.scanner.domain.signals import Dropped, SignalJudge
from arb.scanner.ports import LedgerClose
from arb.scanner.record.ledgers import ClassicLedger, ContractLedger, HeldSignal

KEPT = 16
"""Ledgers of contract pools kept for signals that come after them."""


class PoolsAt(NamedTuple):
    """Contract pools at a ledger, and the route that was planned on them."""

    close: LedgerClose
    pools: tuple[SorobanPool, ...]
    planned: SorobanRoute | None


class Rerun:
    """Give it the records of one life in order. `changed` are settings that replace the recorded ones."""

    def __init__(self, changed: Mapping[str, int] | None = None) -> None:
        self._changed = dict(changed or {})
        self._picture = MarketPicture()
        self._pools: dict[str, SorobanPool] = {}
        self._terms: SearchTerms | None = None
        self.kept: OrderedDict[int, PoolsAt] = OrderedDict()
        """The newest ledgers of contract pools."""

    def classic(self, record: ClassicLedger, *, search: bool) -> OpportunityFound | None:
        """Moves the picture on; with `search`, what must have been found on it."""
        terms = self._under(record.terms)
        self._picture.apply(record.update)
        if not search:
            return None
        plan, _ = best_basket(
            self._picture,
            record.update.close.base_fee,
            basket_payments=terms.basket_payments,
            basket_risk_bps=terms.basket_risk_bps,
            max_notional=terms.max_notional,
        )
        return None if plan is None else opportunity(terms.network_passphrase, record.update.close, plan)

    def contracts(self, record: ContractLedger, *, search: bool) -> OpportunityFound | None:
        """The same for contract pools."""
        terms = self._under(record.terms)
        if record.whole:
            self._pools = {}
        self._pools.update((pool.contract, pool) for pool in record.changed)
        for contract in record.gone:
            self._pools.pop(contract, None)
        pools = tuple(self._pools.values())
        plan = None
        if search:
            base = asset_contract(NATIVE, terms.network_passphrase)
            largest, hops = terms.max_route_notional, terms.route_hops
            plan = _planner(terms).best(pools, base, largest=largest, most_hops=hops)
        self.kept[record.close.ledger] = PoolsAt(record.close, pools, plan)
        while len(self.kept) > KEPT:
            self.kept.popitem(last=False)
        return None if plan is None else opportunity(terms.network_passphrase, record.close, plan)

    def signal(self, held: HeldSignal) -> OpportunityFound | Dropped:
        """What must have become of a signal. Its ledger's contract pools have to be among those `kept`."""
        terms, at = self._under(None), self.kept[held.ledger]
        judge = SignalJudge(
            _planner(terms),
            _tokens(terms),
            map(Asset.parse, terms.assets),
            base=asset_contract(NATIVE, terms.network_passphrase),
            largest=terms.max_route_notional,
            most_hops=terms.route_hops,
        )
        planned = at.planned if held.routed else None
        verdict = judge.hold(held.signal, at.pools, close_time=at.close.close_time, planned=planned)
        if isinstance(verdict, Dropped):
            return verdict
        return opportunity(terms.network_passphrase, at.close, verdict)

    def _under(self, given: SearchTerms | None) -> SearchTerms:
        if given is not None:
            self._terms = given.model_copy(update=self._changed)
        if self._terms is None:
            raise ValueError("a life begins with a record of the whole market")
        return self._terms


def _planner(terms: SearchTerms) -> RoutePlanner:
    if terms.route_executor is None:
        raise ValueError("contract pools were recorded without a contract that routes are called through")
    return RoutePlanner(terms.route_executor, _tokens(terms), terms.route_fee)


def _tokens(terms: SearchTerms) -> AssetTokens:
    return AssetTokens(terms.network_passphrase, map(Asset.parse, terms.assets))
