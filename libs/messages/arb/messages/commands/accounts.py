"""Commands the accounts service answers."""

from typing import ClassVar, Final

from pydantic import Field

from arb.messages.base import AccountText, HashText, Message, Token
from arb.messages.commands.base import Command
from arb.messages.events.account import Role
from arb.messages.ledger import Balance
from arb.messages.subjects import command

CHANNEL_TAKEN: Final = "channel_taken"
"""Code of a refusal: another envelope holds the channel and may still live. Another channel may be free now."""
ENVELOPE_LIVES: Final = "envelope_lives"
"""Code of a refusal: another envelope of the same trade may still live. No channel helps, only time does."""


class SignTransaction(Command):
    """Sign the transaction with every own key it needs, if the policy allows. Answers SignedTransaction.

    Of one channel, and of one trade, no second envelope is signed while the first may live (CHANNEL_TAKEN,
    ENVELOPE_LIVES, both retryable). The same envelope for the same trade gets the same answer again.
    """

    subject: ClassVar[str] = command("accounts", "sign")
    trade_id: Token
    envelope_xdr: str = Field(max_length=200_000)
    """Base64 TransactionEnvelope without signatures. The signer decodes it and trusts no field beside it."""
    network_passphrase: str | None = Field(default=None, max_length=200)
    """The network it was built for, which an envelope does not say. It can only make the signer refuse."""


class SignedTransaction(Message):
    """The same transaction with signatures."""

    envelope_xdr: str
    tx_hash: HashText


class GetAccounts(Command):
    """Answers Accounts."""

    subject: ClassVar[str] = command("accounts", "list")


class AccountSummary(Message):
    """One own account."""

    account: AccountText
    role: Role
    index: int
    ready: bool
    """On the ledger, funded, trustlines open."""
    retiring: bool = False
    """About to be merged into the trading account: nothing new is signed for it."""
    balances: tuple[Balance, ...]


class Accounts(Message):
    """All own accounts: trading first, then channels by index. `ready` when the platform may trade."""

    ready: bool
    accounts: tuple[AccountSummary, ...]
