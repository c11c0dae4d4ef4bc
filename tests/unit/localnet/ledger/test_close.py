"""Closing ledgers: the chain of headers, who gets in at which fee, in which order, and that it all repeats."""

from hashlib import sha256

import pytest
from stellar_sdk import Asset as SdkAsset
from stellar_sdk import BumpSequence, CreateAccount, Payment, xdr
from support.network import GENESIS_TIME, Network, address, op_codes

NAMES = [f"account {index}" for index in range(8)]
XLM = SdkAsset.native()


@pytest.fixture
def network() -> Network:
    """Eight funded accounts in ledgers of 10 operations."""
    network = Network(max_tx_set_size=10)
    network.fund(*NAMES)
    return network


def pay(amount: str = "1") -> Payment:
    return Payment(address(NAMES[0]), XLM, amount)


def test_genesis_gives_all_coins_to_the_root_account_of_the_passphrase() -> None:
    network = Network()
    # the address quickstart's local network has
    assert network.ledger.root_account == "GBZXN7PIRZGNMHGA7MUUUF4GWPY5AYPV6LY4UV2GL6VJGIQRXFDNMADI"
    root = network.ledger.root.account(network.ledger.root_account)
    assert root is not None
    assert root.balance == 10**18 == network.ledger.last.total_coins
    assert (network.ledger.last.seq, network.ledger.last.close_time) == (1, GENESIS_TIME)


def test_each_header_names_the_one_before_and_what_it_closed(network: Network) -> None:
    # when a ledger closes over a transaction
    before = network.ledger.last
    closed = network.close(network.frame(NAMES[1], pay()))
    header = xdr.LedgerHeader.from_xdr_bytes(closed.header_xdr)
    # then its header is XDR that holds together
    assert header.to_xdr_bytes() == closed.header_xdr
    assert header.previous_ledger_hash.hash == closed.prev_hash == before.hash
    assert sha256(closed.header_xdr).digest() == closed.hash
    assert header.scp_value.tx_set_hash.hash == sha256(closed.tx_set).digest()
    assert header.bucket_list_hash.hash == network.ledger.state_hash() == closed.state_hash
    assert header.ledger_seq.uint32 == closed.seq == before.seq + 1
    assert header.scp_value.close_time.time_point.uint64 == closed.close_time == network.now
    assert (header.ledger_version.uint32, header.base_reserve.uint32) == (27, 5_000_000)
    assert header.fee_pool.int64 == closed.fee_pool == before.fee_pool + 100
    # and the hash of the results is that of the results
    pair = xdr.TransactionResultPair(xdr.Hash(closed.txs[0].hash), network.result(closed.txs[0]))
    assert header.tx_set_result_hash.hash == sha256(xdr.TransactionResultSet([pair]).to_xdr_bytes()).digest()


def test_the_transaction_set_is_real_xdr(network: Network) -> None:
    closed = network.close(*(network.frame(name, pay()) for name in NAMES[:3]))
    tx_set = xdr.GeneralizedTransactionSet.from_xdr_bytes(closed.tx_set)
    assert tx_set.to_xdr_bytes() == closed.tx_set
    assert tx_set.v1_tx_set is not None
    components = tx_set.v1_tx_set.phases[0].v0_components
    assert components is not None
    assert components[0].txs_maybe_discounted_fee is not None
    assert len(components[0].txs_maybe_discounted_fee.txs) == 3
    empty = network.close().tx_set
    assert xdr.GeneralizedTransactionSet.from_xdr_bytes(empty).to_xdr_bytes() == empty


def test_the_order_is_by_hash_and_set_hash_not_by_arrival(network: Network) -> None:
    frames = [network.frame(name, pay()) for name in NAMES]
    closed = network.close(*frames)
    set_hash = int.from_bytes(sha256(closed.tx_set).digest(), "big")
    expected = sorted(frames, key=lambda frame: int.from_bytes(sha256(frame.envelope_xdr).digest(), "big") ^ set_hash)
    assert [tx.frame for tx in closed.txs] == expected
    assert [tx.application_order for tx in closed.txs] == list(range(1, 9))


def test_the_transactions_of_a_source_keep_their_sequence(network: Network) -> None:
    seq = network.account(NAMES[1]).seq_num
    frames = [network.frame(NAMES[1], pay(), seq=seq + ahead) for ahead in (3, 1, 2)]
    closed = network.close(*frames)
    assert [tx.frame.seq_num - seq for tx in closed.txs] == [1, 2, 3]
    assert all(tx.successful for tx in closed.txs)


def test_with_room_for_all_everybody_pays_the_base_fee(network: Network) -> None:
    closed = network.close(*(network.frame(name, pay(), fee=1_000) for name in NAMES))
    assert closed.clearing_fee == 100
    assert {tx.fee_charged for tx in closed.txs} == {100}


def test_a_full_ledger_takes_the_best_bids_at_the_lowest_of_them(network: Network) -> None:
    # given 16 operations offered for 10 places, two in each transaction
    frames = [network.frame(name, pay(), pay(), fee=100 + 10 * index) for index, name in enumerate(NAMES)]
    closed = network.close(*frames)
    # then the five best bids are in and pay the fifth's bid
    assert {tx.source for tx in closed.txs} == {address(name) for name in NAMES[3:]}
    assert closed.clearing_fee == 130
    assert {tx.fee_charged for tx in closed.txs} == {260}
    # and the others are told to be crowded out, their state untouched
    assert [(dropped.frame.source, dropped.result) for dropped in closed.dropped] == [
        (address(name), None) for name in reversed(NAMES[:3])
    ]
    assert network.coins_add_up()


def test_a_smaller_transaction_fills_the_place_a_larger_one_leaves(network: Network) -> None:
    big = network.frame(NAMES[0], *[pay()] * 8, fee=300)
    larger = network.frame(NAMES[1], *[pay()] * 3, fee=200)
    small = network.frame(NAMES[2], pay(), pay(), fee=150)
    closed = network.close(big, larger, small)
    assert {tx.frame for tx in closed.txs} == {big, small}
    assert closed.clearing_fee == 150


def test_no_transaction_overtakes_an_earlier_one_of_its_source(network: Network) -> None:
    seq = network.account(NAMES[0]).seq_num
    first = network.frame(NAMES[0], *[pay()] * 6, fee=100, seq=seq + 1)
    second = network.frame(NAMES[0], pay(), fee=900, seq=seq + 2)
    other = network.frame(NAMES[1], *[pay()] * 5, fee=200)
    closed = network.close(first, second, other)
    assert [tx.frame for tx in closed.txs] == [other]
    assert [dropped.frame for dropped in closed.dropped] == [first, second]


def test_what_is_not_valid_any_more_is_dropped_with_its_result(network: Network) -> None:
    frame = network.frame(NAMES[0], pay())
    network.close(frame)
    closed = network.close(frame)
    assert closed.txs == ()
    assert closed.dropped[0].result is not None
    assert closed.dropped[0].result.code.name == "txBAD_SEQ"


def test_an_account_has_to_have_the_fees_of_all_it_pays_for(network: Network) -> None:
    # given an account that can pay one fee of the two it offers
    network.run(NAMES[0], CreateAccount(address("poor"), "1.00001"))
    seq = network.account("poor").seq_num
    frames = [network.frame("poor", BumpSequence(0), seq=seq + ahead) for ahead in (1, 2)]
    closed = network.close(*frames)
    assert [tx.frame for tx in closed.txs] == frames[:1]
    assert closed.dropped[0].result is not None
    assert closed.dropped[0].result.code.name == "txINSUFFICIENT_BALANCE"


def test_fees_are_charged_before_anything_is_applied(network: Network) -> None:
    # given an account that pays everything away while another transaction of it waits in the same ledger
    network.run(NAMES[0], CreateAccount(address("poor"), "2"))
    seq = network.account("poor").seq_num
    all_but_fees = network.frame("poor", Payment(address(NAMES[0]), XLM, "0.99998"), seq=seq + 1)
    second = network.frame("poor", Payment(address(NAMES[0]), XLM, "0.0000001"), seq=seq + 2)
    closed = network.close(all_but_fees, second)
    # then both fees were taken first, so that the first payment fits exactly and the second has nothing left
    assert [op_codes(network.result(tx)) for tx in closed.txs] == [["PAYMENT_SUCCESS"], ["PAYMENT_UNDERFUNDED"]]
    assert network.account("poor").balance == 10_000_000
    assert network.account("poor").seq_num == seq + 2


def test_the_same_transactions_give_the_same_chain() -> None:
    def chain(order: int) -> tuple[bytes, bytes]:
        network = Network()
        network.fund(*NAMES)
        for _ in range(3):
            network.close(*[network.frame(name, pay()) for name in NAMES][::order])
        return network.ledger.last.hash, network.ledger.state_hash()

    assert chain(1) == chain(-1)


def test_the_state_hash_follows_the_state_only(network: Network) -> None:
    before = network.ledger.state_hash()
    network.close()
    assert network.ledger.state_hash() == before
    network.close(network.frame(NAMES[0], BumpSequence(0)))
    assert network.ledger.state_hash() != before
