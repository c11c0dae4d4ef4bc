"""Closures made once per type, also for types that contain themselves."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from arb.contracts.spec.types import Type

Made = TypeVar("Made", bound=Callable[..., Any])


class OncePerType(Generic[Made]):
    """Makes a closure per type with `make`, which may ask `of` for the types within."""

    def __init__(self, make: Callable[[Type], Made]) -> None:
        self._make = make
        self._made: dict[Type, Made] = {}
        self._making: set[Type] = set()

    def of(self, type_: Type) -> Made:
        """The closure of a type; errors are those of `make`, and leave nothing half made behind."""
        made = self._made.get(type_)
        if made is not None:
            return made
        if type_ in self._making:  # it contains itself: found when it is called, by then it is there
            return self._later(type_)
        before = len(self._made)
        self._making.add(type_)
        try:
            made = self._made[type_] = self._make(type_)
        except BaseException:
            for orphan in list(self._made)[before:]:  # these may wait for the one that failed
                del self._made[orphan]
            raise
        finally:
            self._making.discard(type_)
        return made

    def _later(self, type_: Type) -> Made:
        def call(value: Any) -> Any:
            return self._made[type_](value)

        return call  # type: ignore[return-value]  # the same call, by way of the table
