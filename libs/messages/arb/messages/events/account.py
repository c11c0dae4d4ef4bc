"""Events of our own accounts: keys made, funding, own transactions, balances, signatures given and refused."""

from typing import ClassVar, Literal

from pydantic import Field

from arb.messages.base import AccountText, Fact, HashText, Stroops, Token
from arb.messages.ledger import Balance, BalanceChange

Role = Literal["trading", "channel"]
Purpose = Literal["create_account", "trustlines", "top_up", "anchor", "merge", "exchange_keys"]


class AccountAdopted(Fact):
    """A key pair is in the keystore and this account is ours. It may not be on the ledger yet."""

    type: ClassVar[str] = "arb.account.adopted.v1"
    account: AccountText
    role: Role
    index: int = Field(ge=0)
    network_passphrase: str


class FundingAwaited(Fact):
    """Nobody funds accounts on this network: a person must send at least `minimum` stroops of XLM."""

    type: ClassVar[str] = "arb.account.funding_awaited.v1"
    account: AccountText
    minimum: Stroops = Field(gt=0)


class AccountFunded(Fact):
    """The account exists on the ledger with this opening balance (Friendbot, or a person)."""

    type: ClassVar[str] = "arb.account.funded.v1"
    account: AccountText
    ledger: int = Field(gt=0)
    tx_hash: HashText | None
    changes: tuple[BalanceChange, ...]


class AccountRetired(Fact):
    """The channel was merged into the trading account and is no longer on the ledger. Its key stays in the keystore.

    It is used no more until NUM_ACCOUNTS asks for it again; then it is funded anew.
    """

    type: ClassVar[str] = "arb.account.retired.v1"
    account: AccountText
    ledger: int = Field(gt=0)
    """The first ledger that was seen without it."""


class AccountTransactionSigned(Fact):
    """A housekeeping transaction, stored before it is sent."""

    type: ClassVar[str] = "arb.account.transaction_signed.v1"
    purpose: Purpose
    source: AccountText
    sequence: int = Field(gt=0)
    tx_hash: HashText
    envelope_xdr: str
    max_time: int = Field(gt=0)


class AccountTransactionSettled(Fact):
    """The end of a housekeeping transaction. `changes` holds every own balance it moved, the fee included."""

    type: ClassVar[str] = "arb.account.transaction_settled.v1"
    tx_hash: HashText
    outcome: Literal["success", "failed", "expired"]
    ledger: int | None
    fee_charged: Stroops
    codes: tuple[str, ...]
    changes: tuple[BalanceChange, ...]


class BalancesChanged(Fact):
    """All balances of the account at the close of `ledger`, observed because one of them changed."""

    type: ClassVar[str] = "arb.account.balances_changed.v1"
    account: AccountText
    ledger: int = Field(gt=0)
    balances: tuple[Balance, ...]


class MovedByOthers(Fact):
    """A transaction that is none of ours moved balances of this account. `changes` holds this account's, none zero.

    Written in the order of application, once for each transaction and account.
    """

    type: ClassVar[str] = "arb.account.moved_by_others.v1"
    tx_hash: HashText
    ledger: int = Field(gt=0)
    changes: tuple[BalanceChange, ...] = Field(min_length=1)


class TransactionsRead(Fact):
    """Every transaction up to the end of `ledger` was read, and what others moved is booked. Written now and then."""

    type: ClassVar[str] = "arb.account.transactions_read.v1"
    ledger: int = Field(gt=0)


class HistoryMissed(Fact):
    """Ledgers that no server holds any more and that were never read: what others moved in them is in no event."""

    type: ClassVar[str] = "arb.account.history_missed.v1"
    first_ledger: int = Field(gt=0)
    last_ledger: int = Field(gt=0)


class TradeEnvelopeSigned(Fact):
    """The signer gave out signatures for a trade: written by the signer itself, before they left it.

    Says what the envelope's own bytes say, whatever the request said beside them. The envelope is without signatures.
    """

    type: ClassVar[str] = "arb.account.trade_envelope_signed.v1"
    trade_id: Token
    kind: Literal["classic_basket", "soroban_route"]
    tx_hash: HashText
    envelope_xdr: str
    source: AccountText
    """Channel account: the transaction's source, whose sequence number it uses."""
    sequence: int = Field(gt=0)
    max_time: int = Field(gt=0)
    """Unix seconds: no ledger that closes later can include it."""
    max_fee: Stroops = Field(gt=0)
    signers: tuple[AccountText, ...] = Field(min_length=1)
    closed_at: int = Field(default=0, ge=0)
    """Close time of the newest ledger that the signer had seen: by it, earlier envelopes of the channel were dead."""


class RebidSigned(Fact):
    """The signer gave out a signature for a fee bump of a trade's envelope that it had signed before.

    Written by the signer itself, before it left it. The envelope carries the signatures within and none of its own.
    """

    type: ClassVar[str] = "arb.account.rebid_signed.v1"
    trade_id: Token
    tx_hash: HashText
    inner_hash: HashText
    """Of the trade's envelope: the same sequence number and max time."""
    envelope_xdr: str
    fee_source: AccountText
    max_fee: Stroops = Field(gt=0)


class KeyExchanged(Fact):
    """The ledger takes the new key for this account and the old one no more: seen at the close of `ledger`."""

    type: ClassVar[str] = "arb.account.key_exchanged.v1"
    account: AccountText
    ledger: int = Field(gt=0)
    old_signer: AccountText
    new_signer: AccountText
    other_signers: tuple[AccountText, ...] = ()
    """Keys beside the new one that the ledger takes too. We gave them no weight."""


class SigningRefused(Fact):
    """The policy refused to sign. `code` is stable, `reason` is for people."""

    type: ClassVar[str] = "arb.account.signing_refused.v1"
    account: AccountText
    tx_hash: HashText | None
    code: str
    reason: str
