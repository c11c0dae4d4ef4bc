"""From an approved plan to a submitted transaction: build, have it signed, store, send."""

import asyncio
from collections.abc import Callable

import structlog

from arb.eventlog.errors import EventLogError
from arb.executor.app.engine_switch import EngineSwitch
from arb.executor.app.fee_watch import FeeWatch
from arb.executor.app.settlement import Settlement
from arb.executor.app.submission import Submission
from arb.executor.app.trade_book import TradeBook
from arb.executor.domain import fees
from arb.executor.domain.channels import ChannelPool, Lease
from arb.executor.ports import (
    AccountsPort,
    ChannelTakenError,
    Network,
    NetworkDownError,
    PlanRefusedError,
    SignerDownError,
    SigningRefusedError,
)
from arb.messages.events.opportunity import OpportunityFound
from arb.messages.events.trade import FeeGrounds, TradeRehearsed, TradeRejected, TradeSigned
from arb.messages.limits import Limits

log = structlog.get_logger(__name__)


class Execution:
    """Carries approved trades out, each on a channel of its own beside the others.

    `validity` is how many seconds after the scanned ledger's close a transaction may still be applied; it is set from
    the ledger's time, so a wrong clock on this machine cannot lengthen it.
    """

    def __init__(
        self,
        *,
        switch: EngineSwitch,
        trades: TradeBook,
        channels: ChannelPool,
        settlement: Settlement,
        network: Network,
        accounts: AccountsPort,
        submission: Submission,
        limits: Callable[[], Limits],
        limits_version: Callable[[], int],
        fee_watch: FeeWatch,
        network_passphrase: str,
        validity: int,
    ) -> None:
        self._switch = switch
        self._trades = trades
        self._channels = channels
        self._settlement = settlement
        self._network = network
        self._accounts = accounts
        self._submission = submission
        self._limits = limits
        self._limits_version = limits_version
        self._fee_watch = fee_watch
        self._passphrase = network_passphrase
        self.validity = validity

    async def execute(
        self, found: OpportunityFound, lease: Lease | None, approved: asyncio.Event, *, rehearse: bool
    ) -> None:
        """On this channel, or on the next one if the signer has given it to another trade.

        The transaction is built and the signer asked at once; nothing is stored or sent before `approved` is set, when
        the verdict is on record. Cancelled before, it throws away what was signed, and lets the channel rest.
        """
        while lease is not None:
            try:
                fact = await self._signed(found, lease, rehearse=rehearse)
                await approved.wait()
            except ChannelTakenError as taken:
                log.info("channel_taken", trade=found.id, reason=str(taken))
                self._rest(found, lease)
                lease = self._channels.lease(found.id)
            except asyncio.CancelledError:
                self._rest(found, lease)
                raise
            else:
                await self._store(found, lease, fact)
                return
        await approved.wait()
        await self._reject(found.id, TradeRejected(code="no_channel", reason="every channel account is in use"))

    def _rest(self, found: OpportunityFound, lease: Lease) -> None:
        self._channels.rest(lease, found.close_time + self.validity)
        self._channels.release(found.id)

    async def _signed(
        self, found: OpportunityFound, lease: Lease, *, rehearse: bool
    ) -> TradeSigned | TradeRehearsed | TradeRejected:
        """What building the transaction and asking for its signature leads to. Nothing is stored."""
        source, sequence = lease
        max_time = found.close_time + self.validity
        inclusion = self._fee_watch.inclusion(found.plan)
        grounds = FeeGrounds(
            limits_version=self._limits_version(),
            ledger=0 if inclusion is None else inclusion.ledger,
            inclusion_fee=None if inclusion is None else inclusion.most_paid,
        )
        trading_account = self._settlement.trading_account
        try:
            unsigned = await self._network.build(
                found.plan,
                ledger=found.ledger,
                source=source,
                sequence=sequence,
                trading_account=trading_account,
                inclusion_fee=fees.for_places(found.plan, grounds),
                max_fee=fees.most(found.plan, self._limits()),
                max_time=max_time,
            )
            if rehearse:
                plan = found.plan
                return TradeRehearsed(
                    tx_hash=unsigned.tx_hash, hypothetical_profit=plan.profit, hypothetical_fee=plan.fee
                )
            signed = await self._accounts.sign(found.id, unsigned.envelope_xdr)
        except SigningRefusedError as refusal:
            return TradeRejected(code=f"signing_refused:{refusal.code}", reason=str(refusal))
        except SignerDownError as down:
            # It may have signed all the same, and then holds the channel for this envelope that nobody has.
            self._channels.rest(lease, max_time)
            return TradeRejected(code="signer_unavailable", reason=str(down))
        except PlanRefusedError as refusal:
            return TradeRejected(code=refusal.code, reason=str(refusal))
        except NetworkDownError as down:
            return TradeRejected(code="network_unavailable", reason=str(down))
        return TradeSigned(
            tx_hash=signed.tx_hash,
            envelope_xdr=signed.envelope_xdr,
            network_passphrase=self._passphrase,
            source=source,
            trading_account=trading_account,
            sequence=sequence,
            max_time=max_time,
            max_fee=unsigned.fee,
            fee_grounds=grounds.model_copy(update={"resource_fee": unsigned.resource_fee}),
        )

    async def _store(
        self, found: OpportunityFound, lease: Lease, fact: TradeSigned | TradeRehearsed | TradeRejected
    ) -> None:
        """Record what came of it; what is signed is sent once it is stored."""
        if isinstance(fact, TradeRejected):
            await self._reject(found.id, fact)
            return
        if isinstance(fact, TradeRehearsed):
            self._channels.release(found.id)
            await self._trades.record(found.id, fact)
            return
        if not self._switch.engine.running:
            # Signed, but not stored: nobody else has it, and now nobody will.
            self._channels.rest(lease, fact.max_time)
            await self._reject(found.id, self._switch.at_rest())
            return
        try:
            await self._trades.record(found.id, fact)
        except EventLogError:
            # What is not stored is not sent, now or later.
            self._channels.rest(lease, fact.max_time)
            raise
        # From here on the envelope is stored: only the ledger ends this trade.
        await self._submission.send(found.id)

    async def _reject(self, trade_id: str, fact: TradeRejected) -> None:
        self._channels.release(trade_id)
        await self._trades.record(trade_id, fact)
