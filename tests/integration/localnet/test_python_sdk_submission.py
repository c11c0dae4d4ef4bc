"""The Python SDK, unmodified, against localnet: what becomes of a transaction, pages and streams, and RPC."""

import pytest
import requests
from stellar_sdk import (
    Asset,
    Keypair,
    Network,
    Server,
    SorobanServer,
    StrKey,
    TransactionBuilder,
    xdr,
)
from stellar_sdk.client.requests_client import RequestsClient
from stellar_sdk.exceptions import BadRequestError, BadResponseError, NotFoundError
from stellar_sdk.soroban_rpc import GetTransactionStatus, SendTransactionStatus
from support.localnet import Localnet, running_localnet
from support.sdk_trader import XLM, Trader, failed

from arb.localnet.settings import PASSPHRASE


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
    builder = TransactionBuilder(account, Network.STANDALONE_NETWORK_PASSPHRASE, 100).add_time_bounds(0, 0)
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
