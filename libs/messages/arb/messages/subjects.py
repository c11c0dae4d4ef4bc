"""Where messages travel: the subjects of events and commands."""

from typing import NamedTuple

EVENTS = "arb.evt"
COMMANDS = "arb.cmd"
MARKET = "arb.market"
DEADLETTER = "arb.dlq"


class Aggregate(NamedTuple):
    """One consistency boundary: events of one aggregate are ordered, versioned and hash-chained."""

    kind: str
    id: str

    @property
    def subject(self) -> str:
        """Subject of this aggregate's events: `arb.evt.<kind>.<id>`."""
        return f"{EVENTS}.{self.kind}.{self.id}"

    @staticmethod
    def of_subject(subject: str) -> "Aggregate":
        """Read an aggregate back from its subject. Raises ValueError when it is not an event subject."""
        parts = subject.split(".")
        if len(parts) != 4 or subject[: len(EVENTS)] != EVENTS:
            raise ValueError(f"not an event subject: {subject!r} (expected {EVENTS}.<aggregate>.<id>)")
        return Aggregate(parts[2], parts[3])


ENGINE = Aggregate("engine", "main")
LIMITS = Aggregate("limits", "main")
AUDIT = Aggregate("audit", "main")


def account(account_id: str) -> Aggregate:
    """The aggregate of one of our own accounts, by public key."""
    return Aggregate("account", account_id)


def trade(trade_id: str) -> Aggregate:
    """The aggregate of one trade."""
    return Aggregate("trade", trade_id)


def opportunity(opportunity_id: str) -> Aggregate:
    """The aggregate of one opportunity (a single event)."""
    return Aggregate("opportunity", opportunity_id)


def detector(contract: str) -> Aggregate:
    """The aggregate of one detector contract, by contract id."""
    return Aggregate("detector", contract)


def venue(contract: str) -> Aggregate:
    """The aggregate of one contract venue, by contract id."""
    return Aggregate("venue", contract)


def command(service: str, verb: str) -> str:
    """Subject of a command: `arb.cmd.<service>.<verb>`."""
    return f"{COMMANDS}.{service}.{verb}"


def every(kind: str) -> str:
    """Filter for all events of one kind of aggregate."""
    return f"{EVENTS}.{kind}.*"


EVERY_EVENT = f"{EVENTS}.>"
