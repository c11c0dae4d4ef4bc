"""The events of one invocation in order, with what a failed call published marked as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import HostError
from arb.localnet.soroban.events import Event, EventType
from arb.localnet.soroban.values import VOID, HostValue

__all__ = ["Journal"]

_EVENTS_KEPT = 10_000
"""Diagnostic events of one invocation; what follows is counted in nobody's result and would only fill memory."""


class Journal:
    """`all` is what core gives as diagnostic events: contract and system events among the host's own."""

    def __init__(self) -> None:
        self.all: list[Event] = []
        self._reported: HostError | None = None

    @property
    def standing(self) -> list[Event]:
        """Contract and system events of calls that were not rolled back."""
        return [event for event in self.all if event.in_successful_call and event.type is not EventType.DIAGNOSTIC]

    def publish(
        self, event_type: EventType, contract: bytes | None, topics: Sequence[HostValue], data: HostValue
    ) -> None:
        """Record an event of a contract or of the system."""
        self.all.append(Event(event_type, contract, tuple(topics), data))

    def diagnose(self, contract: bytes | None, topics: Sequence[HostValue], args: Sequence[HostValue]) -> None:
        """Record a diagnostic event; its data is void, the one argument, or a vec of them."""
        if len(self.all) < _EVENTS_KEPT:
            data = args[0] if len(args) == 1 else v.vec(args) if args else VOID
            self.all.append(Event(EventType.DIAGNOSTIC, contract, tuple(topics), data))

    def report(self, contract: bytes | None, error: HostError, text: str, args: Sequence[HostValue]) -> None:
        self.diagnose(contract, (v.symbol("error"), error.value), (v.string(text[:1000]), *args))

    def report_once(self, contract: bytes | None, error: HostError) -> None:
        """Record an error where it arose, not again in every frame it passes on its way out."""
        if self._reported is not error:
            self._reported = error
            self.report(contract, error, error.message, ())

    def mark(self) -> int:
        return len(self.all)

    def roll_back(self, mark: int) -> None:
        """Events since the mark belong to a failed call."""
        for index in range(mark, len(self.all)):
            if self.all[index].in_successful_call:
                self.all[index] = replace(self.all[index], in_successful_call=False)
