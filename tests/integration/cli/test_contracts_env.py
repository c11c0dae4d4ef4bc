"""Services learn from the launcher where the contracts of the local network are."""

import asyncio

import pytest
import requests
from support.localnet import running_localnet

from arb.cli.launcher.contracts import contracts_env
from arb.cli.launcher.ports import free_port
from arb.cli.launcher.process import ProcessFailedError
from arb.runtime.settings import ServiceSettings

VARIABLES = {
    "ARBITRAGE_DETECTOR_CONTRACT_ID",
    "REFLECTOR_ORACLE_CONTRACT_ID",
    "ARB_ROUTE_EXECUTOR_CONTRACT_ID",
    "ARB_SOROSWAP_FACTORY_CONTRACT_ID",
    "ARB_AQUARIUS_POOLS",
    "ARB_PHOENIX_POOLS",
}


async def test_a_market_with_contracts_names_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_localnet(traffic="on", manual="on") as network:
        found = await contracts_env(network.url)
        answer = await asyncio.to_thread(requests.get, f"{network.url}/localnet/contracts", timeout=10)
    told = answer.json()
    assert set(found) == VARIABLES
    assert found["ARB_PHOENIX_POOLS"].split(",") == [pool["contract"] for pool in told["phoenix_pools"]]
    # and a service starts with them
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    settings = ServiceSettings()
    assert settings.detector_contract_id == told["detector"]
    assert settings.oracle_contract_id == told["oracle"]


async def test_a_network_without_contracts_names_none() -> None:
    with running_localnet(traffic="off", manual="on") as network:
        assert await contracts_env(network.url) == {}


async def test_a_network_that_is_gone_is_said_so() -> None:
    with pytest.raises(ProcessFailedError, match="localnet does not say"):
        await contracts_env(f"http://127.0.0.1:{free_port()}")
