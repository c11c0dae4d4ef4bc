"""Trees of authorised invocations and how far a running call has used them (rs-soroban-env's InvocationTracker)."""

from dataclasses import dataclass

from arb.localnet.soroban.ports import Invocation


@dataclass(frozen=True, slots=True)
class AuthNode:
    """An invocation somebody authorises, with those it may make in turn."""

    invocation: Invocation
    children: tuple["AuthNode", ...] = ()


Snapshot = tuple[frozenset[int], bool]


class InvocationTracker:
    """One tree against the stack of frames. A node is used once; a child only below the frame that used its parent."""

    __slots__ = ("_children", "_invocations", "_matched", "_used", "nodes", "verified")

    def __init__(self, root: AuthNode, depth: int) -> None:
        """`depth` is how many frames are open already: those can use nothing of the tree."""
        self.nodes: list[AuthNode] = []
        self._children: list[list[int]] = []
        self._add(root)
        self._invocations = [node.invocation for node in self.nodes]
        self._used: set[int] = set()
        self._matched: list[int | None] = [None] * depth
        self.verified = False

    def push(self) -> None:
        """A frame was entered."""
        self._matched.append(None)

    def pop(self) -> bool:
        """A frame was left; False when it lay outside what the tracker has seen."""
        if not self._matched:
            return False
        self._matched.pop()
        return True

    @property
    def active(self) -> bool:
        """Whether a frame that used a node of the tree is still open."""
        return any(node is not None for node in self._matched)

    def use(self, invocation: Invocation, *, root_allowed: bool) -> bool:
        """Use up the node that authorises the innermost frame; False if the tree has none, or the frame used one."""
        if not self._matched or self._matched[-1] is not None:
            return False
        last = next((node for node in reversed(self._matched) if node is not None), None)
        if last is None:
            candidates = [0] if root_allowed else []
        else:
            candidates = self._children[last]
        for node in candidates:
            if node not in self._used and self._invocations[node] == invocation:
                self._used.add(node)
                self._matched[-1] = node
                return True
        return False

    def snapshot(self) -> Snapshot:
        """What a rolled back frame has to give back."""
        return frozenset(self._used), self.verified

    def reset(self, snapshot: Snapshot) -> None:
        """Return to a snapshot; the frames opened since are popped by whoever pushed them."""
        self._used, self.verified = set(snapshot[0]), snapshot[1]

    def _add(self, node: AuthNode) -> int:
        index = len(self.nodes)
        self.nodes.append(node)
        self._children.append([])
        self._children[index] = [self._add(child) for child in node.children]
        return index
