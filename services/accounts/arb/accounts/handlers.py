"""The commands of the accounts service."""

from arb.accounts.app import AccountDesk
from arb.accounts.signing import SigningDesk
from arb.messages.commands.accounts import Accounts, GetAccounts, SignedTransaction, SignTransaction
from arb.runtime.commands import CommandRouter


def router(desk: AccountDesk, signing: SigningDesk) -> CommandRouter:
    """Handlers over the use cases."""
    commands = CommandRouter("accounts")

    @commands.answers(SignTransaction)
    async def sign(command: SignTransaction) -> SignedTransaction:
        return await signing.sign(command.envelope_xdr, command.trade_id, command.network_passphrase)

    @commands.answers(GetAccounts)
    async def accounts(command: GetAccounts) -> Accounts:
        return desk.accounts()

    return commands
