"""What a plan's one transaction has beside its operations."""

from typing import NamedTuple


class Frame(NamedTuple):
    """Both fees in stroops for the whole transaction: what is bid for its place, and the most that may be bid with
    what a call declares to use. `max_time` in unix seconds."""

    source: str
    sequence: int
    trading_account: str
    inclusion_fee: int
    max_fee: int
    max_time: int
    passphrase: str
