"""Who may do what, and how often somebody may be wrong about a token."""

from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import Final, Literal

Rights = Literal["none", "viewer", "operator"]

_RANK: Final[Mapping[Rights, int]] = {"none": 0, "viewer": 1, "operator": 2}
_OPEN: Final = frozenset({"ping", "authenticate"})
_OPERATORS: Final = frozenset({"start_engine", "stop_engine", "halt", "resume", "set_limits"})

MEANING: Final[Mapping[Rights, str]] = {
    "none": "a client can do nothing until it shows a token",
    "viewer": "any client may look on; to start, stop, halt, resume or set limits it has to show a token",
    "operator": "any client that can connect may do everything",
}
"""What rights that need no token come to."""

WRONG_PER_CONNECTION = 3
"""Wrong tokens after which a connection is closed."""
WRONG_PER_ADDRESS = 10
"""Wrong tokens within WINDOW_SECONDS after which no token of that address is looked at."""
WINDOW_SECONDS = 60.0
ADDRESSES = 4096
"""Addresses kept in mind; past that, the one that was wrong longest ago is forgotten."""


def needed(command: str) -> Rights:
    """The rights `command` needs. What is in neither list is for who looks on."""
    if command in _OPEN:
        return "none"
    return "operator" if command in _OPERATORS else "viewer"


def suffices(rights: Rights, wanted: Rights) -> bool:
    """Whether `rights` include those `wanted`: an operator may look on too."""
    return _RANK[rights] >= _RANK[wanted]


class WrongTokens:
    """Wrong tokens by address. Times are seconds of any clock that does not go back."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def note(self, address: str, now: float) -> None:
        """One more."""
        self._seen.setdefault(address, deque(maxlen=WRONG_PER_ADDRESS)).append(now)
        self._seen.move_to_end(address)
        while len(self._seen) > ADDRESSES:
            self._seen.popitem(last=False)

    def wait(self, address: str, now: float) -> float:
        """Seconds until a token of this address is looked at again; 0 when it is now."""
        times = self._seen.get(address, ())
        recent = [time for time in times if now - time < WINDOW_SECONDS]
        return WINDOW_SECONDS - (now - recent[0]) if len(recent) >= WRONG_PER_ADDRESS else 0.0
