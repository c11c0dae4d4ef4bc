"""Keys and records of the Stellar Asset Contract's storage, and the codes of its errors (rs-soroban-env's SAC)."""

from enum import IntEnum
from typing import NamedTuple, NoReturn

from arb.localnet.ledger.account_ids import account_id_of_key, public_key
from arb.localnet.soroban.errors import ErrorType, HostError
from arb.localnet.soroban.values import (
    ACCOUNT,
    ADDRESS,
    MUXED,
    HostValue,
    account,
    boolean,
    bytes_,
    i128,
    map_,
    string,
    symbol,
    u32,
    vec,
)
from arb.markets.asset import NATIVE, Asset

DECIMALS = 7
DAY_IN_LEDGERS = 17_280
INSTANCE_TTL, INSTANCE_THRESHOLD = 7 * DAY_IN_LEDGERS, 6 * DAY_IN_LEDGERS
BALANCE_TTL, BALANCE_THRESHOLD = 30 * DAY_IN_LEDGERS, 29 * DAY_IN_LEDGERS

ADMIN_KEY = vec((symbol("Admin"),))
ASSET_KEY = vec((symbol("AssetInfo"),))
METADATA_KEY = symbol("METADATA")


class SacError(IntEnum):
    """ContractError of the built-in contracts."""

    OPERATION_NOT_SUPPORTED = 2
    ALREADY_INITIALIZED = 3
    UNAUTHORIZED = 4
    AUTHENTICATION = 5
    ACCOUNT_MISSING = 6
    NEGATIVE_AMOUNT = 8
    ALLOWANCE = 9
    BALANCE = 10
    BALANCE_DEAUTHORIZED = 11
    OVERFLOW = 12
    TRUSTLINE_MISSING = 13
    INSUFFICIENT_ACCOUNT_RESERVE = 14
    TOO_MANY_ACCOUNT_SUBENTRIES = 15


class ContractBalance(NamedTuple):
    """What a contract holds of an asset, in stroops."""

    amount: int
    authorized: bool
    clawback: bool

    @classmethod
    def of(cls, value: HostValue) -> "ContractBalance":
        """The record of a stored value."""
        amount, authorized, clawback = (entry[1][1] for entry in value[1])
        return cls(amount, authorized, clawback)

    def value(self) -> HostValue:
        """The record as it is stored."""
        return map_(
            (
                (symbol("amount"), i128(self.amount)),
                (symbol("authorized"), boolean(self.authorized)),
                (symbol("clawback"), boolean(self.clawback)),
            )
        )


def fail(error: SacError, message: str) -> NoReturn:
    """Raise the contract's own error."""
    raise HostError(ErrorType.CONTRACT, int(error), message)


def balance_key(address: HostValue) -> HostValue:
    """Where a contract's balance is."""
    return vec((symbol("Balance"), address))


def allowance_key(owner: HostValue, spender: HostValue) -> HostValue:
    """Where an allowance is."""
    return vec((symbol("Allowance"), map_(((symbol("from"), owner), (symbol("spender"), spender)))))


def allowance_value(amount: int, live_until: int) -> HostValue:
    """An allowance as it is stored."""
    return map_(((symbol("amount"), i128(amount)), (symbol("live_until_ledger"), u32(live_until))))


def asset_storage(asset: Asset) -> dict[HostValue, HostValue]:
    """The instance storage a new asset contract starts with."""
    if asset.issuer is None:
        name, code = "native", "native"
        info = vec((symbol("Native"),))
    else:
        name, code = f"{asset.code}:{asset.issuer}", asset.code
        width = 4 if len(asset.code) <= 4 else 12
        fields = (
            (symbol("asset_code"), string(asset.code.encode().ljust(width, b"\x00"))),
            (symbol("issuer"), bytes_(public_key(asset.issuer))),
        )
        info = vec((symbol(f"AlphaNum{width}"), map_(fields)))
    metadata = map_(
        ((symbol("decimal"), u32(DECIMALS)), (symbol("name"), string(name)), (symbol("symbol"), string(code)))
    )
    storage = {ASSET_KEY: info, METADATA_KEY: metadata}
    if asset.issuer is not None:
        storage[ADMIN_KEY] = account(asset.issuer)
    return storage


def asset_of_storage(info: HostValue) -> Asset:
    """The asset of the stored AssetInfo."""
    if len(info[1]) == 1:
        return NATIVE
    code, issuer = (entry[1][1] for entry in info[1][1][1])
    return Asset(code.rstrip(b"\x00").decode(), account_id_of_key(issuer))


def demuxed(address: HostValue) -> tuple[HostValue, int | None]:
    """The account behind a muxed address and its id; any other address as it is."""
    kind, key = address[1]
    if kind != MUXED:
        return address, None
    return (ADDRESS, (ACCOUNT, key[8:])), int.from_bytes(key[:8], "big")
