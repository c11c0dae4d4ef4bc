"""A tree of authorised invocations is used once, from its root down, and only below the frames that used it."""

import pytest

from arb.localnet.soroban.auth_tree import AuthNode, InvocationTracker
from arb.localnet.soroban.ports import ContractCall

ROOT, INNER = ContractCall(bytes(32), "root", ()), ContractCall(bytes([1]) * 32, "inner", ())


@pytest.fixture
def tracker() -> InvocationTracker:
    return InvocationTracker(AuthNode(ROOT, (AuthNode(INNER),)), 0)


def test_a_child_counts_only_below_its_parent(tracker: InvocationTracker) -> None:
    tracker.push()
    assert not tracker.use(INNER, root_allowed=True), "the root comes first"
    assert tracker.use(ROOT, root_allowed=True)
    assert not tracker.use(ROOT, root_allowed=True), "a frame uses one node"
    tracker.push()
    assert tracker.use(INNER, root_allowed=False)
    tracker.pop()
    tracker.push()
    assert not tracker.use(INNER, root_allowed=False), "each node counts once"


def test_what_a_failed_frame_used_can_be_used_again(tracker: InvocationTracker) -> None:
    tracker.push()
    assert tracker.use(ROOT, root_allowed=True)
    before = tracker.snapshot()
    tracker.push()
    assert tracker.use(INNER, root_allowed=False)
    tracker.reset(before)
    tracker.pop()
    tracker.push()
    assert tracker.use(INNER, root_allowed=False)


def test_it_is_over_when_its_root_frame_is_left(tracker: InvocationTracker) -> None:
    tracker.push()
    assert tracker.use(ROOT, root_allowed=True)
    inside = tracker.active
    tracker.pop()
    assert (inside, tracker.active) == (True, False)
    tracker.push()
    assert not tracker.use(ROOT, root_allowed=True)
