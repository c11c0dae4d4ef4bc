"""What a contract call leaves behind: value and events, or the host's error, out of a meta or a simulation's text."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from stellar_sdk import StrKey, xdr
from xdrlib3 import Error as XdrError

from arb.contracts.errors import Malformed
from arb.contracts.xdr_cursor import from_base64

_Type = xdr.SCErrorType
_Code = xdr.SCErrorCode
_ERROR: Final = re.compile(r"Error\((\w+), (?:#(\d+)|(\w+))\)")
_LONGEST_MESSAGE: Final = 300


class Published(NamedTuple):
    """An event of `contract` (C...)."""

    contract: str
    topics: tuple[xdr.SCVal, ...]
    data: xdr.SCVal


class HostFault(NamedTuple):
    """A host error (SCError). `code` is the contract's own number for type SCE_CONTRACT, else an SCErrorCode.

    `contract` (C...) is where the error arose, None when nothing says; `message` is what the host said about it.
    """

    type: xdr.SCErrorType
    code: int
    contract: str | None = None
    message: str = ""

    def __str__(self) -> str:
        code = f"#{self.code}" if self.type is _Type.SCE_CONTRACT else _camel(_Code(self.code).name)
        head = f"Error({_camel(self.type.name)}, {code})"
        return f"{head}: {self.message}" if self.message else head

    def is_(self, kind: xdr.SCErrorType, code: xdr.SCErrorCode) -> bool:
        """Whether it is this error of the host itself."""
        return self.type is kind and self.code == code


def fault_of_text(error: str, events: Iterable[xdr.DiagnosticEvent] = ()) -> HostFault | None:
    """The fault in a simulation's error text ("HostError: Error(Contract, #4) ..."); None when it names none.

    The diagnostic events, where the node gave them, say which contract it arose in.
    """
    found = _ERROR.search(error)
    if found is None:
        return None
    kind = _TYPES.get(found[1])
    code = int(found[2]) if found[2] else _CODES.get(found[3])
    if kind is None or code is None or (found[2] is None) is (kind is _Type.SCE_CONTRACT):
        return None
    said = error[found.end() :].strip().splitlines()
    message = said[0][:_LONGEST_MESSAGE] if said and not said[0].startswith("Event log") else ""
    fault = HostFault(kind, code, message=message)
    return next((told for told in _reported(events) if told[:2] == fault[:2]), fault)


def fault_of_events(events: Iterable[xdr.DiagnosticEvent]) -> HostFault | None:
    """The fault a transaction ended with; None when the node keeps no diagnostic events.

    The last error is the one that ended it; the first of the same kind is where it arose. An error that a contract
    caught on the way does not count unless it is the very same one.
    """
    told = list(_reported(events))
    if not told:
        return None
    return next(fault for fault in told if fault[:2] == told[-1][:2])


def diagnostic_events(meta_xdr: str) -> tuple[xdr.DiagnosticEvent, ...]:
    """Diagnostic events of a TransactionMeta (base64), none where the node does not record them. Malformed: no meta."""
    meta = _meta(meta_xdr)
    if meta.v4 is not None:
        return tuple(meta.v4.diagnostic_events)
    if meta.v3 is not None and meta.v3.soroban_meta is not None:
        return tuple(meta.v3.soroban_meta.diagnostic_events)
    return ()


def return_value(meta_xdr: str) -> xdr.SCVal | None:
    """What a contract call returned, by its TransactionMeta (base64); None when it is none of a contract call."""
    meta = _meta(meta_xdr)
    soroban = meta.v4.soroban_meta if meta.v4 is not None else meta.v3.soroban_meta if meta.v3 is not None else None
    return None if soroban is None else soroban.return_value


def published(meta_xdr: str) -> tuple[Published, ...]:
    """Events that contracts published in a transaction that succeeded, in order, by its TransactionMeta (base64)."""
    meta = _meta(meta_xdr)
    events: list[xdr.ContractEvent] = []
    if meta.v4 is not None:
        events = [event for operation in meta.v4.operations for event in operation.events]
    elif meta.v3 is not None and meta.v3.soroban_meta is not None:
        events = meta.v3.soroban_meta.events
    return tuple(
        Published(StrKey.encode_contract(event.contract_id.contract_id.hash), tuple(body.topics), body.data)
        for event in events
        if event.contract_id is not None and (body := event.body.v0) is not None
    )


def _meta(meta_xdr: str) -> xdr.TransactionMeta:
    try:
        return xdr.TransactionMeta.from_xdr_bytes(from_base64(meta_xdr))
    except (ValueError, EOFError, XdrError) as wrong:
        raise Malformed(f"not a transaction meta: {wrong}") from None


def _reported(events: Iterable[xdr.DiagnosticEvent]) -> Iterable[HostFault]:
    """Every error that diagnostic events report, in order: topics ["error", SCError], data [text, ...] or text."""
    for told in events:
        event, body = told.event, told.event.body.v0
        if body is None or len(body.topics) < 2 or body.topics[0].sym is None or body.topics[1].error is None:
            continue
        error, own = body.topics[1].error, event.contract_id
        if body.topics[0].sym.sc_symbol != b"error":
            continue
        code = error.contract_code.uint32 if error.contract_code is not None else None
        number = code if code is not None else error.code.value if error.code is not None else 0
        contract = None if own is None else StrKey.encode_contract(own.contract_id.hash)
        yield HostFault(error.type, number, contract, _text(body.data))


def _text(data: xdr.SCVal) -> str:
    first = data.vec.sc_vec[0] if data.vec is not None and data.vec.sc_vec else data
    return "" if first.str is None else first.str.sc_string.decode("utf-8", "replace")[:_LONGEST_MESSAGE]


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_")[1:])


_TYPES: Final = {_camel(kind.name): kind for kind in _Type}
_CODES: Final = {_camel(code.name): code.value for code in _Code}
