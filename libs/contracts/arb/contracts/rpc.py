"""Stellar RPC over several endpoints: one that fails, lies or lags is left for another and tried again later."""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from arb.contracts import rpc_answers as answers
from arb.contracts.errors import LaggingNode, Malformed, NetworkError, RateLimited, Rejected, Unreachable
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

T = TypeVar("T")

_KEYS_PER_REQUEST: Final = 200
_REST_AFTER_FAULT: Final = 5.0
_MAX_LAG: Final = 5


class _Endpoint:
    """One URL and until when (monotonic seconds) it is left alone after a fault."""

    __slots__ = ("resting_until", "url")

    def __init__(self, url: str) -> None:
        self.url = url
        self.resting_until = 0.0


class RpcClient:
    """Every call goes to the first healthy endpoint and on to the next when that one fails.

    Repeating a call elsewhere is always safe: reads change nothing, and the same signed bytes are one transaction
    wherever they are sent. An endpoint more than five ledgers behind what any has shown is treated as failing.
    When all fail, the last error is raised (Unreachable, RateLimited, Malformed or LaggingNode); Rejected, an error of
    the JSON-RPC protocol itself, is raised at once.
    """

    def __init__(self, urls: Sequence[str], *, http: HttpSession | None = None, timeout: float = 10.0) -> None:
        if not urls:
            raise ValueError("RpcClient needs at least one URL")
        self._endpoints = [_Endpoint(url) for url in urls]
        self._http = http or HttpSession(timeout=timeout)
        self._own_http = http is None
        self._ids = itertools.count(1)
        self._latest = 0

    async def close(self) -> None:
        if self._own_http:
            await self._http.close()

    async def get_health(self) -> Health:
        answer = await self._call("getHealth", {}, _object)
        return Health(
            answers.text(answer, "status"),
            answers.number(answer, "latestLedger"),
            answers.number(answer, "oldestLedger"),
        )

    async def get_network(self) -> Network:
        answer = await self._call("getNetwork", {}, _object)
        return Network(
            answers.text(answer, "passphrase"),
            answers.number(answer, "protocolVersion"),
            answer.get("friendbotUrl") or None,
        )

    async def get_latest_ledger(self) -> LatestLedger:
        return await self._call("getLatestLedger", {}, lambda answer: answers.latest_ledger(_object(answer)))

    async def get_fee_stats(self) -> FeeStats:
        return await self._call("getFeeStats", {}, lambda answer: answers.fee_stats(_object(answer)))

    async def get_ledger_entries(self, keys: Sequence[str]) -> EntriesAnswer:
        """Entries by LedgerKey (base64), 200 a request, requests at once. Absent entries are absent in the answer."""
        chunks = [keys[at : at + _KEYS_PER_REQUEST] for at in range(0, len(keys), _KEYS_PER_REQUEST)]
        if not chunks:
            raise ValueError("get_ledger_entries needs at least one key")
        parts = await asyncio.gather(
            *(self._call("getLedgerEntries", {"keys": list(chunk)}, _entries) for chunk in chunks)
        )
        ledgers = {ledger for ledger, _ in parts}
        found = {key: data for _, entries in parts for key, data in entries.items()}
        return EntriesAnswer(min(ledgers), found, len(ledgers) == 1)

    async def send_transaction(self, envelope_xdr: str) -> SendAnswer:
        """Hands over a signed envelope. The answer says what the node thinks of it, not what became of it."""
        return await self._call(
            "sendTransaction", {"transaction": envelope_xdr}, lambda answer: answers.send_answer(_object(answer))
        )

    async def get_transaction(self, transaction_hash: str) -> TransactionAnswer:
        return await self._call(
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
        return await self._call("getTransactions", params, lambda answer: answers.transactions_page(_object(answer)))

    async def _call(self, method: str, params: dict[str, Any], read: Callable[[Any], T]) -> T:
        now = time.monotonic()
        order = sorted(self._endpoints, key=lambda endpoint: endpoint.resting_until > now)
        fault: NetworkError | None = None
        for endpoint in order:
            try:
                return read(await self._ask(endpoint.url, method, params))
            except Rejected as refused:
                if 400 <= refused.code < 500:  # the server in front refuses, not the node behind it
                    fault = Unreachable(str(refused))
                    endpoint.resting_until = time.monotonic() + _REST_AFTER_FAULT
                    continue
                raise
            except RateLimited as limited:
                fault = limited
                endpoint.resting_until = time.monotonic() + limited.retry_after
            except NetworkError as wrong:
                fault = wrong
                endpoint.resting_until = time.monotonic() + _REST_AFTER_FAULT
        assert fault is not None
        raise fault

    async def _ask(self, url: str, method: str, params: dict[str, Any]) -> Any:
        request: dict[str, Any] = {"jsonrpc": "2.0", "id": next(self._ids), "method": method}
        if params:
            request["params"] = params
        answer = await self._http.post_json(url, request)
        if not isinstance(answer, dict) or answer.get("id") != request["id"]:
            raise Malformed(f"{url} {method}: not a JSON-RPC answer to this request: {str(answer)[:100]}")
        error = answer.get("error")
        if error is not None:
            code = error.get("code", 0) if isinstance(error, dict) else 0
            detail = error.get("message", error) if isinstance(error, dict) else error
            raise Rejected(f"{url} {method}: {str(detail)[:300]}", code if isinstance(code, int) else 0)
        result = answer.get("result")
        self._watch_lag(url, method, result)
        return result

    def _watch_lag(self, url: str, method: str, result: Any) -> None:
        if not isinstance(result, dict):
            return
        shown = result.get("sequence" if method == "getLatestLedger" else "latestLedger")
        if not isinstance(shown, int):
            return
        if shown < self._latest - _MAX_LAG and len(self._endpoints) > 1:
            raise LaggingNode(f"{url} is at ledger {shown}, others have shown {self._latest}")
        self._latest = max(self._latest, shown)


def _object(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise Malformed(f"RPC answered {str(answer)[:80]!r}: expected an object")
    return answer


def _entries(answer: Any) -> tuple[int, dict[str, str]]:
    result = _object(answer)
    entries = result.get("entries") or []
    if not isinstance(entries, list):
        raise Malformed(f"getLedgerEntries answered entries={str(entries)[:60]!r}: expected a list")
    found = {answers.text(entry, "key"): answers.text(entry, "xdr") for entry in map(_object, entries)}
    return answers.number(result, "latestLedger"), found
