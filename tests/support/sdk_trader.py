"""A trader who uses the Python SDK, unmodified, on localnet."""

from decimal import Decimal
from typing import Any

import pytest
import requests
from stellar_sdk import (
    Asset,
    Keypair,
    Network,
    Server,
    TransactionBuilder,
    TransactionEnvelope,
)
from stellar_sdk.exceptions import BadRequestError
from support.localnet import Localnet

XLM = Asset.native()


class Trader:
    """An account with its key, funded by friendbot."""

    def __init__(self, network: Localnet) -> None:
        self.server = Server(network.url)
        self.key = Keypair.random()
        self.address = self.key.public_key
        requests.get(f"{network.url}/friendbot", params={"addr": self.address}, timeout=10).raise_for_status()

    def builder(self, base_fee: int = 100) -> TransactionBuilder:
        """A builder for the next sequence number."""
        account = self.server.load_account(self.address)
        builder = TransactionBuilder(account, Network.STANDALONE_NETWORK_PASSPHRASE, base_fee)
        # No end: a network that closes eight ledgers a second runs ahead of every clock.
        return builder.add_time_bounds(0, 0)

    def sign(self, builder: TransactionBuilder) -> TransactionEnvelope:
        """Build and sign."""
        envelope = builder.build()
        envelope.sign(self.key)
        return envelope

    def send(self, builder: TransactionBuilder) -> dict[str, Any]:
        """Sign and submit; the transaction resource."""
        return self.server.submit_transaction(self.sign(builder))

    def balance(self, asset: Asset) -> Decimal:
        """The balance of an asset."""
        for line in self.server.accounts().account_id(self.address).call()["balances"]:
            if line.get("asset_code", "XLM") == asset.code and "liquidity_pool_id" not in line:
                return Decimal(line["balance"])
        raise AssertionError(f"no balance of {asset}")


def failed(builder: TransactionBuilder, trader: Trader) -> dict[str, Any]:
    """The result codes of a transaction that Horizon refuses."""
    with pytest.raises(BadRequestError) as caught:
        trader.send(builder)
    assert caught.value.type == "https://stellar.org/horizon-errors/transaction_failed"
    assert caught.value.extras is not None
    assert caught.value.result_xdr
    codes: dict[str, Any] = caught.value.extras["result_codes"]
    return codes
