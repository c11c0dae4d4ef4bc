"""The Python SDK, unmodified, against localnet: every step of a trader's life, through Horizon and through RPC."""

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import requests
from stellar_sdk import (
    Asset,
    Keypair,
    LiquidityPoolAsset,
    Network,
    Price,
    Server,
    SorobanServer,
    StrKey,
    TransactionBuilder,
    TransactionEnvelope,
    xdr,
)
from stellar_sdk.client.requests_client import RequestsClient
from stellar_sdk.exceptions import BadRequestError, BadResponseError, NotFoundError
from stellar_sdk.soroban_rpc import GetTransactionStatus, SendTransactionStatus
from support.localnet import Localnet, running_localnet

from arb.localnet.settings import PASSPHRASE
from arb.markets.amount import format_amount
from arb.markets.pool import swap_receive

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
        return builder.set_timeout(600)

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


@pytest.fixture
def issuer(network: Localnet) -> Trader:
    return Trader(network)


@pytest.fixture
def alice(network: Localnet) -> Trader:
    return Trader(network)


@pytest.fixture
def usd(issuer: Trader, alice: Trader) -> Asset:
    """An asset of which alice holds 1,000."""
    asset = Asset("USD", issuer.address)
    alice.send(alice.builder().append_change_trust_op(asset))
    issuer.send(issuer.builder().append_payment_op(alice.address, asset, "1000"))
    return asset


def failed(builder: TransactionBuilder, trader: Trader) -> dict[str, Any]:
    """The result codes of a transaction that Horizon refuses."""
    with pytest.raises(BadRequestError) as caught:
        trader.send(builder)
    assert caught.value.type == "https://stellar.org/horizon-errors/transaction_failed"
    assert caught.value.extras is not None
    assert caught.value.result_xdr
    codes: dict[str, Any] = caught.value.extras["result_codes"]
    return codes


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


def test_a_fee_bump_is_known_by_both_hashes(network: Localnet, alice: Trader) -> None:
    payer = Trader(network)
    inner = alice.sign(alice.builder().append_payment_op(payer.address, XLM, "1"))
    bump = TransactionBuilder.build_fee_bump_transaction(
        payer.address, 500, inner, Network.STANDALONE_NETWORK_PASSPHRASE
    )
    bump.sign(payer.key)
    done = alice.server.submit_transaction(bump)
    assert (done["fee_account"], done["source_account"]) == (payer.address, alice.address)
    assert (done["max_fee"], done["fee_charged"]) == ("1000", "200")
    assert done["inner_transaction"]["hash"] == inner.hash_hex()
    by_inner = alice.server.transactions().transaction(inner.hash_hex()).call()
    assert (by_inner["id"], by_inner["fee_bump_transaction"]["hash"]) == (inner.hash_hex(), bump.hash_hex())
    assert by_inner["result_xdr"] == done["result_xdr"]


def test_sequence_errors_and_double_submission(alice: Trader) -> None:
    builder = alice.builder().append_bump_sequence_op(0)
    envelope = alice.sign(builder)
    done = alice.server.submit_transaction(envelope)
    assert alice.server.submit_transaction(envelope)["id"] == done["id"], "the same bytes find the same outcome"
    stale = alice.builder().append_bump_sequence_op(1)
    stale.source_account.sequence -= 1
    assert failed(stale, alice) == {"transaction": "tx_bad_seq"}
    gap = alice.builder().append_bump_sequence_op(0)
    gap.source_account.sequence += 1
    assert failed(gap, alice) == {"transaction": "tx_bad_seq"}


def test_a_failed_transaction_is_charged_and_remembered(alice: Trader) -> None:
    builder = alice.builder().append_payment_op(alice.address, XLM, "1")
    envelope = alice.sign(builder.append_payment_op(Keypair.random().public_key, XLM, "1"))
    with pytest.raises(BadRequestError) as caught:
        alice.server.submit_transaction(envelope)
    assert caught.value.extras is not None
    assert caught.value.extras["result_codes"]["operations"] == ["op_success", "op_no_destination"]
    found = alice.server.transactions().transaction(envelope.hash_hex()).call()
    assert (found["successful"], found["fee_charged"]) == (False, "200")
    listed = alice.server.transactions().for_account(alice.address).call()["_embedded"]["records"]
    assert envelope.hash_hex() not in [each["id"] for each in listed]
    listed = alice.server.transactions().for_account(alice.address).include_failed(True).call()["_embedded"]["records"]
    assert envelope.hash_hex() in [each["id"] for each in listed]


def test_async_submission_answers_from_the_queue(alice: Trader) -> None:
    url = f"{alice.server.horizon_url}/transactions_async"
    wrong = alice.sign(alice.builder(base_fee=1).append_bump_sequence_op(0))
    refused = requests.post(url, data={"tx": wrong.to_xdr()}, timeout=10)
    assert (refused.status_code, refused.json()["tx_status"]) == (400, "ERROR")
    result = xdr.TransactionResult.from_xdr(refused.json()["error_result_xdr"])
    assert result.result.code.name == "txINSUFFICIENT_FEE"
    envelope = alice.sign(alice.builder().append_bump_sequence_op(0))
    assert alice.server.submit_transaction_async(envelope)["tx_status"] == "PENDING"
    again = requests.post(url, data={"tx": envelope.to_xdr()}, timeout=10)
    # a duplicate while it is queued; banned, so that it has to wait, once it is applied
    assert (again.status_code, again.json()["tx_status"]) in ((409, "DUPLICATE"), (503, "TRY_AGAIN_LATER"))


def test_a_transaction_that_no_ledger_takes_times_out() -> None:
    root = Keypair.from_raw_ed25519_seed(Network(PASSPHRASE).network_id())
    with running_localnet(ledger_seconds=3_600, submit_timeout=0.3) as slow:
        server = Server(slow.url, client=RequestsClient(num_retries=0))  # by default it sends the same POST again
        builder = TransactionBuilder(server.load_account(root.public_key), PASSPHRASE, 100).add_time_bounds(0, 0)
        envelope = builder.append_bump_sequence_op(0).build()
        envelope.sign(root)
        with pytest.raises(BadResponseError) as caught:
            server.submit_transaction(envelope)
        assert caught.value.status == 504
        assert caught.value.extras is not None
        assert caught.value.extras["hash"] == envelope.hash_hex()
        again = requests.post(f"{slow.url}/transactions_async", data={"tx": envelope.to_xdr()}, timeout=5)
        assert (again.status_code, again.json()["tx_status"]) == (409, "DUPLICATE")


def test_what_is_missing_is_not_found(alice: Trader) -> None:
    nobody = Keypair.random().public_key
    for call in (
        alice.server.accounts().account_id(nobody),
        alice.server.transactions().transaction("0" * 64),
        alice.server.transactions().for_account(nobody),
        alice.server.offers().offer(10**12),
        alice.server.liquidity_pools().liquidity_pool("0" * 64),
        alice.server.ledgers().ledger(10**6),
    ):
        with pytest.raises(NotFoundError):
            call.call()


def test_ledgers_stream_as_they_close(alice: Trader) -> None:
    seen = []
    for ledger in alice.server.ledgers().cursor("now").stream():
        seen.append(ledger["sequence"])
        if len(seen) == 12:  # beyond one connection of ten: the SDK comes back with the last id
            break
    assert seen == list(range(seen[0], seen[0] + 12))


def test_pages_link_to_each_other(alice: Trader) -> None:
    for _ in range(3):
        alice.send(alice.builder().append_bump_sequence_op(0))
    pages = alice.server.transactions().for_account(alice.address).order(desc=False).limit(2)
    first = pages.call()["_embedded"]["records"]
    second = pages.next()["_embedded"]["records"]
    assert len(first) == len(second) == 2
    assert {each["id"] for each in first}.isdisjoint({each["id"] for each in second})
    back = pages.prev()["_embedded"]["records"]
    assert {each["id"] for each in back} == {each["id"] for each in first}


def test_root_and_fee_stats(alice: Trader) -> None:
    root = alice.server.root().call()
    assert root["network_passphrase"] == Network.STANDALONE_NETWORK_PASSPHRASE
    assert alice.server.fetch_base_fee() == 100
    assert set(alice.server.fee_stats().call()["fee_charged"]) >= {"max", "min", "mode", "p10", "p50", "p99"}


def test_rpc_from_submission_to_meta(network: Localnet, alice: Trader) -> None:
    rpc = SorobanServer(network.rpc_url)
    assert rpc.get_health().status == "healthy"
    assert rpc.get_network().passphrase == Network.STANDALONE_NETWORK_PASSPHRASE
    latest = rpc.get_latest_ledger()
    assert rpc.get_version_info().protocol_version == latest.protocol_version == 27
    account = rpc.load_account(alice.address)
    builder = TransactionBuilder(account, Network.STANDALONE_NETWORK_PASSPHRASE, 100).set_timeout(600)
    envelope = alice.sign(builder.append_payment_op(alice.address, XLM, "1"))
    assert rpc.get_transaction(envelope.hash_hex()).status is GetTransactionStatus.NOT_FOUND
    assert rpc.send_transaction(envelope).status is SendTransactionStatus.PENDING
    assert rpc.send_transaction(envelope).status in (
        SendTransactionStatus.DUPLICATE,
        SendTransactionStatus.TRY_AGAIN_LATER,  # applied meanwhile: banned
    )
    found = rpc.poll_transaction(envelope.hash_hex())
    assert found.status is GetTransactionStatus.SUCCESS
    assert found.result_meta_xdr is not None
    meta = xdr.TransactionMeta.from_xdr(found.result_meta_xdr)
    assert (meta.v, found.application_order, found.fee_bump) == (4, 1, False)
    assert found.ledger is not None
    closed = rpc.get_ledgers(start_ledger=found.ledger, limit=1).ledgers[0]
    close_meta = xdr.LedgerCloseMeta.from_xdr(closed.metadata_xdr)
    assert close_meta.v2 is not None
    assert [each.result.transaction_hash.hash.hex() for each in close_meta.v2.tx_processing] == [envelope.hash_hex()]
    page = rpc.get_transactions(start_ledger=found.ledger, limit=1)
    assert page.transactions[0].transaction_hash == envelope.hash_hex()
    builder.source_account.sequence += 1
    refused = rpc.send_transaction(alice.sign(builder))
    assert refused.status is SendTransactionStatus.ERROR
    assert refused.error_result_xdr is not None
    assert xdr.TransactionResult.from_xdr(refused.error_result_xdr).result.code.name == "txBAD_SEQ"
    assert rpc.get_fee_stats().inclusion_fee.mode == 100


def test_rpc_reads_every_kind_of_entry(network: Localnet, alice: Trader, usd: Asset) -> None:
    rpc = SorobanServer(network.rpc_url)
    alice.send(alice.builder().append_manage_sell_offer_op(usd, XLM, "10", "3"))
    offer_id = int(alice.server.offers().for_seller(alice.address).call()["_embedded"]["records"][0]["id"])
    account_id = alice.key.xdr_account_id()
    keys = [
        xdr.LedgerKey(xdr.LedgerEntryType.ACCOUNT, account=xdr.LedgerKeyAccount(account_id)),
        xdr.LedgerKey(
            xdr.LedgerEntryType.TRUSTLINE,
            trust_line=xdr.LedgerKeyTrustLine(account_id, usd.to_trust_line_asset_xdr_object()),
        ),
        xdr.LedgerKey(xdr.LedgerEntryType.OFFER, offer=xdr.LedgerKeyOffer(account_id, xdr.Int64(offer_id))),
        xdr.LedgerKey(xdr.LedgerEntryType.ACCOUNT, account=xdr.LedgerKeyAccount(Keypair.random().xdr_account_id())),
    ]
    entries = rpc.get_ledger_entries(keys).entries
    assert entries is not None
    data = [xdr.LedgerEntryData.from_xdr(entry.xdr) for entry in entries]
    assert [each.type.name for each in data] == ["ACCOUNT", "TRUSTLINE", "OFFER"]
    assert data[1].trust_line is not None
    assert data[1].trust_line.balance.int64 == 1_000 * 10**7
    assert data[2].offer is not None
    assert StrKey.encode_ed25519_public_key(alice.key.raw_public_key()) == alice.address


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
