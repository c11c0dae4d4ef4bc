"""A contract call carried through while somebody waits: for command lines and tests.

It keeps what it knows in memory alone. A service that has to survive its own death stores bytes and `Sent` first and
asks the same functions one by one.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from arb.contracts.entries import AccountKey, AccountState, decode_entry, key_text
from arb.contracts.errors import Malformed, NetworkError, OutcomeUnknown
from arb.contracts.invocation.auth import signed_by_account
from arb.contracts.invocation.classify import Sent, after_lookup, after_send, refusal_of, refused_at_once
from arb.contracts.invocation.envelope import Draft
from arb.contracts.invocation.fees import FeePolicy
from arb.contracts.invocation.operations import ContractOperation
from arb.contracts.invocation.outcomes import (
    GiveUp,
    GiveUpReason,
    Rebuild,
    RebuildReason,
    ResendSameBytes,
    RestoreFirst,
    Succeeded,
)
from arb.contracts.invocation.prepare import prepare, restoring
from arb.contracts.rpc import RpcClient
from arb.contracts.rpc_answers import SendAnswer
from arb.contracts.transactions import Signer, Transaction, sign

Settled = Succeeded | Rebuild | GiveUp

_ATTEMPTS: Final = 4
_POLL_SECONDS: Final = 0.2
_PATIENCE: Final = 2
"""Lifetimes, by the clock on the wall, until somebody who waits is told that nothing is known."""
_AUTH_SLACK: Final = 10
"""Ledgers an authorisation outlives its transaction: close times may stand still for a ledger."""


@dataclass(frozen=True, slots=True)
class Attended:
    """Who calls, and how. `others` are accounts whose authorisation a call may need; `channel` pays (None: operator).

    `rpc` has one endpoint, so that a refusal at the first attempt proves that nothing lives. `lifetime` in seconds is
    how long a transaction may take to be included; ledgers close at most once a second, so it bounds ledgers as well.
    """

    rpc: RpcClient
    passphrase: str
    operator: Signer
    channel: Signer | None = None
    others: Mapping[str, Signer] = field(default_factory=dict)
    fees: FeePolicy = field(default_factory=FeePolicy)
    lifetime: int = 30

    async def run(self, operation: ContractOperation) -> Settled:
        """Simulate, restore what is archived, sign, send and wait; built anew where an outcome says so, at most thrice.

        A Rebuild is returned only when nothing helped. NetworkError (FeeAboveCap among them) when it cannot be done;
        OutcomeUnknown when ledgers stopped closing or nobody answers any more.
        """
        for _ in range(_ATTEMPTS):
            outcome = await self._once(operation)
            if not isinstance(outcome, Rebuild):
                break
        return outcome

    async def _once(self, operation: ContractOperation) -> Settled:
        payer = self.channel or self.operator
        latest = await self.rpc.get_latest_ledger()
        sequence = await self._sequence(payer.address)
        if sequence is None:
            return GiveUp(GiveUpReason.MISSING, f"account {payer.address} does not exist: fund it first")
        if latest.close_time is None:
            raise Malformed("getLatestLedger names no close time: no time bound can be set")
        until = latest.close_time + self.lifetime
        draft = Draft(operation, payer.address, self.operator.address, sequence + 1, until, self.passphrase)
        bid = self.fees.inclusion_fee(await self.rpc.get_fee_stats(contract_calls=True))
        prepared = await prepare(self.rpc, draft)
        if isinstance(prepared, GiveUp):
            return prepared
        if isinstance(prepared, RestoreFirst):
            unsigned = restoring(draft, prepared, self.fees, inclusion_fee=bid)
            restored = await self._settle(unsigned, draft, latest.sequence)
            if isinstance(restored, Succeeded):
                return Rebuild(RebuildReason.ENTRY_ARCHIVED, f"restored in ledger {restored.ledger}")
            return restored
        signed = []
        for wanted in prepared.to_sign(expiration_ledger=prepared.ledger + self.lifetime + _AUTH_SLACK):
            signer = self.others.get(wanted.address)
            if signer is None:
                return GiveUp(GiveUpReason.AUTH_REFUSED, f"{wanted.address} has to authorise this, and did not sign")
            signed.append(signed_by_account(wanted, {signer.address: signer.signature(wanted.payload)}))
        unsigned = prepared.build(self.fees, inclusion_fee=bid, signed=tuple(signed))
        return await self._settle(unsigned, draft, prepared.ledger)

    async def _settle(self, unsigned: Transaction, draft: Draft, built_at: int) -> Settled:
        """Send until the network says what became of it, or that nothing will."""
        signers = {signer.address: signer for signer in (self.channel or self.operator, self.operator)}
        transaction = sign(unsigned, *signers.values())
        sent = Sent(transaction.hash_hex, built_at, draft.max_time)
        answer = await self._send(transaction)
        if isinstance(answer, SendAnswer) and answer.status == "ERROR":
            return refused_at_once(refusal_of(answer))
        clock = asyncio.get_running_loop()
        step = after_send(answer)
        again_at = clock.time() + step.after if isinstance(step, ResendSameBytes) else None
        patience = clock.time() + _PATIENCE * self.lifetime
        while clock.time() < patience:
            try:
                outcome = after_lookup(await self.rpc.get_transaction(transaction.hash_hex), sent)
            except NetworkError:
                outcome = ResendSameBytes("the network cannot be asked now", 1.0)
            if isinstance(outcome, Succeeded | Rebuild | GiveUp):
                return outcome
            if again_at is None and isinstance(outcome, ResendSameBytes):
                again_at = clock.time() + outcome.after
            elif again_at is not None and clock.time() >= again_at:
                answer = await self._send(transaction)
                if isinstance(answer, SendAnswer):
                    sent = replace(sent, refusal=refusal_of(answer))
                again_at = None
            await asyncio.sleep(_POLL_SECONDS)
        raise OutcomeUnknown(
            f"transaction {transaction.hash_hex} was sent and is in no ledger yet; it may be until one closes after "
            f"{draft.max_time}: look it up before anything is done again"
        )

    async def _send(self, transaction: Transaction) -> SendAnswer | NetworkError:
        try:
            return await self.rpc.send_transaction(transaction.envelope_xdr)
        except NetworkError as error:
            return error

    async def _sequence(self, account: str) -> int | None:
        key = key_text(AccountKey(account))
        data = (await self.rpc.get_ledger_entries([key])).entries.get(key)
        state = None if data is None else decode_entry(data)
        return state.sequence if isinstance(state, AccountState) else None
