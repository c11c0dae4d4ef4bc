"""Which of several RPC servers to believe: one that fails, lies or lags is left for another and asked again later."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

from arb.contracts import rpc_answers as answers
from arb.contracts.errors import (
    LaggingNode,
    Malformed,
    NetworkError,
    NotConnected,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unreachable,
    WrongNetwork,
)
from arb.contracts.http import HttpSession

T = TypeVar("T")

MAX_LAG: Final = 5
"""Ledgers that a server may be behind the newest one any server has shown."""
REST_SECONDS: Final = 5.0
"""How long a server that failed is left alone."""
SILENCE_SECONDS: Final = 5.0
"""A server that has shown no ledger for this long is asked how it is: else nobody knew that the first one lags."""
FIRST_LOOK_SECONDS: Final = 2.0
"""How long the first request waits for every server to show its ledger."""

_OWN_FAULTS: Final = frozenset({-32601, -32603, *range(-32099, -31999)})
"""JSON-RPC errors about the server (unknown method, internal, its own); the others are about the request."""
_NEVER_ARRIVED: Final = (NotConnected, NotFound, RateLimited, WrongNetwork)
"""Failures after which a server surely does not have what was sent to it."""


class _Endpoint:
    """One URL: the newest ledger it has shown and when, and until when it rests (both in monotonic seconds)."""

    __slots__ = ("heard_at", "ledger", "recognised", "resting_until", "url")

    def __init__(self, url: str) -> None:
        self.url = url
        self.ledger = 0
        self.heard_at = float("-inf")
        self.resting_until = float("-inf")
        self.recognised = False


class Failover:
    """JSON-RPC calls over several URLs of one network, in the order given while they are healthy.

    A server is left alone for a while when it is unreachable, answers something else than JSON-RPC, calls itself
    unhealthy, serves another network than `passphrase`, or is more than `MAX_LAG` ledgers behind what any of them has
    shown, itself before included. When all fail, the last error is raised.
    """

    def __init__(self, urls: Sequence[str], http: HttpSession, *, passphrase: str | None = None) -> None:
        """`passphrase`: that of the network they must serve; None believes them."""
        if not urls:
            raise ValueError("RpcClient needs at least one URL")
        self._endpoints = [_Endpoint(url) for url in urls]
        self._http = http
        self._passphrase = passphrase
        self._ids = itertools.count(1)
        self._tip = 0
        self._look: asyncio.Task[None] | None = None
        self._looked = len(urls) == 1

    async def close(self) -> None:
        """Ends the health checks under way."""
        if self._look is not None:
            self._look.cancel()
            await asyncio.gather(self._look, return_exceptions=True)

    async def read(self, method: str, params: dict[str, Any], interpret: Callable[[Any], T]) -> T:
        """What the first server that can says, as `interpret` understands it (Malformed: the next one is asked).

        Rejected, a refusal of the request itself, is raised at once: others would say the same.
        """
        fault: NetworkError | None = None
        for endpoint in await self._by_health():
            try:
                return interpret(await self._ask(endpoint, method, params))
            except NetworkError as wrong:
                fault = self._rest(endpoint, wrong)
        assert fault is not None
        raise fault

    async def send(self, method: str, params: dict[str, Any], interpret: Callable[[Any], T]) -> T:
        """As `read`, for what changes something and is the same however often it arrives.

        OutcomeUnknown when nobody answered and somebody may have received it. An answer after such a failure may be
        about the copy that arrived first.
        """
        fault: NetworkError | None = None
        arrived = False
        for endpoint in await self._by_health():
            try:
                return interpret(await self._ask(endpoint, method, params))
            except NetworkError as wrong:
                fault = self._rest(endpoint, wrong)
                arrived = arrived or not (isinstance(wrong, _NEVER_ARRIVED) or _refused_at_the_door(wrong))
        assert fault is not None
        if arrived:
            raise OutcomeUnknown(f"{method}: nobody answered, but one may have received it: {fault}")
        raise fault

    async def _by_health(self) -> Iterable[_Endpoint]:
        if len(self._endpoints) == 1:
            return self._endpoints
        if self._look is None or self._look.done():
            now = time.monotonic()
            silent = [e for e in self._endpoints if now > max(e.heard_at + SILENCE_SECONDS, e.resting_until)]
            if silent:
                self._look = asyncio.create_task(self._look_at(silent))
        if not self._looked and self._look is not None:
            await asyncio.wait({self._look}, timeout=FIRST_LOOK_SECONDS)
            self._looked = True
        now = time.monotonic()
        return sorted(self._endpoints, key=lambda e: e.resting_until > now or e.ledger < self._tip - MAX_LAG)

    async def _look_at(self, endpoints: Sequence[_Endpoint]) -> None:
        async def look(endpoint: _Endpoint) -> None:
            try:
                health = await self._ask(endpoint, "getHealth", {})
                if not isinstance(health, dict) or health.get("status") != "healthy":
                    raise Unreachable(f"{endpoint.url} says of its health: {str(health)[:100]}")
            except NetworkError as wrong:
                endpoint.resting_until = time.monotonic() + _rest_after(wrong)

        await asyncio.gather(*(look(endpoint) for endpoint in endpoints))

    def _rest(self, endpoint: _Endpoint, wrong: NetworkError) -> NetworkError:
        """Leaves the server alone for a while and gives the fault; raises what no other server would answer better."""
        if isinstance(wrong, Rejected) and not (_refused_at_the_door(wrong) or wrong.code in _OWN_FAULTS):
            raise wrong
        endpoint.resting_until = time.monotonic() + _rest_after(wrong)
        return Unreachable(str(wrong)) if _refused_at_the_door(wrong) else wrong

    async def _ask(self, endpoint: _Endpoint, method: str, params: dict[str, Any]) -> Any:
        if not endpoint.recognised and self._passphrase is not None:
            network = await self._exchange(endpoint, "getNetwork", {})
            found = answers.text(network, "passphrase") if isinstance(network, dict) else None
            if found != self._passphrase:
                raise WrongNetwork(f"{endpoint.url} serves the network {found!r}, settings say {self._passphrase!r}")
            endpoint.recognised = True
        return await self._exchange(endpoint, method, params)

    async def _exchange(self, endpoint: _Endpoint, method: str, params: dict[str, Any]) -> Any:
        request: dict[str, Any] = {"jsonrpc": "2.0", "id": next(self._ids), "method": method}
        if params:
            request["params"] = params
        answer = await self._http.post_json(endpoint.url, request)
        if not isinstance(answer, dict) or answer.get("id") != request["id"]:
            raise Malformed(f"{endpoint.url} {method}: not a JSON-RPC answer to this request: {str(answer)[:100]}")
        error = answer.get("error")
        if error is not None:
            code = error.get("code", 0) if isinstance(error, dict) else 0
            detail = error.get("message", error) if isinstance(error, dict) else error
            raise Rejected(f"{endpoint.url} {method}: {str(detail)[:300]}", code if isinstance(code, int) else 0)
        result = answer.get("result")
        self._hear(endpoint, method, result)
        return result

    def _hear(self, endpoint: _Endpoint, method: str, result: Any) -> None:
        if not isinstance(result, dict):
            return
        shown = result.get("sequence" if method == "getLatestLedger" else "latestLedger")
        if not isinstance(shown, int):
            return
        endpoint.ledger, endpoint.heard_at = shown, time.monotonic()
        if shown < self._tip - MAX_LAG:
            raise LaggingNode(f"{endpoint.url} is at ledger {shown}, the network has shown {self._tip}")
        self._tip = max(self._tip, shown)


def _refused_at_the_door(wrong: NetworkError) -> bool:
    """Whether an HTTP status refused: that is the server in front of the node, which did not see the request."""
    return isinstance(wrong, Rejected) and 400 <= wrong.code < 500


def _rest_after(wrong: NetworkError) -> float:
    return wrong.retry_after if isinstance(wrong, RateLimited) else REST_SECONDS
