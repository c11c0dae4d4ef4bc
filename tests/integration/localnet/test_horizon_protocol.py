"""Horizon's answers to what clients get wrong: its own problems, never a crash."""

import json
import os
import random
from typing import Any

import pytest
import requests
from stellar_sdk import Account, Asset, Keypair, Network, TransactionBuilder
from support.localnet import Localnet

SOMEBODY = Keypair.from_raw_ed25519_seed(b"s" * 32).public_key


def get(network: Localnet, path: str, **headers: str) -> requests.Response:
    return requests.get(network.url + path, headers=headers, timeout=5)


def problem(response: requests.Response) -> dict[str, Any]:
    assert response.headers["Content-Type"].startswith("application/problem+json")
    body: dict[str, Any] = response.json()
    assert body["status"] == response.status_code
    assert body["type"].startswith("https://stellar.org/horizon-errors/")
    return body


@pytest.mark.parametrize(
    "path",
    [
        "/nothing/here",
        f"/accounts/{SOMEBODY}",
        f"/accounts/{SOMEBODY}/transactions",
        "/offers/999999",
        f"/liquidity_pools/{'0' * 64}",
        f"/transactions/{'0' * 64}",
        f"/transactions/{'0' * 64}/operations",
        "/ledgers/999999",
        "/ledgers/999999/transactions",
        "/operations/8589938690999",
    ],
)
def test_what_is_not_there_is_404(network: Localnet, path: str) -> None:
    response = get(network, path)
    assert response.status_code == 404
    assert problem(response)["title"] == "Resource Missing"
    assert int(response.headers["Latest-Ledger"]) >= 1


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/accounts/GABC", "account_id"),
        ("/accounts?signer=GABC", "signer"),
        ("/accounts?asset=native", "asset"),
        ("/accounts?asset=USD", "asset"),
        ("/accounts?liquidity_pool=12", "liquidity_pool"),
        ("/offers?limit=0", "limit"),
        ("/offers?limit=201", "limit"),
        ("/offers?limit=ten", "limit"),
        ("/offers?limit=%D9%A3", "limit"),
        ("/offers?order=up", "order"),
        ("/offers?cursor=abc", "cursor"),
        ("/offers?cursor=-1", "cursor"),
        ("/offers?cursor=99999999999999999999", "cursor"),
        ("/offers?seller=nobody", "seller"),
        ("/offers?selling=USD:nobody", "selling"),
        ("/offers?selling_asset_type=credit_alphanum4&selling_asset_code=USD", "selling_asset_issuer"),
        (
            f"/offers?buying_asset_type=credit_alphanum4&buying_asset_code=TOOLONG&buying_asset_issuer={SOMEBODY}",
            "buying_asset_code",
        ),
        ("/offers?buying_asset_code=USD", "buying_asset_type"),
        ("/offers/0", "offer_id"),
        ("/offers/x", "offer_id"),
        ("/liquidity_pools/xyz", "liquidity_pool_id"),
        ("/liquidity_pools?reserves=native,native,native", "reserves"),
        ("/transactions/xyz", "tx_id"),
        ("/transactions?include_failed=maybe", "include_failed"),
        ("/operations?join=effects", "join"),
        ("/operations/-5", "id"),
        ("/ledgers/0", "ledger_id"),
        ("/trades?base_asset_type=native", "base_asset_type,counter_asset_type"),
        ("/trades?trade_type=any", "trade_type"),
        ("/paths/strict-send?source_asset_type=native&source_amount=-1&destination_assets=native", "source_amount"),
        ("/paths/strict-send?source_asset_type=gold&source_amount=1&destination_assets=native", "source_asset_type"),
        ("/friendbot", "addr"),
        ("/friendbot?addr=GABC", "addr"),
    ],
)
def test_a_wrong_parameter_is_named(network: Localnet, path: str, field: str) -> None:
    response = get(network, path)
    assert response.status_code == 400
    extras = problem(response)["extras"]
    assert extras["invalid_field"] == field
    assert extras["reason"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/accounts", "invalid_accounts_params"),
        ("/order_book", "invalid_order_book"),
        ("/order_book?selling_asset_type=native&buying_asset_type=credit_alphanum4", "invalid_order_book"),
        ("/paths/strict-send?source_asset_type=native&source_amount=1", "bad_request"),
        ("/paths/strict-receive?destination_asset_type=native&destination_amount=1", "bad_request"),
    ],
)
def test_wrong_queries_have_problems_of_their_own(network: Localnet, path: str, kind: str) -> None:
    response = get(network, path)
    assert response.status_code == 400
    assert problem(response)["type"].endswith(kind)


def test_a_wrong_method_is_405(network: Localnet) -> None:
    response = requests.delete(f"{network.url}/offers", timeout=5)
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    problem(response)
    assert get(network, "/rpc").status_code == 405


@pytest.mark.parametrize("text", ["", "AAAA", "not base64!", "ümlaut", "A" * 100_000])
@pytest.mark.parametrize("path", ["/transactions", "/transactions_async"])
def test_a_malformed_envelope_is_echoed(network: Localnet, path: str, text: str) -> None:
    response = requests.post(network.url + path, data={"tx": text}, timeout=5)
    assert response.status_code == 400
    body = problem(response)
    assert body["type"].endswith("transaction_malformed")
    assert body["extras"]["envelope_xdr"] == text


def test_a_transaction_as_json_is_415(network: Localnet) -> None:
    response = requests.post(f"{network.url}/transactions", json={"tx": "AAAA"}, timeout=5)
    assert response.status_code == 415
    problem(response)


@pytest.mark.parametrize("path", ["/transactions", "/rpc"])
def test_an_oversized_body_is_413(network: Localnet, path: str) -> None:
    kind = "application/json" if path == "/rpc" else "application/x-www-form-urlencoded"
    body = b"tx=" + b"a" * 600_000
    response = requests.post(network.url + path, data=body, headers={"Content-Type": kind}, timeout=5)
    assert response.status_code == 413


def test_an_unknown_source_account_is_told_so(network: Localnet) -> None:
    key = Keypair.random()
    builder = TransactionBuilder(Account(key.public_key, 1), Network.STANDALONE_NETWORK_PASSPHRASE, 100)
    envelope = builder.append_payment_op(SOMEBODY, Asset.native(), "1").set_timeout(600).build()
    envelope.sign(key)
    response = requests.post(f"{network.url}/transactions", data={"tx": envelope.to_xdr()}, timeout=5)
    assert problem(response)["extras"]["result_codes"] == {"transaction": "tx_no_source_account"}


def test_noise_never_takes_the_server_down(network: Localnet) -> None:
    generator = random.Random(5)
    for _ in range(150):
        path = "/" + "/".join(
            generator.choice(["accounts", "offers", "rpc", "%00", "..", "x" * 50, "😀"]) for _ in "ab"
        )
        body = os.urandom(generator.randrange(200))
        kind = generator.choice(["application/json", "application/x-www-form-urlencoded", "multipart/form-data", "x"])
        method = generator.choice(["GET", "POST", "PUT", "OPTIONS", "HEAD"])
        response = requests.request(method, network.url + path, data=body, headers={"Content-Type": kind}, timeout=5)
        assert response.status_code < 500, (method, path, body)
    assert get(network, "/").status_code == 200


def test_streams_greet_count_and_say_farewell(network: Localnet) -> None:
    response = requests.get(
        f"{network.url}/ledgers?cursor=now&limit=2", headers={"Accept": "text/event-stream"}, timeout=5
    )
    hello, first, second, bye = response.text.strip().split("\n\n")
    assert hello.splitlines() == ["retry: 1000", "event: open", 'data: "hello"']
    assert bye.splitlines() == ["retry: 10", "event: close", 'data: "byebye"']
    ledgers = [json.loads(event.splitlines()[1].removeprefix("data: ")) for event in (first, second)]
    assert first.startswith(f"id: {ledgers[0]['paging_token']}\n")
    assert ledgers[1]["prev_hash"] == ledgers[0]["hash"]


def test_a_stream_resumes_after_the_last_id(network: Localnet) -> None:
    headers = {"Accept": "text/event-stream", "Last-Event-ID": str(2 << 32)}
    response = requests.get(f"{network.url}/ledgers?limit=1", headers=headers, timeout=5)
    assert f"id: {3 << 32}\n" in response.text
