"""The executor's accounts port: commands on the bus."""

import hashlib

from arb.executor.ports import ChannelTakenError, SignerDownError, SigningRefusedError
from arb.messages.commands.accounts import CHANNEL_TAKEN, Accounts, GetAccounts, SignedTransaction, SignTransaction
from arb.runtime.bus import Bus
from arb.runtime.clock import Clock
from arb.runtime.errors import CommandFailed, CommandTimeout

SIGN_SECONDS = 2.0


class BusAccounts:
    """Implements `arb.executor.ports.AccountsPort`."""

    def __init__(self, bus: Bus, clock: Clock, network_passphrase: str) -> None:
        self._bus = bus
        self._clock = clock
        self._network_passphrase = network_passphrase

    async def sign(self, trade_id: str, envelope_xdr: str) -> SignedTransaction:
        """arb.cmd.accounts.sign; trade and envelope make the command the same one when it is repeated."""
        command = SignTransaction(
            command_id=f"sign-{hashlib.sha256(f'{trade_id} {envelope_xdr}'.encode()).hexdigest()[:40]}",
            trade_id=trade_id,
            envelope_xdr=envelope_xdr,
            network_passphrase=self._network_passphrase,
        )
        try:
            return await self._bus.request(command, SignedTransaction, timeout=SIGN_SECONDS)
        except CommandFailed as failed:
            if failed.code == CHANNEL_TAKEN:
                raise ChannelTakenError(failed.message) from failed
            if failed.retryable:
                raise SignerDownError(failed.message) from failed
            raise SigningRefusedError(failed.code, failed.message) from failed
        except CommandTimeout as timeout:
            raise SignerDownError(str(timeout)) from timeout

    async def accounts(self) -> Accounts:
        """arb.cmd.accounts.list"""
        command = GetAccounts(command_id=f"accounts-{self._clock.micros()}")
        try:
            return await self._bus.request(command, Accounts)
        except (CommandFailed, CommandTimeout) as error:
            raise SignerDownError(str(error)) from error
