"""JSON over HTTP with one session, bounded answers and errors that say how to react."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
import orjson

from arb.contracts.errors import Malformed, NotConnected, NotFound, RateLimited, Rejected, Unreachable

_LARGEST_ANSWER: Final = 64 * 2**20
_DEFAULT_RETRY_AFTER: Final = 1.0
_LONGEST_RETRY_AFTER: Final = 300.0


class HttpSession:
    """One connection pool. Use as an async context manager, or call `close`."""

    def __init__(self, *, timeout: float = 10.0, connections: int = 16) -> None:
        """`timeout` in seconds for a whole request."""
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=min(timeout, 5.0))
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The aiohttp session, made on first use because it belongs to the running event loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout,
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=30),
                headers={"User-Agent": "stellar-arbitrage", "Accept": "application/json"},
            )
        return self._session

    async def get_json(self, url: str, params: Mapping[str, str] | None = None) -> Any:
        """GET. Unreachable, RateLimited, NotFound, Rejected or Malformed (see `errors`)."""
        return await self._request("GET", url, params=params)

    async def post_json(self, url: str, payload: object) -> Any:
        """POST of a JSON body, never repeated by this layer. Errors as `get_json`."""
        return await self._request(
            "POST", url, body=orjson.dumps(payload), headers={"Content-Type": "application/json"}
        )

    async def _request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        try:
            async with self.session.request(method, url, params=params, data=body, headers=headers) as response:
                raw = await response.content.read(_LARGEST_ANSWER)
                while chunk := await response.content.read(_LARGEST_ANSWER):
                    raw += chunk
                    if len(raw) > _LARGEST_ANSWER:
                        raise Malformed(f"{method} {url} answered more than {_LARGEST_ANSWER} bytes")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as wrong:
            raise NotConnected(f"{method} {url}: {wrong or type(wrong).__name__}") from None
        except TimeoutError:
            raise Unreachable(f"{method} {url}: no answer in {self._timeout.total:g} s") from None
        except aiohttp.InvalidURL:
            raise Malformed(f"{url!r} is not a URL") from None
        except (aiohttp.ClientError, OSError) as wrong:
            raise Unreachable(f"{method} {url}: {wrong or type(wrong).__name__}") from None
        return _read(method, url, response, raw)


def _read(method: str, url: str, response: aiohttp.ClientResponse, raw: bytes) -> Any:
    status = response.status
    if status == 429:
        raise RateLimited(f"{method} {url}: too many requests", _retry_after(response))
    if status >= 500:
        raise Unreachable(f"{method} {url} answered {status}: {_detail(raw)}")
    if status == 404:
        raise NotFound(f"{method} {url}: not found")
    if status >= 400:
        raise Rejected(f"{method} {url} answered {status}: {_detail(raw)}", status, _result_codes(raw))
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Malformed(f"{method} {url} answered {status} with {raw[:60]!r} instead of JSON") from None


def _retry_after(response: aiohttp.ClientResponse) -> float:
    try:
        seconds = float(response.headers.get("Retry-After", _DEFAULT_RETRY_AFTER))
    except ValueError:
        return _DEFAULT_RETRY_AFTER
    return min(max(seconds, 0.1), _LONGEST_RETRY_AFTER)


def _problem(raw: bytes) -> dict[str, Any]:
    try:
        problem = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _detail(raw: bytes) -> str:
    problem = _problem(raw)
    text = problem.get("detail") or problem.get("title") or problem.get("message")
    return str(text)[:300] if text else repr(raw[:80])


def _result_codes(raw: bytes) -> tuple[str, ...]:
    """Horizon's extras.result_codes of a problem document, transaction first."""
    extras = _problem(raw).get("extras")
    codes = extras.get("result_codes") if isinstance(extras, dict) else None
    if not isinstance(codes, dict):
        return ()
    operations = codes.get("operations")
    listed = operations if isinstance(operations, list) else []
    return tuple(str(code) for code in (codes.get("transaction"), *listed) if code)
