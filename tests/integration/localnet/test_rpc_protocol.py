"""JSON-RPC as stellar-rpc speaks it: codes, batches, ranges."""

import base64
import json
from typing import Any

import pytest
import requests
from stellar_sdk import Keypair
from support.localnet import Localnet


def post(network: Localnet, body: object) -> Any:
    headers = {"Content-Type": "application/json"}
    response = requests.post(network.rpc_url, data=json.dumps(body), headers=headers, timeout=5)
    assert response.status_code == 200
    return response.json()


def call(network: Localnet, method: str, params: object = None) -> dict[str, Any]:
    answer: dict[str, Any] = post(network, {"jsonrpc": "2.0", "id": 8, "method": method, "params": params})
    assert answer["id"] == 8
    return answer


def error(network: Localnet, method: str, params: object) -> tuple[int, str]:
    fault = call(network, method, params)["error"]
    return fault["code"], fault["message"]


def test_an_unknown_method(network: Localnet) -> None:
    assert error(network, "getWeather", {}) == (-32601, "method not found")


def test_what_is_not_json_is_a_parse_error(network: Localnet) -> None:
    for body in (b"{", b"", b"\xff\xfe", b"[" * 100_000):
        response = requests.post(network.rpc_url, data=body, headers={"Content-Type": "application/json"}, timeout=5)
        assert response.json() == {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "parse error"}}


def test_what_is_no_call_is_an_invalid_request(network: Localnet) -> None:
    wrong_version = {"jsonrpc": "1.0", "id": 1, "method": "getHealth"}
    bodies: list[object] = [1, "x", None, [], wrong_version, {"jsonrpc": "2.0", "id": {}}]
    for body in bodies:
        assert post(network, body)["error"]["code"] == -32600


def test_a_batch_is_answered_in_order_without_its_notifications(network: Localnet) -> None:
    calls = [
        {"jsonrpc": "2.0", "id": "a", "method": "getHealth"},
        {"jsonrpc": "2.0", "method": "getHealth"},
        {"jsonrpc": "2.0", "id": "b", "method": "nope"},
    ]
    first, second = post(network, calls)
    assert (first["id"], first["result"]["status"]) == ("a", "healthy")
    assert (second["id"], second["error"]["code"]) == ("b", -32601)
    silent = requests.post(network.rpc_url, json=calls[1], timeout=5)
    assert (silent.status_code, silent.text) == (204, "")


def test_other_content_types_are_refused(network: Localnet) -> None:
    assert requests.post(network.rpc_url, data=b"{}", timeout=5).status_code == 415


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("getTransaction", {"hash": "abc"}),
        ("getTransaction", {"hash": "z" * 64}),
        ("getTransaction", {"hash": 5}),
        ("getTransaction", [1]),
        ("getTransaction", {"hash": "0" * 64, "xdrFormat": "json"}),
        ("getTransaction", {"hash": "0" * 64, "xdrFormat": "xml"}),
        ("sendTransaction", {"transaction": "AAAA"}),
        ("sendTransaction", {"transaction": "ü"}),
        ("sendTransaction", {}),
        ("getLedgerEntries", {"keys": ["AAAA"]}),
        ("getLedgerEntries", {"keys": "AAAA"}),
        ("getLedgerEntries", {"keys": ["AAAA"] * 201}),
        ("getTransactions", {"startLedger": "2"}),
        ("getTransactions", {"startLedger": True}),
        ("getTransactions", {"pagination": {"cursor": "x"}}),
    ],
)
def test_wrong_parameters(network: Localnet, method: str, params: object) -> None:
    assert error(network, method, params)[0] == -32602


def test_ranges_are_judged_as_by_the_real_server(network: Localnet) -> None:
    code, message = error(network, "getTransactions", {"startLedger": 10**6})
    assert code == -32600
    assert message.startswith("start ledger (1000000) must be between the oldest ledger: 1 and the latest ledger: ")
    assert error(network, "getTransactions", {"startLedger": 1, "pagination": {"limit": 201}}) == (
        -32600,
        "limit must not exceed 200",
    )
    both = {"startLedger": 1, "pagination": {"cursor": "4294967296"}}
    assert error(network, "getLedgers", both) == (-32600, "startLedger (1) and cursor (4294967296) cannot both be set")


def test_a_missing_transaction_says_what_history_covers(network: Localnet) -> None:
    found = call(network, "getTransaction", {"hash": "0" * 64})["result"]
    assert found["status"] == "NOT_FOUND"
    assert found["oldestLedger"] == 1
    assert found["latestLedger"] >= found["oldestLedger"]
    assert isinstance(found["latestLedgerCloseTime"], str)


def test_transactions_page_by_cursor_to_the_end(network: Localnet) -> None:
    address = Keypair.random().public_key
    requests.get(f"{network.url}/friendbot", params={"addr": address}, timeout=10).raise_for_status()
    start = call(network, "getTransactions", {"startLedger": 1, "pagination": {"limit": 1}})["result"]
    assert [each["ledger"] for each in start["transactions"]] == [2], "friendbot's account"
    seen = [start["transactions"][0]["txHash"]]
    page = start
    while page["transactions"]:
        page = call(network, "getTransactions", {"pagination": {"cursor": page["cursor"]}})["result"]
        seen += [each["txHash"] for each in page["transactions"]]
    assert len(seen) == len(set(seen)) > 1


def test_every_entry_asked_for_twice_is_given_twice_and_ttl_is_refused(network: Localnet) -> None:
    ttl = base64.b64encode(bytes([0, 0, 0, 9]) + bytes(32)).decode()
    assert error(network, "getLedgerEntries", {"keys": [ttl]}) == (
        -32602,
        "ledger ttl entries cannot be queried directly",
    )
    root = "AAAAAAAAAABzdv3ojkzWHMD7KUoXhrPx0GH18vHKV0ZfqpMiEblG1g=="
    entries = call(network, "getLedgerEntries", {"keys": [root, root]})["result"]["entries"]
    assert [entry["key"] for entry in entries] == [root, root]
    assert "liveUntilLedgerSeq" not in entries[0]
