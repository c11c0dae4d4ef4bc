"""The Stellar Asset Contract: every asset's SEP-41 token, built into the host as on the network (CAP-46-06, 67, 73)."""

from collections.abc import Callable
from typing import NamedTuple

from stellar_sdk import xdr

from arb.localnet.ledger.assets import BadAssetError, asset_of
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.host import Host
from arb.localnet.soroban.ledger_storage import LedgerStorage
from arb.localnet.soroban.ports import Durability
from arb.localnet.soroban.sac_balances import AssetBalances
from arb.localnet.soroban.sac_values import (
    ADMIN_KEY,
    ASSET_KEY,
    DECIMALS,
    INSTANCE_THRESHOLD,
    INSTANCE_TTL,
    METADATA_KEY,
    SacError,
    allowance_key,
    allowance_value,
    asset_of_storage,
    asset_storage,
    demuxed,
    fail,
)
from arb.localnet.soroban.values import (
    ADDRESS,
    BOOL,
    I128,
    U32,
    VOID,
    HostValue,
    account,
    boolean,
    i128,
    map_,
    symbol,
    u32,
    u64,
    vec,
)

_MUXED = 2


class AssetContract:
    """The host's BuiltinContract, over the same storage the host has."""

    def __init__(self, storage: LedgerStorage) -> None:
        self._storage = storage

    def initialise(self, host: Host, contract: bytes, asset_xdr: bytes) -> None:
        """Write what the contract of an asset starts with. Raises HostError for an asset that is not valid."""
        try:
            asset = asset_of(xdr.Asset.from_xdr_bytes(asset_xdr))
        except (BadAssetError, ValueError, EOFError) as error:
            raise HostError(ErrorType.VALUE, ErrorCode.INVALID_INPUT, f"not a valid asset: {error}") from None
        if ASSET_KEY in host.instance_storage():
            fail(SacError.ALREADY_INITIALIZED, "StellarAssetContract has been already initialized")
        host.instance_storage().update(asset_storage(asset))

    def call(self, host: Host, contract: bytes, function: str, args: tuple[HostValue, ...]) -> HostValue:
        """Run a function. Raises HostError: Contract errors as SacError, wrong arguments as Value errors."""
        known = _FUNCTIONS.get(function)
        if known is None:
            raise HostError(ErrorType.CONTEXT, ErrorCode.MISSING_VALUE, f"the asset contract has no {function}")
        if len(args) != len(known.types):
            raise HostError(
                ErrorType.VALUE, ErrorCode.UNEXPECTED_SIZE, f"{function} takes {len(known.types)} arguments"
            )
        for index, (arg, kind) in enumerate(zip(args, known.types, strict=True)):
            muxed = arg[0] == ADDRESS and arg[1][0] == _MUXED and (function, index) != ("transfer", 1)
            if arg[0] != kind or muxed:
                raise HostError(ErrorType.VALUE, ErrorCode.UNEXPECTED_TYPE, f"argument {index} of {function}")
        token = _Token(host, self._storage, contract)
        return known.run(token, *(arg if arg[0] == ADDRESS else arg[1] for arg in args))


class _Token:
    """One call: the functions of the contract, arguments as plain ints, bools and addresses."""

    def __init__(self, host: Host, storage: LedgerStorage, contract: bytes) -> None:
        self._host = host
        self._storage = storage
        self._contract = contract
        self._instance = host.instance_storage()
        self._asset = asset_of_storage(self._instance[ASSET_KEY])
        self._issuer = None if self._asset.issuer is None else account(self._asset.issuer)
        self._balances = AssetBalances(storage, contract, self._asset)

    def decimals(self) -> HostValue:
        return u32(DECIMALS)

    def name(self) -> HostValue:
        return self._metadata("name")

    def symbol(self) -> HostValue:
        return self._metadata("symbol")

    def admin(self) -> HostValue:
        if ADMIN_KEY not in self._instance:
            raise HostError(ErrorType.STORAGE, ErrorCode.MISSING_VALUE, "the native asset has no admin")
        return self._instance[ADMIN_KEY]

    def balance(self, holder: HostValue) -> HostValue:
        self._stay_alive()
        return i128(self._balances.balance(holder))

    def authorized(self, holder: HostValue) -> HostValue:
        self._stay_alive()
        return boolean(self._balances.authorized(holder))

    def allowance(self, owner: HostValue, spender: HostValue) -> HostValue:
        self._stay_alive()
        return i128(self._allowance(owner, spender)[0])

    def transfer(self, owner: HostValue, to: HostValue, amount: int) -> HostValue:
        _require_not_negative(amount)
        receiver, muxed_id = demuxed(to)
        self._host.require_auth(owner)
        self._stay_alive()
        self._balances.move_authorized(owner, -amount)
        self._balances.move_authorized(receiver, amount)
        self._moved(owner, receiver, muxed_id, amount)
        return VOID

    def transfer_from(self, spender: HostValue, owner: HostValue, to: HostValue, amount: int) -> HostValue:
        _require_not_negative(amount)
        self._host.require_auth(spender)
        self._stay_alive()
        self._spend_allowance(owner, spender, amount)
        self._balances.move_authorized(owner, -amount)
        self._balances.move_authorized(to, amount)
        self._moved(owner, to, None, amount)
        return VOID

    def approve(self, owner: HostValue, spender: HostValue, amount: int, live_until: int) -> HostValue:
        _require_not_negative(amount)
        self._host.require_auth(owner)
        self._stay_alive()
        self._write_allowance(owner, spender, amount, live_until)
        self._emit("approve", (owner, spender), vec((i128(amount), u32(live_until))))
        return VOID

    def burn(self, owner: HostValue, amount: int) -> HostValue:
        self._require_burnable(owner, amount)
        self._host.require_auth(owner)
        self._stay_alive()
        self._balances.move_authorized(owner, -amount)
        self._emit("burn", (owner,), i128(amount))
        return VOID

    def burn_from(self, spender: HostValue, owner: HostValue, amount: int) -> HostValue:
        self._require_burnable(owner, amount)
        self._host.require_auth(spender)
        self._stay_alive()
        self._spend_allowance(owner, spender, amount)
        self._balances.move_authorized(owner, -amount)
        self._emit("burn", (owner,), i128(amount))
        return VOID

    def mint(self, to: HostValue, amount: int) -> HostValue:
        _require_not_negative(amount)
        self._require_not_issuer(to)
        self._host.require_auth(self.admin())
        self._stay_alive()
        self._balances.move_authorized(to, amount)
        self._emit("mint", (to,), i128(amount))
        return VOID

    def clawback(self, owner: HostValue, amount: int) -> HostValue:
        _require_not_negative(amount)
        self._balances.require_clawback(owner)
        self._require_not_issuer(owner)
        self._host.require_auth(self.admin())
        self._stay_alive()
        self._balances.move(owner, -amount)
        self._emit("clawback", (owner,), i128(amount))
        return VOID

    def set_authorized(self, holder: HostValue, authorize: bool) -> HostValue:
        self._host.require_auth(self.admin())
        self._stay_alive()
        self._balances.set_authorized(holder, authorize)
        self._emit("set_authorized", (holder,), boolean(authorize))
        return VOID

    def trust(self, holder: HostValue) -> HostValue:
        self._stay_alive()
        if self._balances.needs_line(holder):
            self._host.require_auth(holder)
            self._balances.create_line(holder)
        return VOID

    def set_admin(self, new_admin: HostValue) -> HostValue:
        admin = self.admin()
        self._host.require_auth(admin)
        self._stay_alive()
        self._instance[ADMIN_KEY] = new_admin
        self._emit("set_admin", (admin,), new_admin)
        return VOID

    def _moved(self, owner: HostValue, to: HostValue, muxed_id: int | None, amount: int) -> None:
        data = i128(amount)
        if muxed_id is not None:
            data = map_(((symbol("amount"), data), (symbol("to_muxed_id"), u64(muxed_id))))
        if owner != to and owner == self._issuer:
            self._emit("mint", (to,), data)
        elif owner != to and to == self._issuer:
            self._emit("burn", (owner,), i128(amount))
        else:
            self._emit("transfer", (owner, to), data)

    def _emit(self, name: str, addresses: tuple[HostValue, ...], data: HostValue) -> None:
        self._host.emit((symbol(name), *addresses, self._metadata("name")), data)

    def _metadata(self, name: str) -> HostValue:
        metadata: dict[HostValue, HostValue] = dict(self._instance[METADATA_KEY][1])
        return metadata[symbol(name)]

    def _stay_alive(self) -> None:
        self._storage.extend_instance(self._contract, INSTANCE_THRESHOLD, INSTANCE_TTL)

    def _require_not_issuer(self, address: HostValue) -> None:
        if address == self._issuer:
            fail(SacError.OPERATION_NOT_SUPPORTED, "operation invalid on issuer")

    def _require_burnable(self, owner: HostValue, amount: int) -> None:
        _require_not_negative(amount)
        if self._issuer is None:
            fail(SacError.OPERATION_NOT_SUPPORTED, "operation invalid on native asset")
        self._require_not_issuer(owner)

    def _allowance(self, owner: HostValue, spender: HostValue) -> tuple[int, int]:
        """(amount, the last ledger it holds in); (0, 0) when there is none or it is over."""
        stored = self._storage.get(self._contract, allowance_key(owner, spender), Durability.TEMPORARY)
        if stored is None:
            return 0, 0
        amount, live_until = (entry[1][1] for entry in stored[1])
        return (0, 0) if live_until < self._host.ledger.sequence else (amount, live_until)

    def _spend_allowance(self, owner: HostValue, spender: HostValue, amount: int) -> None:
        allowed, live_until = self._allowance(owner, spender)
        if allowed < amount:
            fail(SacError.ALLOWANCE, f"not enough allowance to spend {amount}: {allowed}")
        if amount > 0:
            self._write_allowance(owner, spender, allowed - amount, live_until)

    def _write_allowance(self, owner: HostValue, spender: HostValue, amount: int, live_until: int) -> None:
        ledger = self._host.ledger
        if live_until > ledger.sequence + ledger.max_ttl - 1:
            fail(SacError.ALLOWANCE, f"live_until {live_until} is later than the network allows")
        if amount > 0 and live_until < ledger.sequence:
            fail(SacError.ALLOWANCE, f"live_until {live_until} must be >= ledger sequence {ledger.sequence}")
        key = allowance_key(owner, spender)
        before = self._storage.get(self._contract, key, Durability.TEMPORARY)
        if before is None and amount == 0:
            return
        self._storage.put(self._contract, key, allowance_value(amount, live_until), Durability.TEMPORARY)
        if amount > 0 and (before is None or before[1][1][1][1] < live_until):
            ledgers = live_until - ledger.sequence
            self._storage.extend(self._contract, key, Durability.TEMPORARY, ledgers, ledgers)


class _Function(NamedTuple):
    run: Callable[..., HostValue]
    types: tuple[int, ...]


_FUNCTIONS: dict[str, _Function] = {
    "allowance": _Function(_Token.allowance, (ADDRESS, ADDRESS)),
    "approve": _Function(_Token.approve, (ADDRESS, ADDRESS, I128, U32)),
    "authorized": _Function(_Token.authorized, (ADDRESS,)),
    "admin": _Function(_Token.admin, ()),
    "balance": _Function(_Token.balance, (ADDRESS,)),
    "burn": _Function(_Token.burn, (ADDRESS, I128)),
    "burn_from": _Function(_Token.burn_from, (ADDRESS, ADDRESS, I128)),
    "clawback": _Function(_Token.clawback, (ADDRESS, I128)),
    "decimals": _Function(_Token.decimals, ()),
    "mint": _Function(_Token.mint, (ADDRESS, I128)),
    "name": _Function(_Token.name, ()),
    "set_admin": _Function(_Token.set_admin, (ADDRESS,)),
    "set_authorized": _Function(_Token.set_authorized, (ADDRESS, BOOL)),
    "symbol": _Function(_Token.symbol, ()),
    "transfer": _Function(_Token.transfer, (ADDRESS, ADDRESS, I128)),
    "transfer_from": _Function(_Token.transfer_from, (ADDRESS, ADDRESS, ADDRESS, I128)),
    "trust": _Function(_Token.trust, (ADDRESS,)),
}


def _require_not_negative(amount: int) -> None:
    if amount < 0:
        fail(SacError.NEGATIVE_AMOUNT, f"negative amount {amount} is not allowed")
