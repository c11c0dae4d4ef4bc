"""A local network by its URL: what it says of itself, and a refusal to use public keys anywhere else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from arb.contracts.errors import Malformed, NotFound
from arb.contracts.horizon import FriendbotAnswer, HorizonClient
from arb.contracts.http import HttpSession
from arb.contracts.rpc import RpcClient
from arb.runtime.networks import PRESETS

DEFAULT_URL: Final = PRESETS["LOCAL"].horizon_url
PASSPHRASE: Final = PRESETS["LOCAL"].passphrase
_SECONDS: Final = 30.0


class NotLocalError(Exception):
    """The server speaks for another network: keys that follow from a name are worth nothing there."""


class UnknownContractError(Exception):
    """Neither an id nor a name the network knows."""


@dataclass(frozen=True, slots=True)
class LocalServer:
    """Clients of one local network, known to be one."""

    url: str
    http: HttpSession
    rpc: RpcClient
    horizon: HorizonClient

    async def contracts(self) -> dict[str, Any] | None:
        """The market's contracts by name; None where the network has none."""
        return await self._own("contracts")

    async def status(self) -> dict[str, Any] | None:
        """Ledger, queue and memory as the server itself sees them; None where it is no localnet of ours."""
        return await self._own("status")

    async def contract_id(self, given: str) -> str:
        """A contract id as it is, or by the name /localnet/contracts has for it. UnknownContractError for neither."""
        if len(given) == 56 and given.startswith("C"):
            return given
        named = {name: value for name, value in (await self.contracts() or {}).items() if _is_id(value)}
        if given not in named:
            known = f"one of {', '.join(named)}" if named else "a name: this network has no contracts with names"
            raise UnknownContractError(f"{given!r} is neither a contract id (C and 55 characters) nor {known}")
        return str(named[given])

    async def fund(self, address: str) -> FriendbotAnswer:
        """Ask Friendbot for an account."""
        return await self.horizon.friendbot(f"{self.url}/friendbot", address)

    async def _own(self, name: str) -> dict[str, Any] | None:
        try:
            answer = await self.http.get_json(f"{self.url}/localnet/{name}")
        except NotFound:
            return None
        if not isinstance(answer, dict):
            raise Malformed(f"{self.url}/localnet/{name} answered {str(answer)[:60]!r}: expected an object")
        return answer


@asynccontextmanager
async def local_server(url: str) -> AsyncIterator[LocalServer]:
    """Connect. NetworkError when nothing answers there, NotLocalError when it is another kind of network."""
    url = url.rstrip("/")
    async with HttpSession(timeout=_SECONDS) as http:
        rpc = RpcClient([f"{url}/rpc"], http=http)
        try:
            passphrase = (await rpc.get_network()).passphrase
            if passphrase != PASSPHRASE:
                raise NotLocalError(
                    f"{url} serves the network {passphrase!r}: `arb localnet` signs with keys that everybody has, and "
                    f"only for {PASSPHRASE!r}"
                )
            yield LocalServer(url, http, rpc, HorizonClient(url, http=http))
        finally:
            await rpc.close()


def _is_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == 56 and value.startswith("C")
