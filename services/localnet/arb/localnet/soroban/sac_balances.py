"""Balances behind the asset contract: accounts and trustlines for accounts, contract data for contracts."""

from arb.localnet.ledger import keys
from arb.localnet.ledger.account_ids import account_id_of_key
from arb.localnet.ledger.balances import add_subentries, min_balance
from arb.localnet.ledger.entries import (
    AUTH_CLAWBACK_ENABLED,
    AUTH_REQUIRED,
    AUTH_REVOCABLE,
    AUTHORIZED,
    AUTHORIZED_TO_MAINTAIN_LIABILITIES,
    TRUSTLINE_CLAWBACK_ENABLED,
    Account,
    TrustLine,
)
from arb.localnet.soroban.errors import ErrorCode, ErrorType, HostError
from arb.localnet.soroban.ledger_storage import LedgerStorage
from arb.localnet.soroban.ports import Durability
from arb.localnet.soroban.sac_values import (
    BALANCE_THRESHOLD,
    BALANCE_TTL,
    ContractBalance,
    SacError,
    balance_key,
    fail,
)
from arb.localnet.soroban.values import HostValue
from arb.markets.amount import INT64_MAX
from arb.markets.asset import Asset

_ACCOUNT, _CONTRACT = 0, 1
_I128_MAX = 2**127 - 1


class AssetBalances:
    """What addresses hold of one asset (stroops), read and changed under the footprint."""

    def __init__(self, storage: LedgerStorage, contract: bytes, asset: Asset) -> None:
        """`contract` is the asset contract's id."""
        self._storage = storage
        self._contract = contract
        self._asset = asset

    def balance(self, address: HostValue) -> int:
        """What an address holds, the reserve of an account included; INT64_MAX for the issuer."""
        holder = self._account_id(address)
        if holder is None:
            stored = self._stored(address)
            if stored is None:
                return 0
            self._extend(address)
            return stored.amount
        if self._asset.issuer == holder:
            return INT64_MAX
        if self._asset.issuer is None:
            return self._account(holder).balance
        return self._line(holder).balance

    def authorized(self, address: HostValue) -> bool:
        """Whether an address may move its balance."""
        holder = self._account_id(address)
        if holder is None:
            stored = self._stored(address)
            return stored.authorized if stored is not None else not self._issuer_flag(AUTH_REQUIRED)
        if self._asset.issuer in (None, holder):
            return True
        return bool(self._line(holder).flags & AUTHORIZED)

    def move(self, address: HostValue, amount: int) -> None:
        """Add `amount` to what an address holds, or take -`amount`, whatever it is authorised to."""
        holder = self._account_id(address)
        if holder is None:
            self._move_contract(address, amount)
        elif abs(amount) > INT64_MAX:
            fail(SacError.OVERFLOW, f"amount {amount} does not fit an i64")
        elif self._asset.issuer is None:
            self._move_native(holder, amount)
        elif self._asset.issuer != holder:
            self._move_line(holder, amount)

    def move_authorized(self, address: HostValue, amount: int) -> None:
        """`move` for those who may."""
        if not self.authorized(address):
            fail(SacError.BALANCE_DEAUTHORIZED, "balance is deauthorized")
        self.move(address, amount)

    def set_authorized(self, address: HostValue, authorize: bool) -> None:
        """Authorise an address or revoke that, as the issuer's flags allow."""
        if not authorize and not self._issuer_flag(AUTH_REVOCABLE):
            fail(SacError.OPERATION_NOT_SUPPORTED, "issuer does not have AUTH_REVOCABLE set")
        holder = self._account_id(address)
        if holder is None:
            stored = self._stored(address) or ContractBalance(0, authorize, self._issuer_flag(AUTH_CLAWBACK_ENABLED))
            self._store(address, stored._replace(authorized=authorize))
            return
        if self._asset.issuer in (None, holder):
            fail(SacError.OPERATION_NOT_SUPPORTED, "neither XLM nor an issuer's own balance is authorised")
        line = self._load_line(holder)
        kept = line.flags & ~(AUTHORIZED | AUTHORIZED_TO_MAINTAIN_LIABILITIES)
        line.flags = kept | (AUTHORIZED if authorize else AUTHORIZED_TO_MAINTAIN_LIABILITIES)

    def require_clawback(self, address: HostValue) -> None:
        """Fail unless the issuer may take this balance back."""
        holder = self._account_id(address)
        if holder is None:
            stored = self._stored(address)
            if stored is None or not stored.clawback:
                fail(SacError.BALANCE, "no balance that can be clawed back")
        elif self._asset.issuer in (None, holder):
            fail(SacError.OPERATION_NOT_SUPPORTED, "neither XLM nor an issuer's own balance can be clawed back")
        elif not self._line(holder).flags & TRUSTLINE_CLAWBACK_ENABLED:
            fail(SacError.BALANCE, "trustline isn't clawbackable")

    def _move_contract(self, address: HostValue, amount: int) -> None:
        stored = self._stored(address)
        if stored is None:
            if amount < 0:
                fail(SacError.BALANCE, "zero balance is not sufficient to spend")
            stored = ContractBalance(0, True, self._issuer_flag(AUTH_CLAWBACK_ENABLED))
        total = stored.amount + amount
        if total < 0:
            fail(SacError.BALANCE, f"balance {stored.amount} is not sufficient to spend {-amount}")
        if total > _I128_MAX:
            fail(SacError.OVERFLOW, "balance overflow")
        self._store(address, stored._replace(amount=total))

    def needs_line(self, address: HostValue) -> bool:
        """Whether an address can hold the asset only by a trustline it has not got."""
        holder = self._account_id(address)
        if holder is None:
            return False
        if self._asset.issuer in (None, holder):
            fail(SacError.OPERATION_NOT_SUPPORTED, "neither XLM nor an issuer's own asset is trusted")
        return self._storage.classic(keys.trustline_key(holder, self._asset)) is None

    def create_line(self, address: HostValue) -> None:
        """An account's trustline without limit, as its issuer's flags have it (CAP-73)."""
        holder = self._account_id(address)
        assert holder is not None
        required, clawback = self._issuer_flag(AUTH_REQUIRED), self._issuer_flag(AUTH_CLAWBACK_ENABLED)
        self._account(holder)
        account = self._storage.load_classic(keys.account_key(holder))
        assert isinstance(account, Account)
        refused = add_subentries(self._storage.reads.header, account, 1)
        if refused == "LOW_RESERVE":
            fail(SacError.INSUFFICIENT_ACCOUNT_RESERVE, "account has insufficient reserve for new trustline")
        if refused is not None:
            fail(SacError.TOO_MANY_ACCOUNT_SUBENTRIES, "account has reached maximum number of sub-entries")
        flags = (0 if required else AUTHORIZED) | (TRUSTLINE_CLAWBACK_ENABLED if clawback else 0)
        self._storage.create_classic(TrustLine(holder, self._asset, 0, INT64_MAX, flags))

    def _create_account(self, holder: str, amount: int) -> None:
        """An account made by what it is paid (CAP-73)."""
        header = self._storage.reads.header
        if amount < 2 * header.base_reserve:
            fail(SacError.INSUFFICIENT_ACCOUNT_RESERVE, f"transfer amount {amount} is below minimum for new account")
        self._storage.create_classic(Account(holder, amount, seq_num=header.ledger_seq << 32))

    def _move_native(self, holder: str, amount: int) -> None:
        if amount > 0 and self._storage.classic(keys.account_key(holder)) is None:
            self._create_account(holder, amount)
            return
        self._account(holder)
        account = self._storage.load_classic(keys.account_key(holder))
        assert isinstance(account, Account)
        balance = account.balance + amount
        floor = min_balance(self._storage.reads.header, account) + account.selling_liabilities if amount < 0 else 0
        if not floor <= balance <= INT64_MAX - account.buying_liabilities:
            fail(SacError.BALANCE, f"resulting balance {balance} is not within the allowed range")
        account.balance = balance

    def _move_line(self, holder: str, amount: int) -> None:
        line = self._load_line(holder)
        balance = line.balance + amount
        if not line.selling_liabilities <= balance <= line.limit - line.buying_liabilities:
            fail(SacError.BALANCE, f"resulting balance {balance} is not within the allowed range")
        line.balance = balance

    def _account_id(self, address: HostValue) -> str | None:
        """The account behind an address; None for a contract."""
        kind, key = address[1]
        if kind == _CONTRACT:
            return None
        if kind != _ACCOUNT:
            raise HostError(ErrorType.OBJECT, ErrorCode.INTERNAL_ERROR, "only accounts and contracts hold assets")
        return account_id_of_key(key)

    def _stored(self, address: HostValue) -> ContractBalance | None:
        value = self._storage.get(self._contract, balance_key(address), Durability.PERSISTENT)
        return None if value is None else ContractBalance.of(value)

    def _store(self, address: HostValue, balance: ContractBalance) -> None:
        self._storage.put(self._contract, balance_key(address), balance.value(), Durability.PERSISTENT)
        self._extend(address)

    def _extend(self, address: HostValue) -> None:
        key = balance_key(address)
        self._storage.extend(self._contract, key, Durability.PERSISTENT, BALANCE_THRESHOLD, BALANCE_TTL)

    def _account(self, holder: str) -> Account:
        entry = self._storage.classic(keys.account_key(holder))
        if not isinstance(entry, Account):
            fail(SacError.ACCOUNT_MISSING, f"account {holder} does not exist")
        return entry

    def _line(self, holder: str) -> TrustLine:
        entry = self._storage.classic(keys.trustline_key(holder, self._asset))
        if not isinstance(entry, TrustLine):
            fail(SacError.TRUSTLINE_MISSING, f"trustline of {holder} for {self._asset} is missing")
        return entry

    def _load_line(self, holder: str) -> TrustLine:
        self._line(holder)
        entry = self._storage.load_classic(keys.trustline_key(holder, self._asset))
        assert isinstance(entry, TrustLine)
        return entry

    def _issuer_flag(self, flag: int) -> bool:
        return self._asset.issuer is not None and bool(self._account(self._asset.issuer).flags & flag)
