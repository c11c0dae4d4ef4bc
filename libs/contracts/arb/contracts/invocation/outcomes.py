"""What to do next about a contract call, as a closed set: each outcome is named by what its caller does."""

from dataclasses import dataclass
from enum import StrEnum

from stellar_sdk import xdr

from arb.contracts.invocation.host_fault import HostFault, Published


class RebuildReason(StrEnum):
    """Why a new transaction can do what this one did not."""

    NEVER_INCLUDED = "never_included"
    BAD_SEQUENCE = "bad_sequence"
    FEE_TOO_LOW = "fee_too_low"
    EXPIRED_AUTH = "expired_auth"
    FOOTPRINT_CHANGED = "footprint_changed"
    RESOURCE_LIMIT = "resource_limit_exceeded"
    REFUNDABLE_FEE = "refundable_fee_too_low"
    ENTRY_ARCHIVED = "entry_archived"
    """Restore first; a new simulation says what."""
    UNEXPLAINED = "unexplained_trap"
    """It trapped and the node keeps no diagnostics: a new simulation tells a contract's refusal from moved state."""


class GiveUpReason(StrEnum):
    """Why the same request will be refused again."""

    CONTRACT_ERROR = "contract_error"
    AUTH_REFUSED = "auth_refused"
    AUTH_USED = "auth_already_used"
    """The nonce is spent: what was authorised has been done once. A new signature would do it twice."""
    MISSING = "missing"
    """A contract, function, account, trustline or entry that is not there."""
    TRAPPED = "trapped"
    RESOURCE_LIMIT = "resource_limit_exceeded"
    """More than the network allows any transaction."""
    INSUFFICIENT_BALANCE = "insufficient_balance"
    FEE_ABOVE_CAP = "fee_above_cap"
    BAD_SIGNATURES = "bad_signatures"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class ResendSameBytes:
    """Send the very same bytes again, not before `after` seconds: they may live, so nothing else may be sent."""

    why: str
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Poll:
    """The network has it, or had it: ask getTransaction. `why` says what is waited for."""

    why: str


@dataclass(frozen=True, slots=True)
class Rebuild:
    """Simulate and build anew. `proof` says why the old transaction can never be applied any more."""

    reason: RebuildReason
    proof: str
    fault: HostFault | None = None


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Nobody should try again with the same request. `name` is the contract's own for its error (see `naming`)."""

    reason: GiveUpReason
    detail: str
    fault: HostFault | None = None
    name: str | None = None

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


@dataclass(frozen=True, slots=True)
class RestoreFirst:
    """Entries are archived. Have a RestoreFootprint with `data` applied at `fee` stroops of resources, then rebuild."""

    data: xdr.SorobanTransactionData
    fee: int


@dataclass(frozen=True, slots=True)
class Succeeded:
    """Applied. `fee_charged` in stroops is the result's; `value` is None for operations that return none."""

    tx_hash: str
    ledger: int
    fee_charged: int
    value: xdr.SCVal | None
    events: tuple[Published, ...]


AfterSend = ResendSameBytes | Poll
AfterLookup = Succeeded | ResendSameBytes | Poll | Rebuild | GiveUp
