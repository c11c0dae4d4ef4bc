"""Horizon: pages of records, single accounts, fee statistics, Friendbot. Its ledger stream is in `ledger_stream`."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from arb.contracts.errors import Malformed, NotFound, Rejected
from arb.contracts.http import HttpSession
from arb.contracts.ledger_stream import LedgerClosed, stream_ledgers

_ALREADY = ("already_exist", "AlreadyExist", "already funded")


class FriendbotAnswer(NamedTuple):
    """Either the hash of the transaction that funded the account, or `already_funded`."""

    tx_hash: str | None
    already_funded: bool


class HorizonClient:
    """One Horizon. Public ones allow 3,600 requests an hour: read pages once, then follow streams and diffs."""

    def __init__(self, url: str, *, http: HttpSession | None = None, timeout: float = 15.0) -> None:
        self._url = url.rstrip("/")
        self._http = http or HttpSession(timeout=timeout)
        self._own_http = http is None

    async def close(self) -> None:
        if self._own_http:
            await self._http.close()

    async def root(self) -> dict[str, Any]:
        """The root document: network passphrase, protocol versions, newest ledger."""
        return _object(await self._http.get_json(f"{self._url}/"))

    async def pages(self, path: str, params: Mapping[str, str] | None = None) -> AsyncIterator[dict[str, Any]]:
        """Every record of a collection ("/offers", "/liquidity_pools"), page after page until one is empty."""
        url: str | None = f"{self._url}{path}"
        query: Mapping[str, str] | None = {"limit": "200", "order": "asc", **(params or {})}
        while url:
            page = _object(await self._http.get_json(url, query))
            records = page.get("_embedded", {}).get("records")
            if not isinstance(records, list):
                raise Malformed(f"{url} answered no _embedded.records: {str(page)[:100]}")
            if not records:
                return
            for record in records:
                yield _object(record)
            url, query = self._next(page), None

    async def account(self, account_id: str) -> dict[str, Any] | None:
        """The account document, or None when the ledger has no such account."""
        try:
            return _object(await self._http.get_json(f"{self._url}/accounts/{account_id}"))
        except NotFound:
            return None

    async def transaction(self, tx_hash: str) -> dict[str, Any] | None:
        """The transaction document, or None when this Horizon has no such transaction."""
        try:
            return _object(await self._http.get_json(f"{self._url}/transactions/{tx_hash}"))
        except NotFound:
            return None

    async def fee_stats(self) -> dict[str, Any]:
        return _object(await self._http.get_json(f"{self._url}/fee_stats"))

    async def friendbot(self, url: str, account_id: str) -> FriendbotAnswer:
        """Asks the Friendbot at `url` to create the account. An account that exists already is an answer.

        Rejected for any other refusal; Unreachable (time-out, 5xx) leaves open whether it was done: look at the ledger.
        """
        try:
            answer = _object(await self._http.get_json(url, {"addr": account_id}))
        except Rejected as refused:
            said = " ".join((str(refused), *refused.result_codes))
            if any(sign in said for sign in _ALREADY):
                return FriendbotAnswer(None, True)
            raise
        tx_hash = answer.get("hash")
        if not isinstance(tx_hash, str):
            raise Malformed(f"Friendbot answered no transaction hash: {str(answer)[:100]}")
        return FriendbotAnswer(tx_hash, False)

    def stream_ledgers(self, *, cursor: str = "now", silence: float = 60.0) -> AsyncIterator[LedgerClosed]:
        """Every ledger as it closes, without end and without a gap (see `ledger_stream.stream_ledgers`)."""
        return stream_ledgers(self._http, self._url, cursor=cursor, silence=silence)

    def _next(self, page: dict[str, Any]) -> str | None:
        """The next page's address: its path and query under our own base, whatever host the server thinks it has."""
        href = page.get("_links", {}).get("next", {}).get("href")
        if not isinstance(href, str) or not href:
            return None
        parts = urlsplit(urljoin(f"{self._url}/", href))
        base = urlsplit(self._url)
        path = parts.path if parts.path.startswith(base.path) else f"{base.path}{parts.path}"
        return f"{base.scheme}://{base.netloc}{path}?{parts.query}"


def _object(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise Malformed(f"Horizon answered {str(answer)[:80]!r}: expected an object")
    return answer
