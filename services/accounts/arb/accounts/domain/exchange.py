"""One key in place of another: what there is to do, judged by what the ledger says of the account's signers."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from arb.contracts.account_signers import AccountSigners
from arb.contracts.transactions import set_signer

MOST_AT_ONCE = 9
"""Accounts of one transaction: each signs, and so does the trading account; an envelope carries twenty signatures."""


class Exchange(NamedTuple):
    """The account's key `old` is to be `new`; all are public halves."""

    account: str
    old: str
    new: str


class Step(NamedTuple):
    """What is to be done about keys now."""

    done: tuple[Exchange, ...]
    """The ledger takes the new key and the old one no more."""
    to_do: tuple[Exchange, ...]
    """The old key can still hand over."""
    stuck: tuple[Exchange, ...]
    """Neither key alone may do everything: somebody else changed the account's signers."""


def judge(exchanges: Iterable[Exchange], found: Mapping[str, AccountSigners]) -> Step:
    """Sort exchanges of accounts that the ledger knows."""
    known = [exchange for exchange in exchanges if exchange.account in found]
    done = tuple(e for e in known if found[e.account].suffices(e.new) and not found[e.account].weight(e.old))
    able = tuple(e for e in known if e not in done and found[e.account].suffices(e.old))
    stuck = tuple(e for e in known if e not in done and e not in able)
    return Step(done, able[:MOST_AT_ONCE], stuck)


def operations(exchange: Exchange, found: AccountSigners) -> list[bytes]:
    """Give the new key the weight of the old one, which then has none. Both happen, or neither."""
    weight = found.weight(exchange.old)
    if exchange.old == exchange.account:
        return [set_signer(exchange.account, exchange.new, weight, master_weight=0)]
    return [set_signer(exchange.account, exchange.new, weight), set_signer(exchange.account, exchange.old, 0)]


def others(exchange: Exchange, found: AccountSigners) -> tuple[str, ...]:
    """Keys beside the two that the ledger takes for this account."""
    return tuple(sorted(found.weights.keys() - {exchange.old, exchange.new}))
