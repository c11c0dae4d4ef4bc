"""What the use cases need from outside: the network, as a protocol."""

from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple, Protocol

from arb.accounts.domain.observation import Observation
from arb.contracts.account_signers import AccountSigners
from arb.contracts.ledger_stream import LedgerClosed
from arb.contracts.rpc_answers import SendAnswer, TransactionAnswer, TransactionRecord
from arb.contracts.transactions import Transaction
from arb.markets.asset import Asset


class Stretch(NamedTuple):
    """Transactions in the order of application, failed ones too."""

    transactions: tuple[TransactionRecord, ...]
    whole: int
    """Every ledger up to this one is complete with them."""
    cursor: str | None
    """Where to go on; None when the server has no more for now."""


class HistoryBegins(NamedTuple):
    """The ledger asked for is gone: `ledger` is the oldest that the server still holds."""

    ledger: int


class Network(Protocol):
    """The Stellar network. Every method may raise arb.contracts.errors.NetworkError; all may be repeated."""

    async def check(self, passphrase: str) -> str | None:
        """What is wrong when the endpoints serve another network than the one of `passphrase`."""
        ...

    def ledgers(self) -> AsyncIterator[LedgerClosed]:
        """Every ledger as it closes, without end."""
        ...

    async def observe(self, accounts: tuple[str, ...], trading: str, assets: tuple[Asset, ...]) -> Observation:
        """All `accounts`, the trustlines of `trading` for credit `assets` and their issuers, at one ledger."""
        ...

    async def signers(self, accounts: tuple[str, ...]) -> tuple[int, Mapping[str, AccountSigners]]:
        """Whose signatures those of `accounts` take that exist, at the close of one ledger."""
        ...

    async def ask_friendbot(self, account: str) -> str | None:
        """Hash of the transaction that created the account; None when it exists already."""
        ...

    async def fee_per_operation(self) -> int:
        """A bid in stroops that recent ledgers took in nine of ten cases."""
        ...

    async def send(self, envelope_xdr: str) -> SendAnswer: ...

    async def transaction(self, tx_hash: str) -> TransactionAnswer: ...

    async def transactions(self, first: int, cursor: str | None) -> Stretch | HistoryBegins:
        """Everybody's transactions from ledger `first` on, or after `cursor`, which an earlier stretch gave."""
        ...


class Sequences(Protocol):
    """Sequence numbers of own accounts: they only grow."""

    def seen(self, account: str) -> int:
        """The highest that was seen; 0 while none was."""
        ...

    async def read(self, account: str) -> int:
        """The same, after asking the network now. Raises arb.contracts.errors.NetworkError."""
        ...


class Signatory(Protocol):
    """The key that signs for one own account, wherever it is kept."""

    @property
    def address(self) -> str:
        """Its public half."""
        ...

    async def sign(self, transaction: Transaction) -> bytes:
        """DecoratedSignature XDR over the transaction's hash, verified. SignerFault when there is none to be had."""
        ...
