"""Something in the record that must not be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`sequence` is the first message it concerns; `problem` says in words what is wrong."""

    sequence: int
    problem: str
