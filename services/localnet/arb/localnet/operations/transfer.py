"""The two ends of every payment: crediting a destination and debiting a source (core's PathPaymentOpFrameBase)."""

from enum import Enum, auto

from arb.localnet.ledger.balances import add_to, available_in, is_authorized
from arb.localnet.ledger.txn import LedgerTxn
from arb.markets.asset import Asset


class Refusal(Enum):
    """Why one end of a payment does not work; each operation has a result code of its own for each."""

    NO_ACCOUNT = auto()
    NO_TRUST = auto()
    NOT_AUTHORIZED = auto()
    LINE_FULL = auto()
    UNDERFUNDED = auto()


def credit(ltx: LedgerTxn, account_id: str, asset: Asset, amount: int) -> Refusal | None:
    """Give an account `amount` stroops of an asset; None when done. An issuer takes its own asset back."""
    if asset.issuer is None:
        account = ltx.load_account(account_id)
        if account is None:
            return Refusal.NO_ACCOUNT
        return None if add_to(ltx.header, account, amount) else Refusal.LINE_FULL
    if asset.issuer == account_id:
        return None
    line = ltx.load_trustline(account_id, asset)
    if line is None:
        return Refusal.NO_TRUST
    if not is_authorized(line):
        return Refusal.NOT_AUTHORIZED
    return None if add_to(ltx.header, line, amount) else Refusal.LINE_FULL


def debit(ltx: LedgerTxn, account_id: str, asset: Asset, amount: int) -> Refusal | None:
    """Take `amount` stroops of an asset from an account; None when done. An issuer pays its own asset without end."""
    if asset.issuer is None:
        account = ltx.load_account(account_id)
        if account is None:
            return Refusal.NO_ACCOUNT
        if amount > available_in(ltx.header, account) or not add_to(ltx.header, account, -amount):
            return Refusal.UNDERFUNDED
        return None
    if asset.issuer == account_id:
        return None
    line = ltx.load_trustline(account_id, asset)
    if line is None:
        return Refusal.NO_TRUST
    if not is_authorized(line):
        return Refusal.NOT_AUTHORIZED
    return None if add_to(ltx.header, line, -amount) else Refusal.UNDERFUNDED
