"""The Python SDK, unmodified, against localnet: every step of a trader's life, through Horizon."""

import time
from concurrent.futures import ThreadPoolExecutor

import requests
from stellar_sdk import (
    Asset,
    Keypair,
    LiquidityPoolAsset,
    Price,
    xdr,
)
from support.localnet import Localnet
from support.sdk_trader import XLM, Trader, failed

from arb.markets.amount import format_amount
from arb.markets.pool import swap_receive


def test_friendbot_funds_once(network: Localnet) -> None:
    trader = Trader(network)
    assert trader.balance(XLM) == 10_000
    again = requests.post(f"{network.url}/friendbot", data={"addr": trader.address}, timeout=10)
    assert again.status_code == 400
    assert again.json()["detail"].startswith("createAccountAlreadyExist")


def test_an_account_is_created_with_its_ledger_as_sequence(alice: Trader) -> None:
    bob = Keypair.random()
    done = alice.send(alice.builder().append_create_account_op(bob.public_key, "25.5").add_text_memo("hello"))
    assert done["successful"]
    assert (done["memo_type"], done["memo"], done["fee_charged"]) == ("text", "hello", "100")
    account = alice.server.accounts().account_id(bob.public_key).call()
    assert int(account["sequence"]) == done["ledger"] << 32
    assert account["balances"][0]["balance"] == "25.5000000"
    assert account["thresholds"] == {"low_threshold": 0, "med_threshold": 0, "high_threshold": 0}
    operation = alice.server.operations().for_transaction(done["hash"]).call()["_embedded"]["records"][0]
    assert (operation["type"], operation["type_i"], operation["funder"]) == ("create_account", 0, alice.address)
    assert alice.server.operations().operation(operation["id"]).call() == operation


def test_trust_and_payment(alice: Trader, issuer: Trader, usd: Asset) -> None:
    assert alice.balance(usd) == 1_000
    account = alice.server.accounts().account_id(alice.address).call()
    assert account["subentry_count"] == 1
    line = account["balances"][0]
    assert (line["asset_type"], line["limit"], line["is_authorized"]) == (
        "credit_alphanum4",
        "922337203685.4775807",
        True,
    )
    holders = alice.server.accounts().for_asset(usd).call()["_embedded"]["records"]
    assert [holder["id"] for holder in holders] == [alice.address]
    codes = failed(issuer.builder().append_payment_op(alice.address, Asset("EUR", issuer.address), "1"), issuer)
    assert codes == {"transaction": "tx_failed", "operations": ["op_no_trust"]}


def test_an_offer_lives_trades_and_is_found(network: Localnet, alice: Trader, usd: Asset) -> None:
    done = alice.send(alice.builder().append_manage_sell_offer_op(usd, XLM, "100", Price(5, 2)))
    result = xdr.TransactionResult.from_xdr(done["result_xdr"])
    assert result.result.results is not None
    placed = result.result.results[0].tr
    assert placed is not None
    assert placed.manage_sell_offer_result is not None
    success = placed.manage_sell_offer_result.success
    assert success is not None
    assert success.offer.offer is not None
    offer_id = success.offer.offer.offer_id.int64

    offer = alice.server.offers().offer(offer_id).call()
    assert (offer["amount"], offer["price"], offer["price_r"]) == ("100.0000000", "2.5000000", {"n": 5, "d": 2})
    for found in (
        alice.server.offers().for_seller(alice.address).call(),
        alice.server.offers().for_selling(usd).for_buying(XLM).call(),
        alice.server.offers().for_account(alice.address).call(),
    ):
        assert [each["id"] for each in found["_embedded"]["records"]] == [str(offer_id)]
    book = alice.server.orderbook(usd, XLM).call()
    assert book["asks"] == [{"price_r": {"n": 5, "d": 2}, "price": "2.5000000", "amount": "100.0000000"}]
    assert alice.server.orderbook(XLM, usd).call()["bids"][0]["price_r"] == {"n": 2, "d": 5}

    bob = Trader(network)
    bob.send(bob.builder().append_change_trust_op(usd))
    taken = bob.send(bob.builder().append_manage_buy_offer_op(XLM, usd, "40", Price(5, 2)))
    assert bob.balance(usd) == 40
    trades = bob.server.trades().for_account(alice.address).call()["_embedded"]["records"]
    assert [(trade["base_amount"], trade["counter_amount"]) for trade in trades] == [("100.0000000", "40.0000000")]
    assert trades[0]["trade_type"] == "orderbook"
    assert trades[0]["price"] == {"n": "2", "d": "5"}
    assert bob.server.trades().for_offer(offer_id).call()["_embedded"]["records"] == trades
    operation = bob.server.operations().for_transaction(taken["hash"]).call()["_embedded"]["records"][0]
    assert (operation["type"], operation["amount"], operation["price"]) == (
        "manage_buy_offer",
        "40.0000000",
        "2.5000000",
    )
    assert alice.server.offers().offer(offer_id).call()["amount"] == "60.0000000"


def test_a_pool_takes_a_deposit_swaps_and_gives_it_back(alice: Trader, usd: Asset) -> None:
    pool = LiquidityPoolAsset(XLM, usd)
    builder = alice.builder().append_change_trust_op(pool)
    alice.send(builder.append_liquidity_pool_deposit_op(pool.liquidity_pool_id, "100", "200", "0.49", "0.51"))
    found = alice.server.liquidity_pools().liquidity_pool(pool.liquidity_pool_id).call()
    assert [reserve["amount"] for reserve in found["reserves"]] == ["100.0000000", "200.0000000"]
    assert (found["total_shares"], found["total_trustlines"], found["fee_bp"]) == ("141.4213562", "1", 30)
    listed = alice.server.liquidity_pools().for_reserves([XLM, usd]).call()["_embedded"]["records"]
    assert listed == [found]
    assert alice.server.liquidity_pools().for_account(alice.address).call()["_embedded"]["records"] == [found]

    sent = alice.send(alice.builder().append_path_payment_strict_send_op(alice.address, XLM, "10", usd, "1", []))
    operation = alice.server.operations().for_transaction(sent["hash"]).call()["_embedded"]["records"][0]
    assert operation["amount"] == "18.1322178"  # floor(9970 * 200 * 10 / (10000 * 100 + 9970 * 10)) in stroops
    cost = swap_receive(1_818_677_822, 1_100_000_000, 40_000_000)
    assert cost is not None
    received = alice.send(alice.builder().append_path_payment_strict_receive_op(alice.address, usd, "9", XLM, "4", []))
    operation = alice.server.operations().for_transaction(received["hash"]).call()["_embedded"]["records"][0]
    assert (operation["source_amount"], operation["amount"]) == (format_amount(cost), "4.0000000")

    pool_trades = alice.server.trades().for_liquidity_pool(pool.liquidity_pool_id).call()["_embedded"]["records"]
    assert [trade["trade_type"] for trade in pool_trades] == ["liquidity_pool", "liquidity_pool"]
    builder = alice.builder().append_liquidity_pool_withdraw_op(pool.liquidity_pool_id, "141.4213562", "1", "1")
    alice.send(builder)
    emptied = alice.server.liquidity_pools().liquidity_pool(pool.liquidity_pool_id).call()
    assert [reserve["amount"] for reserve in emptied["reserves"]] == ["0.0000000", "0.0000000"]


def test_paths_are_found_and_can_be_paid(network: Localnet, alice: Trader, usd: Asset) -> None:
    alice.send(alice.builder().append_manage_sell_offer_op(usd, XLM, "100", "2"))
    server = alice.server
    to_send = server.strict_send_paths(XLM, "10", [usd]).call()["_embedded"]["records"]
    assert (to_send[0]["destination_amount"], to_send[0]["path"]) == ("5.0000000", [])
    to_receive = server.strict_receive_paths([XLM], usd, "5").call()["_embedded"]["records"]
    assert to_receive[0]["source_amount"] == "10.0000000"
    bob = Trader(network)
    codes = failed(bob.builder().append_path_payment_strict_send_op(bob.address, XLM, "10", usd, "5", []), bob)
    assert codes["operations"] == ["op_no_trust"]
    bob.send(bob.builder().append_change_trust_op(usd))
    codes = failed(bob.builder().append_path_payment_strict_send_op(bob.address, XLM, "10", usd, "6", []), bob)
    assert codes["operations"] == ["op_under_dest_min"]
    codes = failed(bob.builder().append_path_payment_strict_receive_op(bob.address, XLM, "9", usd, "5", []), bob)
    assert codes["operations"] == ["op_over_source_max"]


def test_many_accounts_are_funded_within_two_ledgers(network: Localnet) -> None:
    addresses = [Keypair.random().public_key for _ in range(11)]
    began = time.monotonic()

    def fund(address: str) -> int:
        answer = requests.get(f"{network.url}/friendbot", params={"addr": address}, timeout=10)
        return int(answer.json()["ledger"])

    with ThreadPoolExecutor(11) as pool:
        ledgers = set(pool.map(fund, addresses))
    assert len(ledgers) <= 2
    assert time.monotonic() - began < 3
