"""The executor's network port over Stellar RPC and Horizon."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import suppress

import structlog

from arb.contracts.entries import AccountKey, AccountState, decode_entry, key_text
from arb.contracts.errors import NetworkError, Rejected, TransactionShapeError
from arb.contracts.fee_bump import build_fee_bump
from arb.contracts.horizon import HorizonClient
from arb.contracts.results import decode_result
from arb.contracts.rpc import RpcClient
from arb.contracts.rpc_answers import FeeStats
from arb.executor.adapters import classic, contract_routes
from arb.executor.adapters.frame import Frame
from arb.executor.adapters.inclusion import before, included, record_of
from arb.executor.adapters.recent import RecentTransactions
from arb.executor.ports import (
    Included,
    Inclusion,
    InclusionFees,
    NetworkDownError,
    NotFound,
    PlanRefusedError,
    SendAnswer,
    Tip,
    UnsignedTransaction,
)
from arb.messages.plan import ClassicBasket, Plan
from arb.messages.routes import DetectorSignal, SorobanRoute
from arb.messages.two_leg import TwoLeg
from arb.runtime.failpoints import reached

log = structlog.get_logger(__name__)

MAX_PAGES = 50
"""Pages of 200 transactions read at most to see whether a venue moved; beyond, it is taken to have moved."""

BASE_RESERVE = 5_000_000
"""Stroops a ledger entry locks up, until a ledger said otherwise."""


class StellarNetwork:
    """Implements `arb.executor.ports.Network`."""

    def __init__(self, rpc: RpcClient, horizon: HorizonClient, *, passphrase: str) -> None:
        self._rpc = rpc
        self._horizon = horizon
        self._passphrase = passphrase
        self._base_reserve = BASE_RESERVE
        self._recent = RecentTransactions(rpc)
        self._routes = contract_routes.RouteBuilder(rpc)
        self._announced = 0

    async def ledgers(self) -> AsyncIterator[Tip]:
        """Every ledger that closes, by Horizon's stream."""
        async for ledger in self._horizon.stream_ledgers():
            self._base_reserve = ledger.base_reserve
            self._announced = ledger.sequence
            yield Tip(ledger.sequence, ledger.closed_at)

    async def sequences(self, accounts: Sequence[str]) -> dict[str, int]:
        """Sequence numbers by getLedgerEntries."""
        return {state.id: state.sequence for state in await self._states(accounts)}

    async def spendable(self, account: str) -> int | None:
        """By getLedgerEntries, with the base reserve of the newest ledger."""
        states = await self._states([account])
        return states[0].available(self._base_reserve) if states else None

    async def _states(self, accounts: Sequence[str]) -> list[AccountState]:
        try:
            answer = await self._rpc.get_ledger_entries([key_text(AccountKey(a)) for a in accounts])
            states = [decode_entry(data) for data in answer.entries.values()]
        except NetworkError as error:
            raise NetworkDownError(str(error)) from error
        return [state for state in states if isinstance(state, AccountState)]

    async def inclusion_fees(self) -> InclusionFees:
        """getFeeStats."""
        try:
            classic, contracts = await self._rpc.get_all_fee_stats()
        except NetworkError as error:
            raise NetworkDownError(str(error)) from error
        return InclusionFees(_inclusion(classic), _inclusion(contracts))

    async def build(
        self,
        plan: Plan,
        *,
        ledger: int,
        source: str,
        sequence: int,
        trading_account: str,
        inclusion_fee: int,
        max_fee: int,
        max_time: int,
    ) -> UnsignedTransaction:
        """Packed at once for a basket; for a route mostly too, else it is simulated first."""
        frame = Frame(source, sequence, trading_account, inclusion_fee, max_fee, max_time, self._passphrase)
        match plan:
            case ClassicBasket():
                transaction, fee, resource_fee = classic.build(plan, frame), min(inclusion_fee, max_fee), 0
            case TwoLeg():
                raise PlanRefusedError("not_atomic", "no transaction holds both legs")
            case SorobanRoute() | DetectorSignal():
                try:
                    transaction, fee, resource_fee = await self._routes.build(
                        plan, frame, scanned=ledger, newest=max(ledger, self._announced)
                    )
                except NetworkError as error:
                    raise NetworkDownError(str(error)) from error
        return UnsignedTransaction(transaction.envelope_xdr, transaction.hash_hex, fee, resource_fee)

    async def send(self, envelope_xdr: str) -> SendAnswer:
        """sendTransaction."""
        try:
            answer = await self._rpc.send_transaction(envelope_xdr)
            codes = decode_result(answer.error_result_xdr).codes if answer.error_result_xdr else ()
        except NetworkError as error:
            raise NetworkDownError(str(error)) from error
        if answer.status == "ERROR":
            self._routes.failed(answer.hash)
        reached("executor.send.after")
        return SendAnswer(answer.status, codes)

    async def outcome(self, tx_hash: str, source: str, own_accounts: Iterable[str]) -> Included | NotFound:
        """Its result and meta: from the newest ledgers, which are read once for all trades, or by getTransaction."""
        try:
            with suppress(NetworkError):
                await self._recent.read_to(self._announced)
            record = self._recent.find(tx_hash)
            if record is None:
                answer = await self._rpc.get_transaction(tx_hash)
                if answer.status == "NOT_FOUND":
                    return NotFound(Tip(answer.latest_ledger, answer.latest_close_time), answer.oldest_ledger)
                record = record_of(answer)
            if not record.successful:
                self._routes.failed(tx_hash)
            return included(record, source, own_accounts)
        except NetworkError as error:
            raise NetworkDownError(str(error)) from error

    def fee_bump(self, signed_xdr: str, *, fee_source: str, fee: int) -> UnsignedTransaction:
        """Packed at once."""
        try:
            bumped = build_fee_bump(signed_xdr, fee_source=fee_source, fee=fee, passphrase=self._passphrase)
        except TransactionShapeError as wrong:
            raise PlanRefusedError(wrong.code, str(wrong)) from wrong
        return UnsignedTransaction(bumped.envelope_xdr, bumped.hash_hex, fee)

    async def venues_moved(self, plan: Plan, *, scanned: int, applied: int, tx_hashes: Collection[str]) -> bool:
        """Reads every transaction between the two states, in the order of application. What cannot be read moved."""
        assert not isinstance(plan, TwoLeg)  # never built, so never settled
        touched = classic.toucher(plan) if isinstance(plan, ClassicBasket) else contract_routes.toucher(plan)
        known = self._recent.between(scanned + 1, applied)
        try:
            if known is not None:
                return any(touched(record.meta_xdr) for record in before(known, tx_hashes))
            page = await self._rpc.get_transactions(start_ledger=scanned + 1)
            for _ in range(MAX_PAGES):
                for record in page.transactions:
                    if record.hash in tx_hashes or record.ledger > applied:
                        return False
                    if touched(record.meta_xdr):
                        return True
                if not page.transactions:
                    # All that the server has was read: it is the whole window, or what is missing may have moved it.
                    return page.latest_ledger < applied
                page = await self._rpc.get_transactions(cursor=page.cursor)
        except Rejected as refused:
            log.warning("window_refused", scanned=scanned, applied=applied, reason=str(refused))
            return True
        except NetworkError as error:
            raise NetworkDownError(str(error)) from error
        log.warning("window_unread", scanned=scanned, applied=applied, tx_hashes=list(tx_hashes))
        return True


def _inclusion(stats: FeeStats) -> Inclusion:
    return Inclusion(stats.latest_ledger, stats.p90, stats.maximum)
