"""What the gateway needs from outside."""

from typing import Protocol, TypeVar

from arb.messages.base import Message
from arb.messages.commands.base import Command
from arb.runtime.gateway_tokens import Holder

T = TypeVar("T", bound=Message)


class CommandPort(Protocol):
    """The services behind the bus. Raises arb.runtime.errors.CommandFailed or CommandTimeout."""

    async def request(self, command: Command, result_type: type[T], timeout: float) -> T:
        """Send a command and wait for its result."""
        ...


class Client(Protocol):
    """One connected client, as the use cases see it."""

    name: str
    address: str
    topics: set[str]
    holder: Holder | None
    """Whose token it showed."""
    wrong_tokens: int
    """How many it showed since."""
    live_after: int
    """What happens is pushed to it from the message after this one on; the rest came to it as history."""

    def push(self, text: str) -> None:
        """Queue a message, encoded; a client that does not read is disconnected rather than waited for."""
        ...

    async def room(self) -> None:
        """Wait until the client has read so much that more may be pushed."""
        ...

    def dismiss(self, reason: str) -> None:
        """Disconnect it, once it was sent what is queued."""
        ...


class TokenHolders(Protocol):
    """Those who hold a token."""

    def refresh(self) -> None:
        """Take in what changed since."""
        ...

    def find(self, token: str) -> Holder | None:
        """Who holds `token`, in constant time."""
        ...

    def still(self, holder: Holder) -> bool:
        """Whether the holder's token is as good as it was."""
        ...
