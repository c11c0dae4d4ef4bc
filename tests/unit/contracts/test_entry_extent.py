"""Entries that are passed over by their lengths end where the generated classes say they end."""

import pytest
from stellar_sdk import Keypair, StrKey, scval, xdr

from arb.contracts.entries import read_entry_data
from arb.contracts.errors import Malformed
from arb.contracts.xdr_cursor import Cursor

KEY = Keypair.from_raw_ed25519_seed(bytes(32)).xdr_account_id()
CONTRACT = xdr.SCAddress(xdr.SCAddressType.SC_ADDRESS_TYPE_CONTRACT, contract_id=xdr.ContractID(xdr.Hash(bytes(32))))
I64, I32, U32 = xdr.Int64(5), xdr.Int32(3), xdr.Uint32(7)
LIABILITIES = xdr.Liabilities(I64, I64)
VALUES = {
    "void": scval.to_void(),
    "number": scval.to_int128(-(2**100)),
    "text of 5": scval.to_string("abcde"),
    "nested": scval.to_vec([scval.to_map({scval.to_symbol("k"): scval.to_bytes(b"abc")}), scval.to_bool(True)]),
    "address": scval.to_address(StrKey.encode_contract(bytes(32))),
    "instance key": xdr.SCVal(xdr.SCValType.SCV_LEDGER_KEY_CONTRACT_INSTANCE),
    "nonce": xdr.SCVal(xdr.SCValType.SCV_LEDGER_KEY_NONCE, nonce_key=xdr.SCNonceKey(I64)),
}


def instance(executable: xdr.ContractExecutable, storage: xdr.SCMap | None) -> xdr.SCVal:
    return xdr.SCVal(xdr.SCValType.SCV_CONTRACT_INSTANCE, instance=xdr.SCContractInstance(executable, storage))


WASM = xdr.ContractExecutable(xdr.ContractExecutableType.CONTRACT_EXECUTABLE_WASM, wasm_hash=xdr.Hash(bytes(32)))
ASSET = xdr.ContractExecutable(xdr.ContractExecutableType.CONTRACT_EXECUTABLE_STELLAR_ASSET)
STORAGE = xdr.SCMap([xdr.SCMapEntry(scval.to_symbol("Admin"), VALUES["address"])])
VALUES |= {
    "wasm instance": instance(WASM, STORAGE),
    "bare instance": instance(WASM, None),
    "asset instance": instance(ASSET, STORAGE),
}


def account(extension: int) -> xdr.LedgerEntryData:
    """An account whose extensions reach that version."""
    inner = xdr.AccountEntryExtensionV2(
        U32,
        U32,
        [xdr.SponsorshipDescriptor(KEY), xdr.SponsorshipDescriptor(None)],
        xdr.AccountEntryExtensionV2Ext(0)
        if extension < 3
        else xdr.AccountEntryExtensionV2Ext(
            3, xdr.AccountEntryExtensionV3(xdr.ExtensionPoint(0), U32, xdr.TimePoint(xdr.Uint64(1)))
        ),
    )
    first = xdr.AccountEntryExtensionV1(
        LIABILITIES,
        xdr.AccountEntryExtensionV1Ext(0) if extension < 2 else xdr.AccountEntryExtensionV1Ext(2, inner),
    )
    payload = xdr.SignerKeyEd25519SignedPayload(xdr.Uint256(bytes(32)), b"12345")
    signers = [
        xdr.Signer(xdr.SignerKey(xdr.SignerKeyType.SIGNER_KEY_TYPE_ED25519, ed25519=xdr.Uint256(bytes(32))), U32),
        xdr.Signer(
            xdr.SignerKey(xdr.SignerKeyType.SIGNER_KEY_TYPE_ED25519_SIGNED_PAYLOAD, ed25519_signed_payload=payload),
            U32,
        ),
    ]
    return xdr.LedgerEntryData(
        xdr.LedgerEntryType.ACCOUNT,
        account=xdr.AccountEntry(
            account_id=KEY,
            balance=I64,
            seq_num=xdr.SequenceNumber(I64),
            num_sub_entries=U32,
            inflation_dest=KEY if extension else None,
            flags=U32,
            home_domain=xdr.String32(b"example.org"),
            thresholds=xdr.Thresholds(b"\1\0\0\0"),
            signers=signers,
            ext=xdr.AccountEntryExt(0) if not extension else xdr.AccountEntryExt(1, first),
        ),
    )


def trustline(asset: xdr.TrustLineAsset, extension: int) -> xdr.LedgerEntryData:
    second = xdr.TrustLineEntryExtensionV2(I32, xdr.TrustLineEntryExtensionV2Ext(0))
    first = xdr.TrustLineEntryV1(
        LIABILITIES,
        xdr.TrustLineEntryV1Ext(0) if extension < 2 else xdr.TrustLineEntryV1Ext(2, second),
    )
    ext = xdr.TrustLineEntryExt(0) if not extension else xdr.TrustLineEntryExt(1, first)
    return xdr.LedgerEntryData(
        xdr.LedgerEntryType.TRUSTLINE, trust_line=xdr.TrustLineEntry(KEY, asset, I64, I64, U32, ext)
    )


SHORT = xdr.TrustLineAsset(
    xdr.AssetType.ASSET_TYPE_CREDIT_ALPHANUM4, alpha_num4=xdr.AlphaNum4(xdr.AssetCode4(b"USD\0"), KEY)
)
LONG = xdr.TrustLineAsset(
    xdr.AssetType.ASSET_TYPE_CREDIT_ALPHANUM12, alpha_num12=xdr.AlphaNum12(xdr.AssetCode12(b"LONGCODE\0\0\0\0"), KEY)
)
SHARES = xdr.TrustLineAsset(xdr.AssetType.ASSET_TYPE_POOL_SHARE, liquidity_pool_id=xdr.PoolID(xdr.Hash(bytes(32))))


def data_entry(key: xdr.SCVal, value: xdr.SCVal) -> xdr.LedgerEntryData:
    entry = xdr.ContractDataEntry(xdr.ExtensionPoint(0), CONTRACT, key, xdr.ContractDataDurability.PERSISTENT, value)
    return xdr.LedgerEntryData(xdr.LedgerEntryType.CONTRACT_DATA, contract_data=entry)


ENTRIES = {
    **{f"account, extension {n}": account(n) for n in range(4)},
    **{f"trustline {n}, extension {e}": trustline(a, e) for e in range(3) for n, a in enumerate((SHORT, LONG, SHARES))},
    **{f"contract data, {name}": data_entry(VALUES["nonce"], value) for name, value in VALUES.items()},
    "time to live": xdr.LedgerEntryData(xdr.LedgerEntryType.TTL, ttl=xdr.TTLEntry(xdr.Hash(bytes(32)), U32)),
    "contract code": xdr.LedgerEntryData(
        xdr.LedgerEntryType.CONTRACT_CODE,
        contract_code=xdr.ContractCodeEntry(xdr.ContractCodeEntryExt(0), xdr.Hash(bytes(32)), b"wasm!"),
    ),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_what_is_passed_over_ends_where_the_next_entry_begins(name: str) -> None:
    raw = ENTRIES[name].to_xdr_bytes()
    cursor = Cursor(raw + b"\0" * 64)
    assert read_entry_data(cursor, balances=False) is None
    assert cursor.at == len(raw)


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_cut_short_is_malformed(name: str) -> None:
    cursor = Cursor(ENTRIES[name].to_xdr_bytes()[:-4])
    with pytest.raises(Malformed):  # noqa: PT012  (skipping looks no further than it must: `within` is the check)
        read_entry_data(cursor, balances=False)
        cursor.within()
