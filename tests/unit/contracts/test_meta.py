"""Meta of every version is read as the network wrote it: market changes and balance changes."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stellar_sdk import Keypair, xdr

from arb.contracts.balance_changes import BalanceDelta, balance_changes
from arb.contracts.entries import (
    AccountKey,
    AccountState,
    OfferKey,
    PoolKey,
    TrustlineKey,
    TrustlineState,
    decode_entry,
    key_text,
)
from arb.contracts.errors import Malformed
from arb.contracts.market_changes import OfferChanged, OfferRemoved, PoolChanged, PoolRemoved, market_changes
from arb.contracts.meta import entry_changes
from arb.markets.asset import NATIVE, Asset
from arb.markets.book import Offer
from arb.markets.pool import Pool

OWN, STRANGER, ISSUER = (Keypair.from_raw_ed25519_seed(seed * 32).public_key for seed in (b"o", b"s", b"i"))
USDC, LONG = Asset("USDC", ISSUER), Asset("yUSDC", ISSUER)
POOL_ID = "ab" * 32

VERSIONS = [1, 2, 3, 4]


def asset_xdr(asset: Asset) -> xdr.Asset:
    return xdr.Asset.from_xdr_bytes(asset.to_xdr())


def account_id(address: str) -> xdr.AccountID:
    return Keypair.from_public_key(address).xdr_account_id()


def entry(data: xdr.LedgerEntryData, sponsored: bool = False) -> xdr.LedgerEntry:
    ext = xdr.LedgerEntryExt(0)
    if sponsored:
        sponsor = xdr.SponsorshipDescriptor(account_id(STRANGER))
        ext = xdr.LedgerEntryExt(1, xdr.LedgerEntryExtensionV1(sponsor, xdr.LedgerEntryExtensionV1Ext(0)))
    return xdr.LedgerEntry(xdr.Uint32(77), data, ext)


def offer(offer_id: int, amount: int, *, selling: Asset = USDC, buying: Asset = NATIVE) -> xdr.LedgerEntry:
    return entry(
        xdr.LedgerEntryData(
            xdr.LedgerEntryType.OFFER,
            offer=xdr.OfferEntry(
                account_id(STRANGER),
                xdr.Int64(offer_id),
                asset_xdr(selling),
                asset_xdr(buying),
                xdr.Int64(amount),
                xdr.Price(xdr.Int32(3), xdr.Int32(2)),
                xdr.Uint32(1),
                xdr.OfferEntryExt(0),
            ),
        ),
        sponsored=True,
    )


def pool(reserve_a: int, reserve_b: int) -> xdr.LedgerEntry:
    constant = xdr.LiquidityPoolEntryConstantProduct(
        xdr.LiquidityPoolConstantProductParameters(asset_xdr(NATIVE), asset_xdr(LONG), xdr.Int32(30)),
        xdr.Int64(reserve_a),
        xdr.Int64(reserve_b),
        xdr.Int64(9),
        xdr.Int64(1),
    )
    body = xdr.LiquidityPoolEntryBody(xdr.LiquidityPoolType.LIQUIDITY_POOL_CONSTANT_PRODUCT, constant)
    pool_entry = xdr.LiquidityPoolEntry(xdr.PoolID(xdr.Hash(bytes.fromhex(POOL_ID))), body)
    return entry(xdr.LedgerEntryData(xdr.LedgerEntryType.LIQUIDITY_POOL, liquidity_pool=pool_entry))


def account(address: str, balance: int, *, extended: bool = True) -> xdr.LedgerEntry:
    ext = xdr.AccountEntryExt(0)
    if extended:
        v3 = xdr.AccountEntryExtensionV3(xdr.ExtensionPoint(0), xdr.Uint32(5), xdr.TimePoint(xdr.Uint64(6)))
        v2 = xdr.AccountEntryExtensionV2(
            xdr.Uint32(2),
            xdr.Uint32(3),
            [xdr.SponsorshipDescriptor(None), xdr.SponsorshipDescriptor(account_id(ISSUER))],
            xdr.AccountEntryExtensionV2Ext(3, v3),
        )
        liabilities = xdr.Liabilities(xdr.Int64(11), xdr.Int64(22))
        ext = xdr.AccountEntryExt(1, xdr.AccountEntryExtensionV1(liabilities, xdr.AccountEntryExtensionV1Ext(2, v2)))
    signers = [
        xdr.Signer(
            xdr.SignerKey(xdr.SignerKeyType.SIGNER_KEY_TYPE_HASH_X, hash_x=xdr.Uint256(b"x" * 32)), xdr.Uint32(1)
        ),
        xdr.Signer(
            xdr.SignerKey(
                xdr.SignerKeyType.SIGNER_KEY_TYPE_ED25519_SIGNED_PAYLOAD,
                ed25519_signed_payload=xdr.SignerKeyEd25519SignedPayload(xdr.Uint256(b"p" * 32), b"payload"),
            ),
            xdr.Uint32(1),
        ),
    ]
    body = xdr.AccountEntry(
        account_id(address),
        xdr.Int64(balance),
        xdr.SequenceNumber(xdr.Int64(400)),
        xdr.Uint32(4),
        account_id(ISSUER),
        xdr.Uint32(0),
        xdr.String32(b"example.org"),
        xdr.Thresholds(b"\1\0\0\0"),
        signers,
        ext,
    )
    return entry(xdr.LedgerEntryData(xdr.LedgerEntryType.ACCOUNT, account=body))


def trustline(address: str, asset: Asset | str, balance: int, *, extended: bool = True) -> xdr.LedgerEntry:
    if isinstance(asset, str):
        held = xdr.TrustLineAsset(
            xdr.AssetType.ASSET_TYPE_POOL_SHARE, liquidity_pool_id=xdr.PoolID(xdr.Hash(bytes.fromhex(asset)))
        )
    else:
        held = xdr.TrustLineAsset.from_xdr_bytes(asset.to_xdr())
    ext = xdr.TrustLineEntryExt(0)
    if extended:
        v2 = xdr.TrustLineEntryExtensionV2(xdr.Int32(1), xdr.TrustLineEntryExtensionV2Ext(0))
        liabilities = xdr.Liabilities(xdr.Int64(5), xdr.Int64(6))
        ext = xdr.TrustLineEntryExt(1, xdr.TrustLineEntryV1(liabilities, xdr.TrustLineEntryV1Ext(2, v2)))
    body = xdr.TrustLineEntry(account_id(address), held, xdr.Int64(balance), xdr.Int64(1000), xdr.Uint32(1), ext)
    return entry(xdr.LedgerEntryData(xdr.LedgerEntryType.TRUSTLINE, trust_line=body))


def unused_kinds() -> list[xdr.LedgerEntryChange]:
    """Entries this platform does not use and must step over."""
    data_entry = xdr.DataEntry(account_id(OWN), xdr.String64(b"name"), xdr.DataValue(b"value"), xdr.DataEntryExt(0))
    data = entry(xdr.LedgerEntryData(xdr.LedgerEntryType.DATA, data=data_entry))
    key = xdr.SCVal(xdr.SCValType.SCV_SYMBOL, sym=xdr.SCSymbol(b"Balance"))
    contract = xdr.SCAddress(
        xdr.SCAddressType.SC_ADDRESS_TYPE_CONTRACT, contract_id=xdr.ContractID(xdr.Hash(b"c" * 32))
    )
    contract_data = entry(
        xdr.LedgerEntryData(
            xdr.LedgerEntryType.CONTRACT_DATA,
            contract_data=xdr.ContractDataEntry(
                xdr.ExtensionPoint(0), contract, key, xdr.ContractDataDurability.PERSISTENT, event_data()
            ),
        )
    )
    data_key = xdr.LedgerKey(xdr.LedgerEntryType.DATA, data=xdr.LedgerKeyData(account_id(OWN), xdr.String64(b"name")))
    return [created(data), restored(contract_data), updated(contract_data), removed(data_key)]


def event_data() -> xdr.SCVal:
    i128 = xdr.SCVal(xdr.SCValType.SCV_I128, i128=xdr.Int128Parts(xdr.Int64(1), xdr.Uint64(2)))
    text = xdr.SCVal(xdr.SCValType.SCV_STRING, str=xdr.SCString(b"abcde"))
    address = xdr.SCVal(
        xdr.SCValType.SCV_ADDRESS,
        address=xdr.SCAddress(xdr.SCAddressType.SC_ADDRESS_TYPE_ACCOUNT, account_id=account_id(OWN)),
    )
    vector = xdr.SCVal(xdr.SCValType.SCV_VEC, vec=xdr.SCVec([i128, text, address]))
    void = xdr.SCVal(xdr.SCValType.SCV_VOID)
    flag = xdr.SCVal(xdr.SCValType.SCV_BOOL, b=True)
    return xdr.SCVal(xdr.SCValType.SCV_MAP, map=xdr.SCMap([xdr.SCMapEntry(vector, void), xdr.SCMapEntry(flag, i128)]))


def event() -> xdr.ContractEvent:
    topics = [xdr.SCVal(xdr.SCValType.SCV_SYMBOL, sym=xdr.SCSymbol(b"transfer")), event_data()]
    body = xdr.ContractEventBody(0, xdr.ContractEventV0(topics, event_data()))
    return xdr.ContractEvent(
        xdr.ExtensionPoint(0), xdr.ContractID(xdr.Hash(b"c" * 32)), xdr.ContractEventType.CONTRACT, body
    )


def created(new: xdr.LedgerEntry) -> xdr.LedgerEntryChange:
    return xdr.LedgerEntryChange(xdr.LedgerEntryChangeType.LEDGER_ENTRY_CREATED, created=new)


def updated(new: xdr.LedgerEntry) -> xdr.LedgerEntryChange:
    return xdr.LedgerEntryChange(xdr.LedgerEntryChangeType.LEDGER_ENTRY_UPDATED, updated=new)


def state(old: xdr.LedgerEntry) -> xdr.LedgerEntryChange:
    return xdr.LedgerEntryChange(xdr.LedgerEntryChangeType.LEDGER_ENTRY_STATE, state=old)


def restored(old: xdr.LedgerEntry) -> xdr.LedgerEntryChange:
    return xdr.LedgerEntryChange(xdr.LedgerEntryChangeType.LEDGER_ENTRY_RESTORED, restored=old)


def removed(key: xdr.LedgerKey) -> xdr.LedgerEntryChange:
    return xdr.LedgerEntryChange(xdr.LedgerEntryChangeType.LEDGER_ENTRY_REMOVED, removed=key)


def key(of: AccountKey | TrustlineKey | OfferKey | PoolKey) -> xdr.LedgerKey:
    return xdr.LedgerKey.from_xdr(key_text(of))


Changes = list[xdr.LedgerEntryChange]


def meta(version: int, operations: list[Changes], before: Changes | None = None, after: Changes | None = None) -> str:
    """TransactionMeta of any version around the same changes; version 4 with events between operations."""
    first, last = xdr.LedgerEntryChanges(before or []), xdr.LedgerEntryChanges(after or [])
    plain = [xdr.OperationMeta(xdr.LedgerEntryChanges(changes)) for changes in operations]
    if version == 1:
        return xdr.TransactionMeta(1, v1=xdr.TransactionMetaV1(first, plain)).to_xdr()
    if version == 2:
        return xdr.TransactionMeta(2, v2=xdr.TransactionMetaV2(first, plain, last)).to_xdr()
    point = xdr.ExtensionPoint(0)
    if version == 3:
        return xdr.TransactionMeta(3, v3=xdr.TransactionMetaV3(point, first, plain, last, None)).to_xdr()
    second = [xdr.OperationMetaV2(point, xdr.LedgerEntryChanges(changes), [event(), event()]) for changes in operations]
    return xdr.TransactionMeta(4, v4=xdr.TransactionMetaV4(point, first, second, last, None, [], [])).to_xdr()


def plain_offer(offer_id: int, amount: int) -> Offer:
    return Offer(offer_id, STRANGER, USDC, NATIVE, amount, 3, 2, passive=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_last_state_of_each_offer_and_pool_counts(version: int) -> None:
    # given two operations that touch offer 1 twice, remove offer 2, move a pool, and much that is not a market
    operations = [
        [state(offer(1, 50)), updated(offer(1, 40)), state(offer(2, 9)), removed(key(OfferKey(STRANGER, 2)))],
        [
            *unused_kinds(),
            state(offer(1, 40)),
            updated(offer(1, 30)),
            state(pool(10, 20)),
            updated(pool(12, 18)),
            created(offer(3, 5)),
        ],
    ]
    before = [state(account(STRANGER, 5)), updated(account(STRANGER, 5, extended=False))]
    # when the meta is read
    changes = market_changes(meta(version, operations, before))
    # then one change is left per venue, with the pair of what is gone
    assert set(changes) == {
        OfferChanged(plain_offer(1, 30)),
        OfferRemoved(2, USDC, NATIVE),
        OfferChanged(plain_offer(3, 5)),
        PoolChanged(Pool(POOL_ID, NATIVE, LONG, 12, 18, 9, 30)),
    }
    assert len(changes) == 4


def test_what_came_and_went_within_a_transaction_is_no_change() -> None:
    came_and_went = [[created(offer(1, 5))], [state(offer(1, 5)), removed(key(OfferKey(STRANGER, 1)))]]
    assert market_changes(meta(4, came_and_went)) == []


def test_a_pool_that_is_gone_names_its_pair() -> None:
    gone = [[state(pool(1, 1)), removed(key(PoolKey(POOL_ID)))]]
    assert market_changes(meta(4, gone)) == [PoolRemoved(POOL_ID, NATIVE, LONG)]


@pytest.mark.parametrize("version", VERSIONS)
def test_balance_changes_sum_all_moves_and_the_fee(version: int) -> None:
    # given a transaction that moves XLM and USDC of ours in two steps, and balances of others
    operations = [
        [
            state(account(OWN, 1000)),
            updated(account(OWN, 900)),
            state(account(STRANGER, 7)),
            updated(account(STRANGER, 107)),
            created(trustline(OWN, LONG, 0, extended=False)),
        ],
        [
            state(account(OWN, 900)),
            updated(account(OWN, 950)),
            state(trustline(OWN, USDC, 10)),
            updated(trustline(OWN, USDC, 25)),
            state(trustline(OWN, POOL_ID, 1)),
            updated(trustline(OWN, POOL_ID, 2)),
        ],
    ]
    # when another account, not ours, pays the fee
    changes = balance_changes(meta(version, operations), own={OWN}, fee_source=STRANGER, fee_charged=100)
    # then
    assert changes == [BalanceDelta(OWN, NATIVE, -50), BalanceDelta(OWN, USDC, 15)]
    # and when we pay it
    changes = balance_changes(meta(version, operations), own={OWN}, fee_source=OWN, fee_charged=100)
    assert changes == [BalanceDelta(OWN, NATIVE, -150), BalanceDelta(OWN, USDC, 15)]


def test_a_failed_transaction_costs_its_fee_and_nothing_else() -> None:
    bumped = [state(account(OWN, 900)), updated(account(OWN, 900))]
    changes = balance_changes(meta(4, [], bumped), own={OWN}, fee_source=OWN, fee_charged=100)
    assert changes == [BalanceDelta(OWN, NATIVE, -100)]


def test_a_refund_is_in_fee_charged_and_not_counted_again() -> None:
    refund = [state(account(OWN, 900)), updated(account(OWN, 940))]
    changes = balance_changes(meta(3, [[]], after=refund), own={OWN}, fee_source=OWN, fee_charged=60)
    assert changes == [BalanceDelta(OWN, NATIVE, -60)]


def test_created_and_merged_accounts_count_whole() -> None:
    born = [[created(account(OWN, 500))]]
    assert balance_changes(meta(4, born), own={OWN}, fee_source=STRANGER, fee_charged=1) == [
        BalanceDelta(OWN, NATIVE, 500)
    ]
    merged = [[state(account(OWN, 500)), removed(key(AccountKey(OWN)))]]
    assert balance_changes(meta(4, merged), own={OWN}, fee_source=OWN, fee_charged=1) == [
        BalanceDelta(OWN, NATIVE, -501)
    ]


@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=8), st.integers(0, 10**6))
def test_deltas_sum_to_the_difference_of_balances(balances: list[int], fee: int) -> None:
    # given an account that goes through any balances in as many operations
    steps = [[state(account(OWN, old)), updated(account(OWN, new))] for old, new in itertools.pairwise(balances)]
    changes = balance_changes(meta(4, steps), own={OWN}, fee_source=OWN, fee_charged=fee)
    assert sum(change.delta for change in changes) == balances[-1] - balances[0] - fee


def test_entries_answered_by_rpc_are_read_whole() -> None:
    assert decode_entry(account(OWN, 900).data.to_xdr()) == AccountState(OWN, 900, 400, 4, 3, 2, 11, 22)
    assert decode_entry(account(OWN, 900, extended=False).data.to_xdr()) == AccountState(OWN, 900, 400, 4, 0, 0, 0, 0)
    line = decode_entry(trustline(OWN, USDC, 10).data.to_xdr())
    assert line == TrustlineState(OWN, USDC, 10, 1000, True, 5, 6)
    assert line.room == 985
    assert decode_entry(offer(4, 8).data.to_xdr()) == plain_offer(4, 8)
    with pytest.raises(Malformed, match="neither"):
        decode_entry(unused_kinds()[0].created.data.to_xdr())  # type: ignore[union-attr]


def test_an_account_may_spend_what_reserves_and_offers_leave() -> None:
    held = AccountState(OWN, 100_000_000, 1, 4, 3, 2, 0, 20_000_000)
    assert held.available(5_000_000) == 100_000_000 - (2 + 4 + 3 - 2) * 5_000_000 - 20_000_000
    assert held.available(50_000_000) == 0


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (AccountKey(OWN), xdr.LedgerKeyAccount(account_id(OWN))),
        (OfferKey(OWN, 5), xdr.LedgerKeyOffer(account_id(OWN), xdr.Int64(5))),
        (PoolKey(POOL_ID), xdr.LedgerKeyLiquidityPool(xdr.PoolID(xdr.Hash(bytes.fromhex(POOL_ID))))),
        (
            TrustlineKey(OWN, LONG),
            xdr.LedgerKeyTrustLine(account_id(OWN), xdr.TrustLineAsset.from_xdr_bytes(LONG.to_xdr())),
        ),
    ],
)
def test_keys_are_the_sdks(built: AccountKey | TrustlineKey | OfferKey | PoolKey, expected: object) -> None:
    parsed = key(built)
    arms = [parsed.account, parsed.offer, parsed.liquidity_pool, parsed.trust_line]
    assert [arm for arm in arms if arm is not None] == [expected]


@pytest.mark.parametrize("version", VERSIONS)
def test_meta_that_was_cut_is_malformed(version: int) -> None:
    whole = xdr.TransactionMeta.from_xdr(meta(version, [[state(offer(1, 50)), updated(offer(1, 40))]])).to_xdr_bytes()
    for length in range(0, len(whole) - (20 if version == 4 else 8), 4):
        with pytest.raises(Malformed):
            list(entry_changes(whole[:length]))


def test_an_unknown_version_is_malformed() -> None:
    with pytest.raises(Malformed, match="version 9"):
        list(entry_changes(b"\0\0\0\x09"))
