"""The sequence numbers of own accounts, as the ledger last showed them: by the look after a close, or asked for."""

from collections.abc import Callable

from arb.accounts.domain.observation import Observation
from arb.accounts.ports import Network


class SeenSequences:
    """Implements `arb.accounts.ports.Sequences`. A number that was once seen used up stays so, whatever a node says."""

    def __init__(self, network: Network, looked: Callable[[], Observation | None]) -> None:
        """`looked` gives the last look at all accounts."""
        self._network = network
        self._looked = looked
        self._highest: dict[str, int] = {}

    def seen(self, account: str) -> int:
        """See Sequences."""
        return self._note(account, self._looked())

    async def read(self, account: str) -> int:
        """See Sequences."""
        return self._note(account, await self._network.observe((account,), account, ()))

    def _note(self, account: str, seen: Observation | None) -> int:
        shown = seen.accounts.get(account) if seen is not None else None
        highest = self._highest.get(account, 0)
        if shown is not None and shown.sequence > highest:
            highest = self._highest[account] = shown.sequence
        return highest
