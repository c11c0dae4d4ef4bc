"""What a ledger shows of sequence numbers, moved by hand: the accounts service's own look lags behind it as told."""


class Sequences:
    """Implements `arb.accounts.ports.Sequences`."""

    def __init__(self) -> None:
        self.ledger: dict[str, int] = {}
        self.looked: dict[str, int] = {}
        self.reads = 0

    def seen(self, account: str) -> int:
        return self.looked.get(account, 0)

    async def read(self, account: str) -> int:
        self.reads += 1
        self.looked[account] = self.ledger.get(account, 0)
        return self.looked[account]
