"""Waits grow, stay bounded, and end when they are told to."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arb.runtime.retry import Backoff, retrying


@given(seed=st.integers(), first=st.floats(0.001, 1), longest=st.floats(1, 10))
def test_waits_stay_between_jitter_and_longest(seed: int, first: float, longest: float) -> None:
    waits = Backoff(first=first, longest=longest).waits(Random(seed))
    taken = [next(waits) for _ in range(20)]

    assert 0.8 * first <= taken[0] <= first
    assert all(0.8 * first <= wait <= longest for wait in taken)
    assert taken[-1] >= 0.8 * longest


async def test_it_tries_again_until_it_works() -> None:
    calls: list[int] = []

    async def work() -> str:
        calls.append(1)
        if len(calls) < 3:
            raise ConnectionError
        return "done"

    backoff = Backoff(first=0.001)
    assert await retrying(work, on=ConnectionError, random=Random(1), backoff=backoff) == "done"
    assert len(calls) == 3


async def test_it_gives_up_with_the_last_error_and_lets_others_through() -> None:
    async def fail() -> None:
        raise ConnectionError("still down")

    async def wrong() -> None:
        raise KeyError("bug")

    backoff = Backoff(first=0.001)
    with pytest.raises(ConnectionError, match="still down"):
        await retrying(fail, on=ConnectionError, random=Random(1), backoff=backoff, attempts=3)
    with pytest.raises(KeyError):
        await retrying(wrong, on=ConnectionError, random=Random(1), backoff=backoff)
