"""Stellar RPC: its methods as calls that return values. Which of several servers is asked: see `failover`."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from arb.contracts import rpc_answers as answers
from arb.contracts.errors import Malformed
from arb.contracts.event_answers import EventFilter, EventsPage, events_page, events_params
from arb.contracts.failover import Failover
from arb.contracts.http import HttpSession
from arb.contracts.rpc_answers import (
    EntriesAnswer,
    FeeStats,
    Health,
    LatestLedger,
    Network,
    SendAnswer,
    TransactionAnswer,
    TransactionsPage,
)
from arb.contracts.simulation import Simulation, simulation

_KEYS_PER_REQUEST: Final = 200


class RpcClient:
    """Every call goes to the first healthy endpoint and on to the next when that one fails.

    Repeating a call elsewhere is always safe: reads change nothing, and the same signed bytes are one transaction
    wherever they are sent. When all fail, the last error is raised (Unreachable, RateLimited, Malformed, WrongNetwork
    or LaggingNode); Rejected, a refusal of the request itself, is raised at once.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        http: HttpSession | None = None,
        timeout: float = 10.0,
        passphrase: str | None = None,
    ) -> None:
        """`timeout` in seconds a request, where no `http` is given; `passphrase` of the network they must serve."""
        self._http = http or HttpSession(timeout=timeout)
        self._own_http = http is None
        self._servers = Failover(urls, self._http, passphrase=passphrase)

    async def close(self) -> None:
        await self._servers.close()
        if self._own_http:
            await self._http.close()

    async def get_health(self) -> Health:
        answer = await self._servers.read("getHealth", {}, _object)
        return Health(
            answers.text(answer, "status"),
            answers.number(answer, "latestLedger"),
            answers.number(answer, "oldestLedger"),
        )

    async def get_network(self) -> Network:
        answer = await self._servers.read("getNetwork", {}, _object)
        return Network(
            answers.text(answer, "passphrase"),
            answers.number(answer, "protocolVersion"),
            answer.get("friendbotUrl") or None,
        )

    async def get_latest_ledger(self) -> LatestLedger:
        return await self._servers.read("getLatestLedger", {}, lambda answer: answers.latest_ledger(_object(answer)))

    async def get_fee_stats(self, *, contract_calls: bool = False) -> FeeStats:
        """What was paid for inclusion of late, by classic transactions or by contract calls: their lanes are apart."""
        return await self._servers.read(
            "getFeeStats", {}, lambda answer: answers.fee_stats(_object(answer), contract_calls=contract_calls)
        )

    async def get_all_fee_stats(self) -> tuple[FeeStats, FeeStats]:
        """Those of classic transactions and those of contract calls, by one request."""

        def both(answer: Any) -> tuple[FeeStats, FeeStats]:
            found = _object(answer)
            return answers.fee_stats(found), answers.fee_stats(found, contract_calls=True)

        return await self._servers.read("getFeeStats", {}, both)

    async def get_ledger_entries(self, keys: Sequence[str]) -> EntriesAnswer:
        """Entries by LedgerKey (base64), 200 a request, requests at once. Absent entries are absent in the answer."""
        chunks = [keys[at : at + _KEYS_PER_REQUEST] for at in range(0, len(keys), _KEYS_PER_REQUEST)]
        if not chunks:
            raise ValueError("get_ledger_entries needs at least one key")
        parts = await asyncio.gather(
            *(self._servers.read("getLedgerEntries", {"keys": list(chunk)}, answers.entries_answer) for chunk in chunks)
        )
        ledgers = {part.latest_ledger for part in parts}
        found = {key: data for part in parts for key, data in part.entries.items()}
        live_until = {key: ledger for part in parts for key, ledger in part.live_until.items()}
        return EntriesAnswer(min(ledgers), found, len(ledgers) == 1, live_until)

    async def send_transaction(self, envelope_xdr: str) -> SendAnswer:
        """Hands over a signed envelope. The answer says what the node thinks of it, not what became of it.

        OutcomeUnknown when nobody answered and somebody may have it: the same bytes may be sent again.
        """
        return await self._servers.send(
            "sendTransaction", {"transaction": envelope_xdr}, lambda answer: answers.send_answer(_object(answer))
        )

    async def simulate_transaction(self, envelope_xdr: str) -> Simulation:
        """What a contract transaction would do on the newest ledger; it need not be signed, nor its source exist.

        A call that fails is an answer, not an error here: see `Simulation.error`.
        """
        return await self._servers.read(
            "simulateTransaction", {"transaction": envelope_xdr}, lambda answer: simulation(_object(answer))
        )

    async def get_events(
        self,
        *,
        start_ledger: int | None = None,
        end_ledger: int | None = None,
        cursor: str | None = None,
        filters: Sequence[EventFilter] = (),
        limit: int = 1000,
    ) -> EventsPage:
        """One page of contract events, from `start_ledger` to before `end_ledger`, or after `cursor`."""
        params = events_params(start_ledger, end_ledger, cursor, filters, limit)
        return await self._servers.read("getEvents", params, lambda answer: events_page(_object(answer)))

    async def get_transaction(self, transaction_hash: str) -> TransactionAnswer:
        return await self._servers.read(
            "getTransaction",
            {"hash": transaction_hash},
            lambda answer: answers.transaction_answer(transaction_hash, _object(answer)),
        )

    async def get_transactions(
        self, *, start_ledger: int | None = None, cursor: str | None = None, limit: int = 200
    ) -> TransactionsPage:
        """One page from the start of `start_ledger` or after `cursor`; exactly one of them must be given."""
        if (start_ledger is None) == (cursor is None):
            raise ValueError("get_transactions takes either start_ledger or cursor")
        params: dict[str, Any] = {"pagination": {"limit": limit}}
        if start_ledger is not None:
            params["startLedger"] = start_ledger
        else:
            params["pagination"]["cursor"] = cursor
        return await self._servers.read(
            "getTransactions", params, lambda answer: answers.transactions_page(_object(answer))
        )


def _object(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise Malformed(f"RPC answered {str(answer)[:80]!r}: expected an object")
    return answer
