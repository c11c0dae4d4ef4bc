"""Ledger entries, their changes and meta of every version, built from the SDK's own types."""

from stellar_sdk import Keypair, xdr

from arb.contracts.entries import (
    AccountKey,
    OfferKey,
    PoolKey,
    TrustlineKey,
    key_text,
)
from arb.markets.asset import NATIVE, Asset

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
