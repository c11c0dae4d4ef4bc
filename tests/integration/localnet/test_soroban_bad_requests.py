"""What simulateTransaction and sendTransaction answer to requests that make no sense: always the network's shapes."""

import base64
import json
from typing import Any

import pytest
import requests
from stellar_sdk import (
    Account,
    Asset,
    Keypair,
    Network,
    Payment,
    TextMemo,
    TransactionBuilder,
    TransactionEnvelope,
    scval,
    xdr,
)
from support.localnet import Localnet

PASSPHRASE = Network.STANDALONE_NETWORK_PASSPHRASE
KEY = Keypair.from_raw_ed25519_seed(bytes([5]) * 32)
NOBODY = "CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD2KM"


def called(network: Localnet, method: str, **params: object) -> dict[str, Any]:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    headers = {"Content-Type": "application/json"}
    answer = requests.post(network.rpc_url, data=json.dumps(body), headers=headers, timeout=20)
    assert answer.status_code == 200
    return dict(answer.json())


def simulated(network: Localnet, envelope: str, **params: object) -> dict[str, Any]:
    answer = called(network, "simulateTransaction", transaction=envelope, **params)
    assert "result" in answer, answer
    return dict(answer["result"])


def builder() -> TransactionBuilder:
    return TransactionBuilder(Account(KEY.public_key, 1), PASSPHRASE, 100).set_timeout(0)


def call(*args: xdr.SCVal) -> TransactionEnvelope:
    return builder().append_invoke_contract_function_op(NOBODY, "nothing", list(args)).build()


def resources(fee: int) -> xdr.SorobanTransactionData:
    """Nothing declared, for a fee."""
    nothing = xdr.SorobanResources(xdr.LedgerFootprint([], []), xdr.Uint32(0), xdr.Uint32(0), xdr.Uint32(0))
    return xdr.SorobanTransactionData(xdr.SorobanTransactionDataExt(0), nothing, xdr.Int64(fee))


def test_no_envelope(network: Localnet) -> None:
    for garbage in ("", "AAAA", "!", base64.b64encode(bytes(40)).decode()):
        assert simulated(network, garbage)["error"] == "Could not unmarshal transaction"
        assert called(network, "sendTransaction", transaction=garbage)["error"]["code"] == -32602


@pytest.mark.parametrize("depth", [450, 1_000, 30_000])
def test_an_argument_nested_without_end(network: Localnet, depth: int) -> None:
    # given an envelope whose argument is a vec in a vec in a vec
    value, nest = scval.to_uint32(0xABCDEF).to_xdr_bytes(), b"\0\0\0\x10\0\0\0\1\0\0\0\1"
    raw = call(scval.to_uint32(0xABCDEF)).to_xdr_object().to_xdr_bytes().replace(value, nest * depth + value)
    text = base64.b64encode(raw).decode()
    # then it is refused, and the network goes on
    assert "error" in simulated(network, text)
    sent = called(network, "sendTransaction", transaction=text)
    assert sent.get("error", {}).get("code") == -32602 or sent["result"]["status"] == "ERROR"
    assert called(network, "getHealth")["result"]["status"] == "healthy"


def test_what_is_no_contract_call(network: Localnet) -> None:
    payment = builder().append_operation(Payment(KEY.public_key, Asset.native(), "1")).build()
    assert "unsupported operation type" in simulated(network, payment.to_xdr())["error"]
    two = call()
    two.transaction.operations *= 2
    assert simulated(network, two.to_xdr())["error"] == "Transaction contains more than one operation"
    memo = call()
    memo.transaction.memo = TextMemo("hello")
    assert "memo" in simulated(network, memo.to_xdr())["error"]
    life = builder().append_extend_footprint_ttl_op(100).build()
    assert "SorobanTransactionData" in simulated(network, life.to_xdr())["error"]


def test_modes_and_settings_that_are_none(network: Localnet) -> None:
    assert "authMode" in simulated(network, call().to_xdr(), authMode="perhaps")["error"]
    life = builder().append_extend_footprint_ttl_op(100).set_soroban_data(resources(0)).build()
    assert "authMode" in simulated(network, life.to_xdr(), authMode="record")["error"]
    for leeway in ("many", -1, 2**70, [1], None):
        answer = called(
            network,
            "simulateTransaction",
            transaction=call().to_xdr(),
            resourceConfig={"instructionLeeway": leeway},
        )
        assert answer.get("error", {}).get("code") == -32602 or "error" in answer["result"]


def test_a_contract_that_is_not_there(network: Localnet) -> None:
    found = simulated(network, call().to_xdr())
    assert found["error"].startswith("HostError: Error(Storage, MissingValue)")
    assert "results" not in found
    assert "transactionData" not in found
    events = [xdr.DiagnosticEvent.from_xdr(event) for event in found["events"]]
    assert any(topic.error is not None for event in events for topic in event.event.body.v0.topics)  # type: ignore[union-attr]


def test_what_is_sent_unprepared(network: Localnet) -> None:
    # given a call without resources, and one whose resources cost more than its fee
    bare = call()
    bare.sign(KEY)
    cheap = call()
    cheap.transaction.soroban_data = resources(10_000_000)
    cheap.sign(KEY)
    # then both are refused with the network's results
    for envelope, code in ((bare, "txMALFORMED"), (cheap, "txSOROBAN_INVALID")):
        answer = called(network, "sendTransaction", transaction=envelope.to_xdr())["result"]
        assert answer["status"] == "ERROR"
        assert xdr.TransactionResult.from_xdr(answer["errorResultXdr"]).result.code.name == code
