"""Pools as their contracts store them: ledger entries made with the SDK's own XDR, as RPC would answer with them."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from stellar_sdk import Address, StrKey, scval, xdr

from arb.contracts.rpc_answers import EntriesAnswer

LEDGER = 1000


def contract_id(name: object) -> str:
    """Some contract's address, the same for the same name."""
    return StrKey.encode_contract(hashlib.sha256(str(name).encode()).digest())


def variant(name: str, *fields: xdr.SCVal) -> xdr.SCVal:
    """An enum of Rust with data, as a storage key."""
    return scval.to_vec([scval.to_symbol(name), *fields])


def _data(contract: str, key: xdr.SCVal) -> xdr.LedgerKey:
    return xdr.LedgerKey(
        xdr.LedgerEntryType.CONTRACT_DATA,
        contract_data=xdr.LedgerKeyContractData(
            Address(contract).to_xdr_sc_address(), key, xdr.ContractDataDurability.PERSISTENT
        ),
    )


@dataclass
class Stored:
    """A ledger's contract data: what getLedgerEntries would answer."""

    entries: dict[str, str] = field(default_factory=dict)
    live_until: dict[str, int] = field(default_factory=dict)

    def answer(self, ledger: int = LEDGER) -> EntriesAnswer:
        return EntriesAnswer(ledger, self.entries, True, self.live_until)

    def put(self, contract: str, key: xdr.SCVal, value: xdr.SCVal) -> str:
        """Persistent data; its key."""
        of = _data(contract, key)
        assert of.contract_data is not None
        entry = xdr.LedgerEntryData(
            xdr.LedgerEntryType.CONTRACT_DATA,
            contract_data=xdr.ContractDataEntry(
                xdr.ExtensionPoint(0),
                of.contract_data.contract,
                key,
                xdr.ContractDataDurability.PERSISTENT,
                value,
            ),
        )
        self.entries[of.to_xdr()] = entry.to_xdr()
        return of.to_xdr()

    def put_instance(self, contract: str, storage: Iterable[tuple[xdr.SCVal, xdr.SCVal]] | None) -> str:
        """A contract with instance storage; its key."""
        pairs = [xdr.SCMapEntry(key, value) for key, value in storage or ()]
        pairs.sort(key=lambda pair: pair.key.to_xdr_bytes())
        instance = xdr.SCContractInstance(
            xdr.ContractExecutable(xdr.ContractExecutableType.CONTRACT_EXECUTABLE_WASM, xdr.Hash(bytes(32))),
            None if storage is None else xdr.SCMap(pairs),
        )
        return self.put(
            contract,
            xdr.SCVal(xdr.SCValType.SCV_LEDGER_KEY_CONTRACT_INSTANCE),
            xdr.SCVal(xdr.SCValType.SCV_CONTRACT_INSTANCE, instance=instance),
        )

    def soroswap(self, contract: str, tokens: tuple[str, str], reserves: tuple[int, int]) -> str:
        """A pair, with what else a pair stores."""
        metadata = scval.to_struct(
            {"decimal": scval.to_uint32(7), "name": scval.to_string("Pair LP Token"), "symbol": scval.to_string("LP")}
        )
        pairs = [
            *((scval.to_uint32(at), scval.to_address(token)) for at, token in enumerate(tokens)),
            *((scval.to_uint32(at), scval.to_int128(reserve)) for at, reserve in enumerate(reserves, 2)),
            (scval.to_uint32(4), scval.to_address(contract_id("factory"))),
            (variant("Admin"), scval.to_address(contract)),
            (variant("TotalSupply"), scval.to_int128(10**12)),
            (scval.to_symbol("METADATA"), metadata),
        ]
        return self.put_instance(contract, pairs)

    def aquarius(
        self, contract: str, tokens: tuple[str, str], reserves: tuple[int, int], fee: int, **more: xdr.SCVal
    ) -> str:
        """A constant-product pool; `more` by storage key replaces or adds."""
        values = {
            "TokenA": scval.to_address(tokens[0]),
            "TokenB": scval.to_address(tokens[1]),
            "ReserveA": scval.to_uint128(reserves[0]),
            "ReserveB": scval.to_uint128(reserves[1]),
            "FeeFraction": scval.to_uint32(fee),
            **_AQUARIUS_OTHERS,
            **more,
        }
        return self.put_instance(contract, ((variant(name), value) for name, value in values.items()))

    def aquarius_stable(
        self, contract: str, tokens: tuple[str, ...], reserves: tuple[int, ...], **more: xdr.SCVal
    ) -> str:
        """A stable pool of amplification 750 and 10 basis points."""
        values = {
            "Tokens": scval.to_vec([scval.to_address(token) for token in tokens]),
            "Reserves": scval.to_vec([scval.to_uint128(reserve) for reserve in reserves]),
            "Decimals": scval.to_vec([scval.to_uint32(7) for _ in tokens]),
            "Fee": scval.to_uint32(10),
            "InitialA": scval.to_uint128(750),
            "InitialATime": scval.to_uint64(0),
            "FutureA": scval.to_uint128(750),
            "FutureATime": scval.to_uint64(0),
            **_AQUARIUS_OTHERS,
            **more,
        }
        return self.put_instance(contract, ((variant(name), value) for name, value in values.items()))

    def phoenix(
        self, contract: str, tokens: tuple[str, str], reserves: tuple[int, int], fee: int, **more: xdr.SCVal
    ) -> list[str]:
        """A constant-product pool; its keys."""
        other = scval.to_address(contract_id("other"))
        config = {
            "fee_recipient": other,
            "max_allowed_slippage_bps": scval.to_int64(5000),
            "max_allowed_spread_bps": scval.to_int64(500),
            "max_referral_bps": scval.to_int64(0),
            "pool_type": scval.to_uint32(0),
            "share_token": other,
            "stake_contract": other,
            "token_a": scval.to_address(tokens[0]),
            "token_b": scval.to_address(tokens[1]),
            "total_fee_bps": scval.to_int64(fee),
            **more,
        }
        self.put_instance(contract, [(scval.to_symbol("ADMIN"), other)])
        return [
            self.put(contract, scval.to_symbol("CONFIG"), scval.to_struct(config)),
            self.put(contract, scval.to_uint32(1), scval.to_int128(reserves[0])),
            self.put(contract, scval.to_uint32(2), scval.to_int128(reserves[1])),
        ]


_AQUARIUS_OTHERS = {
    "Plane": scval.to_address(contract_id("plane")),
    "Router": scval.to_address(contract_id("router")),
    "TokenShare": scval.to_address(contract_id("share")),
    "TotalShares": scval.to_uint128(10**12),
    "IsKilledSwap": scval.to_bool(False),
    "IsKilledDeposit": scval.to_bool(False),
    "IsKilledClaim": scval.to_bool(False),
    "TokenFutureWASM": scval.to_bytes(bytes(32)),
    "GaugeFutureWASM": scval.to_bytes(bytes(32)),
    "Admin": scval.to_address(contract_id("admin")),
    "Operator": scval.to_address(contract_id("operator")),
    "EmPauseAdmins": scval.to_vec([scval.to_address(contract_id(number)) for number in range(3)]),
    "RewardToken": scval.to_address(contract_id("AQUA")),
    "PoolRewardConfig": scval.to_struct({"expired_at": scval.to_uint64(0), "tps": scval.to_uint128(0)}),
    "PoolRewardData": scval.to_struct(
        {
            "accumulated": scval.to_uint128(10**9),
            "block": scval.to_uint64(1),
            "claimed": scval.to_uint128(0),
            "last_time": scval.to_uint64(2),
        }
    ),
    "ProtocolFeeA": scval.to_uint128(0),
    "ProtocolFeeB": scval.to_uint128(0),
}
