"""What a plan's one transaction has beside its operations."""

from typing import NamedTuple


class Frame(NamedTuple):
    """`max_fee` in stroops for the whole transaction, `max_time` in unix seconds."""

    source: str
    sequence: int
    trading_account: str
    max_fee: int
    max_time: int
    passphrase: str
