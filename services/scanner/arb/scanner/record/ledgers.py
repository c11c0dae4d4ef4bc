"""What is recorded of one scan of a ledger, and its body as octets."""

from dataclasses import dataclass

from pydantic import ValidationError

from arb.markets.soroban.pools import SorobanPool
from arb.messages.market import SearchTerms
from arb.messages.routes import Signal
from arb.scanner.domain.decision import Outcome
from arb.scanner.ports import LedgerClose, LedgerUpdate, Seen
from arb.scanner.record.entries import read_contract_pool, read_seen, write_contract_pool, write_seen
from arb.scanner.record.errors import RecordDamagedError
from arb.scanner.record.octets import OctetReader, OctetWriter


@dataclass(frozen=True, slots=True)
class ClassicLedger:
    """The classic market of a ledger and what was decided on it. `opportunity`: id of the plan that was found."""

    update: LedgerUpdate
    outcome: Outcome
    opportunity: str | None
    terms: SearchTerms | None
    """Given with a whole market."""


@dataclass(frozen=True, slots=True)
class ContractLedger:
    """The contract pools of a ledger and what was decided on them.

    `whole`: `changed` are all pools. Else they follow on the record before, and `gone` take part no longer.
    """

    close: LedgerClose
    changed: tuple[SorobanPool, ...]
    gone: tuple[str, ...]
    whole: bool
    outcome: Outcome
    opportunity: str | None
    terms: SearchTerms | None


@dataclass(frozen=True, slots=True)
class HeldSignal:
    """A signal held against the pools of `ledger`. `routed`: a route of that ledger had been planned by then."""

    ledger: int
    routed: bool
    signal: Signal
    outcome: Outcome
    verdict: str
    """Id of the opportunity, or the code it was dropped with."""


def write_classic(out: OctetWriter, record: ClassicLedger) -> None:
    """The body of a classic ledger."""
    _write_decision(out, record.update.close, record.outcome, record.opportunity, record.terms)
    out.number(len(record.update.changes))
    for seen in record.update.changes:
        write_seen(out, seen, record.update.close.ledger)


def read_classic(octets: OctetReader, ledger: int, *, whole: bool) -> ClassicLedger:
    """See write_classic. Raises RecordDamagedError."""
    close, outcome, opportunity, terms = _read_decision(octets, ledger, whole=whole)
    changes: tuple[Seen, ...] = tuple(read_seen(octets, ledger) for _ in range(octets.count()))
    octets.ended()
    return ClassicLedger(LedgerUpdate(close, changes, whole), outcome, opportunity, terms)


def write_contracts(out: OctetWriter, record: ContractLedger) -> None:
    """The body of a ledger's contract pools."""
    _write_decision(out, record.close, record.outcome, record.opportunity, record.terms)
    out.number(len(record.changed))
    for pool in record.changed:
        write_contract_pool(out, pool)
    out.number(len(record.gone))
    for contract in record.gone:
        out.contract(contract)


def read_contracts(octets: OctetReader, ledger: int, *, whole: bool) -> ContractLedger:
    """See write_contracts. Raises RecordDamagedError."""
    close, outcome, opportunity, terms = _read_decision(octets, ledger, whole=whole)
    changed = tuple(read_contract_pool(octets) for _ in range(octets.count()))
    gone = tuple(octets.contract() for _ in range(octets.count()))
    octets.ended()
    return ContractLedger(close, changed, gone, whole, outcome, opportunity, terms)


def write_signal(out: OctetWriter, held: HeldSignal) -> None:
    """The body of a signal."""
    out.number(int(held.routed))
    out.number(held.outcome)
    out.text(held.verdict.encode())
    out.text(held.signal.model_dump_json().encode())


def read_signal(octets: OctetReader, ledger: int) -> HeldSignal:
    """See write_signal. Raises RecordDamagedError."""
    routed, outcome, verdict, text = bool(octets.number()), _outcome(octets), octets.text(), octets.text()
    octets.ended()
    try:
        return HeldSignal(ledger, routed, Signal.model_validate_json(text), outcome, verdict.decode())
    except (ValidationError, UnicodeDecodeError) as wrong:
        raise RecordDamagedError(f"a signal that cannot be: {wrong}") from None


def _write_decision(
    out: OctetWriter, close: LedgerClose, outcome: Outcome, opportunity: str | None, terms: SearchTerms | None
) -> None:
    for value in (close.close_time, close.base_fee, close.seen_at_us, outcome):
        out.number(value)
    out.text(b"" if opportunity is None else bytes.fromhex(opportunity))
    if terms is not None:
        out.text(terms.model_dump_json().encode())


def _read_decision(
    octets: OctetReader, ledger: int, *, whole: bool
) -> tuple[LedgerClose, Outcome, str | None, SearchTerms | None]:
    close = LedgerClose(ledger, octets.number(), octets.number(), octets.number())
    outcome, found = _outcome(octets), octets.text()
    if not whole:
        return close, outcome, found.hex() or None, None
    try:
        return close, outcome, found.hex() or None, SearchTerms.model_validate_json(octets.text())
    except ValidationError as wrong:
        raise RecordDamagedError(f"settings that cannot be: {wrong.errors()[0]['msg']}") from None


def _outcome(octets: OctetReader) -> Outcome:
    number = octets.number()
    try:
        return Outcome(number)
    except ValueError:
        raise RecordDamagedError(f"outcome {number}: expected 0 to {max(Outcome)}") from None
