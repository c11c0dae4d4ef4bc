"""The network as the accounts service sees it: RPC for state and transactions, Horizon for ledgers, Friendbot."""

from collections.abc import AsyncIterator, Mapping
from typing import Final

from arb.accounts.domain.observation import Observation
from arb.accounts.ports import HistoryBegins, Stretch
from arb.contracts.account_signers import AccountSigners, read_signers
from arb.contracts.entries import (
    AccountKey,
    AccountState,
    EntryKey,
    TrustlineKey,
    TrustlineState,
    decode_entry,
    key_text,
)
from arb.contracts.errors import LaggingNode, Rejected, WrongNetwork
from arb.contracts.horizon import HorizonClient
from arb.contracts.ledger_stream import LedgerClosed
from arb.contracts.rpc import RpcClient
from arb.contracts.rpc_answers import SendAnswer, TransactionAnswer
from arb.markets.asset import Asset
from arb.runtime.failpoints import reached

_PAGE: Final = 200
"""Transactions a request, the most that RPC gives."""


class StellarNetwork:
    """The port `Network` over one Horizon, one or more RPC servers and a Friendbot (None: nobody funds)."""

    def __init__(self, rpc: RpcClient, horizon: HorizonClient, friendbot_url: str | None) -> None:
        self._rpc = rpc
        self._horizon = horizon
        self._friendbot_url = friendbot_url

    async def check(self, passphrase: str) -> str | None:
        """See Network."""
        try:
            found = (await self._rpc.get_network()).passphrase
        except WrongNetwork as wrong:
            return str(wrong)
        return None if found == passphrase else f"RPC serves the network {found!r}, settings say {passphrase!r}"

    def ledgers(self) -> AsyncIterator[LedgerClosed]:
        """See Network."""
        return self._horizon.stream_ledgers()

    async def observe(self, accounts: tuple[str, ...], trading: str, assets: tuple[Asset, ...]) -> Observation:
        """See Network. LaggingNode when ledgers closed between the requests that many keys need."""
        credit = [asset for asset in assets if asset.issuer is not None]
        issuers = {asset.issuer for asset in credit if asset.issuer is not None}
        keys: list[EntryKey] = [AccountKey(account) for account in dict.fromkeys((*accounts, *sorted(issuers)))]
        keys += [TrustlineKey(trading, asset) for asset in credit]
        answer = await self._rpc.get_ledger_entries([key_text(key) for key in keys])
        if not answer.consistent:
            raise LaggingNode("our accounts were read across the close of a ledger: again at the next")
        found = [decode_entry(data) for data in answer.entries.values()]
        states = {entry.id: entry for entry in found if isinstance(entry, AccountState)}
        lines = {
            (line.account, line.asset): line
            for line in found
            if isinstance(line, TrustlineState) and isinstance(line.asset, Asset)
        }
        own = set(accounts)
        return Observation(
            answer.latest_ledger,
            {account: state for account, state in states.items() if account in own},
            lines,
            frozenset(issuers & states.keys()),
        )

    async def signers(self, accounts: tuple[str, ...]) -> tuple[int, Mapping[str, AccountSigners]]:
        """See Network. LaggingNode when ledgers closed between the requests that many keys need."""
        answer = await self._rpc.get_ledger_entries([key_text(AccountKey(account)) for account in accounts])
        if not answer.consistent:
            raise LaggingNode("our accounts were read across the close of a ledger: again at the next")
        found = [read_signers(data) for data in answer.entries.values()]
        return answer.latest_ledger, {signers.account: signers for signers in found}

    async def ask_friendbot(self, account: str) -> str | None:
        """See Network."""
        if self._friendbot_url is None:
            raise ValueError("this network has no Friendbot")
        return (await self._horizon.friendbot(self._friendbot_url, account)).tx_hash

    async def fee_per_operation(self) -> int:
        """See Network."""
        return (await self._rpc.get_fee_stats()).p90

    async def send(self, envelope_xdr: str) -> SendAnswer:
        """See Network."""
        answer = await self._rpc.send_transaction(envelope_xdr)
        reached("accounts.send.after")
        return answer

    async def transaction(self, tx_hash: str) -> TransactionAnswer:
        """See Network."""
        return await self._rpc.get_transaction(tx_hash)

    async def transactions(self, first: int, cursor: str | None) -> Stretch | HistoryBegins:
        """See Network. LaggingNode when the server has not reached `first` yet."""
        try:
            if cursor is None:
                page = await self._rpc.get_transactions(start_ledger=first, limit=_PAGE)
            else:
                page = await self._rpc.get_transactions(cursor=cursor, limit=_PAGE)
        except Rejected as refused:
            health = await self._rpc.get_health()
            if first < health.oldest_ledger:
                return HistoryBegins(health.oldest_ledger)
            if first > health.latest_ledger:
                raise LaggingNode(f"RPC has not reached ledger {first}, but {health.latest_ledger}") from refused
            raise
        if len(page.transactions) < _PAGE:
            return Stretch(page.transactions, page.latest_ledger, None)
        # The last ledger of a full page may go on after it.
        return Stretch(page.transactions, page.transactions[-1].ledger - 1, page.cursor)
