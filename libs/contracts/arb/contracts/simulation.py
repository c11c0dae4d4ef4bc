"""What simulateTransaction answers: what a contract call would return, and what it has to declare and sign."""

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from stellar_sdk import xdr
from xdrlib3 import Error as XdrError

from arb.contracts.errors import Malformed
from arb.contracts.rpc_answers import number, text
from arb.contracts.xdr_cursor import Unpackable, from_base64

X = TypeVar("X", bound=Unpackable)


class RestorePreamble(NamedTuple):
    """Entries of the footprint are archived: a RestoreFootprint with this data has to come first."""

    transaction_data: xdr.SorobanTransactionData
    min_resource_fee: int
    """Stroops."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """Where `error` is set the call failed and the rest is empty, but for `events`.

    `result` is the call's return value, None for operations that return none. `transaction_data` holds the footprint
    and the resources to declare, `min_resource_fee` (stroops) what they cost at least; `auth` are the entries somebody
    has to sign. `events` are DiagnosticEvents in base64: what was called, and after a failure why it failed.
    """

    latest_ledger: int
    error: str | None
    result: xdr.SCVal | None
    auth: tuple[xdr.SorobanAuthorizationEntry, ...]
    transaction_data: xdr.SorobanTransactionData | None
    min_resource_fee: int | None
    restore: RestorePreamble | None
    events: tuple[str, ...]

    @property
    def diagnostic_events(self) -> tuple[xdr.DiagnosticEvent, ...]:
        """The events, decoded on demand as few ever look at them. Malformed when they are none."""
        return tuple(_decoded(xdr.DiagnosticEvent, event) for event in self.events)


def simulation(answer: dict[str, Any]) -> Simulation:
    """The answer as a value. Malformed when it is no such answer or holds undecodable XDR."""
    latest = number(answer, "latestLedger")
    events = _texts(answer, "events")
    if answer.get("error"):
        return Simulation(latest, text(answer, "error"), None, (), None, None, None, events)
    results = answer.get("results") or []
    if not isinstance(results, list) or len(results) > 1 or not all(isinstance(result, dict) for result in results):
        raise Malformed(f"simulateTransaction answered results={str(results)[:60]!r}: expected a list of one object")
    result = results[0] if results else {}
    if not answer.get("transactionData"):
        raise Malformed("simulateTransaction answered neither an error nor transaction data")
    return Simulation(
        latest,
        None,
        _decoded(xdr.SCVal, text(result, "xdr")) if result else None,
        tuple(_decoded(xdr.SorobanAuthorizationEntry, entry) for entry in _texts(result, "auth")),
        _decoded(xdr.SorobanTransactionData, text(answer, "transactionData")),
        number(answer, "minResourceFee"),
        _restore(answer.get("restorePreamble")),
        events,
    )


def _restore(preamble: Any) -> RestorePreamble | None:
    if preamble is None:
        return None
    if not isinstance(preamble, dict):
        raise Malformed(f"simulateTransaction answered restorePreamble={str(preamble)[:60]!r}: expected an object")
    data = _decoded(xdr.SorobanTransactionData, text(preamble, "transactionData"))
    return RestorePreamble(data, number(preamble, "minResourceFee"))


def _texts(answer: dict[str, Any], name: str) -> tuple[str, ...]:
    values = answer.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Malformed(f"simulateTransaction answered {name}={str(values)[:60]!r}: expected a list of texts")
    return tuple(values)


def _decoded(kind: type[X], packed: str) -> X:
    raw = from_base64(packed)
    try:
        value: X = kind.from_xdr_bytes(raw)  # type: ignore[attr-defined]  # every generated class has it
    except (ValueError, EOFError, XdrError, RecursionError) as wrong:
        raise Malformed(f"simulateTransaction answered something else than {kind.__name__}: {wrong}") from None
    return value
