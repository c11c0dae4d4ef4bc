"""The client against a real network: what it sends is accepted, what it reads is what happened."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import pytest
from nacl.signing import SigningKey
from support.localnet import Localnet, running_localnet

from arb.contracts.balance_changes import balance_changes
from arb.contracts.entries import (
    AccountKey,
    AccountState,
    EntryKey,
    OfferKey,
    PoolKey,
    TrustlineKey,
    TrustlineState,
    decode_entry,
    key_text,
)
from arb.contracts.horizon import HorizonClient
from arb.contracts.http import HttpSession
from arb.contracts.market_changes import (
    MarketChange,
    OfferChanged,
    OfferRemoved,
    PoolChanged,
    PoolRemoved,
    market_changes,
)
from arb.contracts.results import decode_result
from arb.contracts.rpc import RpcClient
from arb.contracts.rpc_answers import TransactionAnswer, TransactionRecord
from arb.contracts.transactions import (
    Cycle,
    Signer,
    Transaction,
    build_basket,
    build_transaction,
    change_trust,
    payment,
    sign,
)
from arb.markets.asset import NATIVE, Asset
from arb.markets.book import Offer
from arb.markets.pool import Pool
from arb.markets.universe import default_universe

PASSPHRASE = "Standalone Network ; February 2017"
USDC = default_universe("LOCAL")[-1]


@pytest.fixture(scope="module")
def network() -> Iterator[Localnet]:
    with running_localnet(traffic="on", ledger_seconds=0.25) as running:
        yield running


class Clients(NamedTuple):
    rpc: RpcClient
    horizon: HorizonClient
    url: str

    async def balances(self, *accounts: str) -> dict[tuple[str, Asset], int]:
        keys = [key_text(AccountKey(account)) for account in accounts]
        keys += [key_text(TrustlineKey(account, USDC)) for account in accounts]
        held: dict[tuple[str, Asset], int] = {}
        for data in (await self.rpc.get_ledger_entries(keys)).entries.values():
            entry = decode_entry(data)
            if isinstance(entry, AccountState):
                held[entry.id, NATIVE] = entry.balance
            elif isinstance(entry, TrustlineState):
                held[entry.account, USDC] = entry.balance
        return held

    async def account(self, account: str) -> AccountState:
        key = key_text(AccountKey(account))
        entry = decode_entry((await self.rpc.get_ledger_entries([key])).entries[key])
        assert isinstance(entry, AccountState)
        return entry

    async def landed(self, transaction: Transaction) -> TransactionAnswer:
        sent = await self.rpc.send_transaction(transaction.envelope_xdr)
        assert (sent.status, sent.hash) == ("PENDING", transaction.hash_hex)
        assert (await self.rpc.send_transaction(transaction.envelope_xdr)).status == "DUPLICATE"
        for _ in range(100):
            answer = await self.rpc.get_transaction(transaction.hash_hex)
            if answer.status != "NOT_FOUND":
                return answer
            await asyncio.sleep(0.1)
        raise AssertionError("it never landed")


@pytest.fixture
async def clients(network: Localnet) -> AsyncIterator[Clients]:
    async with HttpSession() as http:
        yield Clients(RpcClient([network.rpc_url], http=http), HorizonClient(network.url, http=http), network.url)


async def funded(clients: Clients) -> Signer:
    signer = Signer(bytes(SigningKey.generate()))
    answer = await clients.horizon.friendbot(f"{clients.url}/friendbot", signer.address)
    assert answer.tx_hash is not None
    return signer


async def test_friendbot_says_when_an_account_is_there_already(clients: Clients) -> None:
    signer = await funded(clients)
    again = await clients.horizon.friendbot(f"{clients.url}/friendbot", signer.address)
    assert (again.tx_hash, again.already_funded) == (None, True)
    document = await clients.horizon.account(signer.address)
    assert document is not None
    assert await clients.horizon.account(Signer(b"n" * 32).address) is None


async def test_deltas_of_our_transactions_are_the_differences_of_balances(clients: Clients) -> None:
    trading, channel = await asyncio.gather(funded(clients), funded(clients))
    own = (trading.address, channel.address)
    latest = await clients.horizon.stream_ledgers().__anext__()
    sequences = {account: (await clients.account(account)).sequence for account in own}

    async def check(transaction: Transaction, source: str, codes: tuple[str, ...]) -> None:
        before = await clients.balances(*own)
        answer = await clients.landed(transaction)
        assert answer.result_xdr is not None
        assert answer.meta_xdr is not None
        outcome = decode_result(answer.result_xdr)
        assert outcome.codes == codes
        deltas = balance_changes(answer.meta_xdr, own=own, fee_source=source, fee_charged=outcome.fee_charged)
        after = await clients.balances(*own)
        moved = {(d.account, d.asset): d.delta for d in deltas}
        places = before.keys() | after.keys()
        differences = {place: after.get(place, 0) - before.get(place, 0) for place in places}
        assert moved == {place: delta for place, delta in differences.items() if delta}

    max_time = latest.closed_at + 100
    # a trustline, then a payment between two own accounts
    lines = [change_trust(USDC, 2**63 - 1), payment(channel.address, NATIVE, 12_345)]
    plain = build_transaction(
        lines,
        source=trading.address,
        sequence=sequences[trading.address] + 1,
        fee=500,
        max_time=max_time,
        passphrase=PASSPHRASE,
    )
    await check(sign(plain, trading), trading.address, ("tx_success", "op_success", "op_success"))

    def basket(cycles: list[Cycle], sequence: int) -> Transaction:
        built = build_basket(
            cycles,
            channel=channel.address,
            trading=trading.address,
            sequence=sequences[channel.address] + sequence,
            fee=100 * len(cycles),
            max_time=max_time,
            passphrase=PASSPHRASE,
        )
        return sign(built, channel, trading)

    # a cycle at a loss, signed by both (no policy here), and one that the market does not give
    loss = Cycle((NATIVE, USDC, NATIVE), 10**8, 10**7)
    await check(basket([loss], 1), channel.address, ("tx_success", "op_success"))
    too_good = Cycle((NATIVE, USDC, NATIVE), 1, 10**7)
    await check(basket([loss, too_good], 2), channel.address, ("tx_failed", "op_success", "op_over_source_max"))


def touched(records: Iterable[TransactionRecord]) -> dict[EntryKey, Offer | Pool]:
    """Offers and pools that still exist after these transactions touched them, as they were left."""
    left: dict[int | str, tuple[EntryKey, Offer | Pool]] = {}
    for record in records:
        for change in market_changes(record.meta_xdr):
            match change:
                case OfferChanged(offer):
                    left[offer.id] = (OfferKey(offer.seller, offer.id), offer)
                case PoolChanged(pool):
                    left[pool.id] = (PoolKey(pool.id), pool)
                case OfferRemoved(offer_id):
                    left.pop(offer_id, None)
                case PoolRemoved(pool_id):
                    left.pop(pool_id, None)
    return dict(left.values())


def changed_id(change: MarketChange) -> int | str:
    match change:
        case OfferChanged(entry) | PoolChanged(entry):
            return entry.id
        case OfferRemoved(entry_id) | PoolRemoved(entry_id):
            return entry_id


async def test_what_changes_say_is_what_the_ledger_holds(clients: Clients) -> None:
    # given the transactions of some ledgers, in small pages
    start = (await clients.rpc.get_latest_ledger()).sequence - 8
    records: list[TransactionRecord] = []
    page = await clients.rpc.get_transactions(start_ledger=max(start, 2), limit=7)
    while page.transactions:
        records += page.transactions
        page = await clients.rpc.get_transactions(cursor=page.cursor, limit=7)
    # then pages join without gap or repetition
    places = [(record.ledger, record.application_order) for record in records]
    assert all(earlier < later for earlier, later in pairwise(places))
    # and what their changes left is on the ledger, except what moved again since
    left = touched(records)
    assert {type(entry) for entry in left.values()} == {Offer, Pool}
    keys = {key_text(key): key for key in left}
    answer = await clients.rpc.get_ledger_entries(list(keys))
    since = (await clients.rpc.get_transactions(cursor=page.cursor, limit=200)).transactions
    moved = {changed_id(change) for record in since for change in market_changes(record.meta_xdr)}
    for text, key in keys.items():
        if left[key].id not in moved:
            assert decode_entry(answer.entries[text]) == left[key]


async def test_ledgers_stream_in_order_without_gap(clients: Clients) -> None:
    seen = []
    async for ledger in clients.horizon.stream_ledgers():
        seen.append(ledger)
        if len(seen) == 5:
            break
    assert [later.sequence - earlier.sequence for earlier, later in pairwise(seen)] == [1] * 4
    assert all(earlier.closed_at < later.closed_at for earlier, later in pairwise(seen))
    assert (seen[0].base_fee, seen[0].base_reserve) == (100, 5_000_000)


async def test_small_reads_answer(clients: Clients) -> None:
    assert (await clients.rpc.get_network()).passphrase == PASSPHRASE
    assert (await clients.rpc.get_health()).status == "healthy"
    assert (await clients.rpc.get_fee_stats()).p90 >= 100
    assert (await clients.horizon.root())["network_passphrase"] == PASSPHRASE
    assert "fee_charged" in await clients.horizon.fee_stats()
    nobody = key_text(AccountKey(Signer(b"n" * 32).address))
    assert (await clients.rpc.get_ledger_entries([nobody])).entries == {}
