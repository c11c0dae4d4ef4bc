"""Old versions of events: stored bytes never change, so what they say is carried forward, one version at a time."""

import json
from collections.abc import Callable
from typing import NamedTuple

from pydantic import JsonValue

from arb.messages.base import FACTS, Fact

Data = dict[str, JsonValue]


class UnknownEventError(ValueError):
    """A stored event's type is not one this version of the platform knows."""


class Step(NamedTuple):
    """From one version of an event to the next: its type, and what its `data` becomes."""

    type: str
    carry: Callable[[Data], Data]


UPCASTERS: dict[str, Step] = {}
"""Retired event type -> the step to the version after it. A type is here or in FACTS, never in both."""


def upcaster(retired: str, following: str) -> Callable[[Callable[[Data], Data]], Callable[[Data], Data]]:
    """Enter the decorated function as the step from event type `retired` to `following`, the very next version."""
    family, version = _parted(retired)
    if _parted(following) != (family, version + 1):
        raise ValueError(f"{following} is not the version after {retired}")
    if retired in FACTS or retired in UPCASTERS:
        raise ValueError(f"{retired} is read already: take its class away when its upcaster comes")

    def enter(carry: Callable[[Data], Data]) -> Callable[[Data], Data]:
        UPCASTERS[retired] = Step(following, carry)
        return carry

    return enter


def known(event_type: str) -> bool:
    """Whether events of this type can be read, be it through upcasters."""
    return event_type in FACTS or event_type in UPCASTERS


def read_fact(event_type: str, data: bytes) -> Fact:
    """The fact in an event's `data`, JSON text, as the newest version of its type.

    Raises UnknownEventError, and pydantic's ValidationError when the data is not what the type says.
    """
    kind = FACTS.get(event_type)
    if kind is not None:
        return kind.model_validate_json(data)
    if event_type not in UPCASTERS:
        raise UnknownEventError(unknown(event_type))
    carried: Data = json.loads(data)
    while (step := UPCASTERS.get(event_type)) is not None:
        event_type, carried = step.type, step.carry(carried)
    if event_type not in FACTS:
        raise UnknownEventError(unknown(event_type))
    return FACTS[event_type].model_validate_json(json.dumps(carried))


def unknown(event_type: str) -> str:
    """What to say of a type that cannot be read: whether another version of it could be."""
    family = event_type.rpartition(".")[0]
    kin = sorted(name for name in (*FACTS, *UPCASTERS) if name.rpartition(".")[0] == family)
    return f"event type {event_type!r} is unknown to this version" + (f", which reads {', '.join(kin)}" if kin else "")


def _parted(event_type: str) -> tuple[str, int]:
    """Family and version number. Raises ValueError when the type does not end in `.v<number>`."""
    family, _, version = event_type.rpartition(".v")
    if not family or not version.isdigit():
        raise ValueError(f"{event_type!r} names no version (expected arb.<aggregate>.<what>.v<number>)")
    return family, int(version)
