"""The shape of every aggregate's pure core: where it starts, what follows from a command, how a fact changes it."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from arb.messages.base import Fact

C = TypeVar("C", contravariant=True)
S = TypeVar("S")


class Decider(Protocol[C, S]):
    """No I/O, no clock, no chance: the same state and command lead to the same facts. A module can be one."""

    @property
    def initial_state(self) -> S: ...

    def decide(self, state: S, command: C, /) -> Sequence[Fact]:
        """The facts that `command` leads to; none when it asks for what is so already. Raises the domain's errors."""
        ...

    def evolve(self, state: S, fact: Fact, /) -> S:
        """The state after `fact`."""
        ...
