"""The commands of the accounts service."""

from arb.accounts.app import AccountDesk
from arb.messages.commands.accounts import Accounts, GetAccounts, SignedTransaction, SignTransaction
from arb.runtime.commands import CommandRouter


def router(desk: AccountDesk) -> CommandRouter:
    """Handlers over the use cases."""
    commands = CommandRouter("accounts")

    @commands.answers(SignTransaction)
    async def sign(command: SignTransaction) -> SignedTransaction:
        return await desk.sign(command.envelope_xdr, command.trade_id)

    @commands.answers(GetAccounts)
    async def accounts(command: GetAccounts) -> Accounts:
        return desk.accounts()

    return commands
