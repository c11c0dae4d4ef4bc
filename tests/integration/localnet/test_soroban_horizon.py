"""Horizon shows contract transactions beside all others."""

from collections.abc import Iterator

import pytest
import requests
from stellar_sdk import Asset, Keypair, Network, SorobanServer, TransactionBuilder
from support.localnet import Localnet, running_localnet


@pytest.fixture(scope="module")
def network() -> Iterator[Localnet]:
    with running_localnet(ledger_seconds=0.125) as running:
        yield running


def test_a_contract_call_has_its_place_in_horizon(network: Localnet) -> None:
    # given an asset contract created through RPC
    key = Keypair.random()
    requests.get(f"{network.url}/friendbot", params={"addr": key.public_key}, timeout=10).raise_for_status()
    server = SorobanServer(network.rpc_url)
    builder = TransactionBuilder(server.load_account(key.public_key), Network.STANDALONE_NETWORK_PASSPHRASE, 100)
    builder.set_timeout(600).append_create_stellar_asset_contract_from_asset_op(Asset.native())
    envelope = server.prepare_transaction(builder.build())
    envelope.sign(key)
    # when it is submitted through Horizon
    sent = requests.post(f"{network.url}/transactions", data={"tx": envelope.to_xdr()}, timeout=10)
    # then its transaction and operation are found, and its fees are told apart
    assert sent.status_code == 200, sent.text
    tx_hash = sent.json()["hash"]
    found = requests.get(f"{network.url}/transactions/{tx_hash}/operations", timeout=10).json()
    (operation,) = found["_embedded"]["records"]
    assert (operation["type"], operation["type_i"]) == ("invoke_host_function", 24)
    assert operation["function"] == "HostFunctionTypeHostFunctionTypeCreateContract"
    assert server.get_fee_stats().soroban_inclusion_fee.max == 100
    assert requests.get(f"{network.url}/fee_stats", timeout=10).status_code == 200
