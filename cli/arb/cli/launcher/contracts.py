"""Where the local network's contracts are, as the settings by which services find contracts."""

from typing import Any, Final

import aiohttp

from arb.cli.launcher.process import ProcessFailedError

_SINGLE: Final = {
    "ARBITRAGE_DETECTOR_CONTRACT_ID": "detector",
    "REFLECTOR_ORACLE_CONTRACT_ID": "oracle",
    "ARB_ROUTE_EXECUTOR_CONTRACT_ID": "route_executor",
    "ARB_SOROSWAP_FACTORY_CONTRACT_ID": "soroswap_factory",
}
_LISTS: Final = {"ARB_AQUARIUS_POOLS": "aquarius_pools", "ARB_PHOENIX_POOLS": "phoenix_pools"}
_SECONDS: Final = 10.0


async def contracts_env(url: str) -> dict[str, str]:
    """Variables for services, from the network at `url`; none where it has no contracts.

    Raises:
        ProcessFailedError: the network does not answer, or not as localnet does.
    """
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS)) as session,
            session.get(f"{url}/localnet/contracts") as answer,
        ):
            if answer.status == 404:
                return {}
            answer.raise_for_status()
            return _variables(await answer.json())
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
        raise ProcessFailedError(f"localnet does not say where its contracts are: {error!r}", None) from error


def _variables(described: dict[str, Any]) -> dict[str, str]:
    single = {variable: str(described[name]) for variable, name in _SINGLE.items()}
    lists = {variable: ",".join(pool["contract"] for pool in described[name]) for variable, name in _LISTS.items()}
    return single | lists
