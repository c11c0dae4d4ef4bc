"""Events of an invocation: what contracts publish, what the host adds for diagnosis, and their XDR."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from stellar_sdk import xdr

from arb.localnet.soroban.codec import pack
from arb.localnet.soroban.errors import HostError
from arb.localnet.soroban.values import VEC, HostValue, string, symbol

__all__ = ["Event", "EventType", "error_event"]


class EventType(IntEnum):
    """ContractEventType of the network's XDR."""

    SYSTEM = 0
    CONTRACT = 1
    DIAGNOSTIC = 2


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `in_successful_call` is False when the call that published it was rolled back."""

    type: EventType
    contract: bytes | None
    topics: tuple[HostValue, ...]
    data: HostValue
    in_successful_call: bool = True

    def pack(self) -> bytes:
        """The ContractEvent XDR."""
        contract = b"\0\0\0\1" + self.contract if self.contract is not None else b"\0\0\0\0"
        # A vec packs as type, presence and content; an event's topics are the content alone.
        topics = pack((VEC, self.topics))[8:]
        return b"\0\0\0\0" + contract + self.type.to_bytes(4, "big") + b"\0\0\0\0" + topics + pack(self.data)

    def pack_diagnostic(self) -> bytes:
        """The DiagnosticEvent XDR."""
        return int(self.in_successful_call).to_bytes(4, "big") + self.pack()

    def to_xdr(self) -> xdr.ContractEvent:
        return xdr.ContractEvent.from_xdr_bytes(self.pack())


def error_event(error: HostError) -> Event:
    """What the host says of an error outside of any contract."""
    return Event(EventType.DIAGNOSTIC, None, (symbol("error"), error.value), string(error.message), False)
