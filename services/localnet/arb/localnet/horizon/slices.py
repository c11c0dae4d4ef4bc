"""Cutting a page out of a sorted list."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from arb.localnet.horizon.params import Page

T = TypeVar("T")


def take(items: Sequence[T], page: Page, key: Callable[[T], Any], cursor: Any) -> Sequence[T]:
    """The page of `items` (sorted by rising `key`) beyond `cursor`; None for the end the page starts from."""
    if page.ascending:
        start = 0 if cursor is None else bisect_right(items, cursor, key=key)
        return items[start : start + page.limit]
    stop = len(items) if cursor is None else bisect_left(items, cursor, key=key)
    return items[max(0, stop - page.limit) : stop][::-1]
