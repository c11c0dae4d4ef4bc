"""Total order ids: one number for a place in history, as Horizon and RPC use it for ids, paging tokens and cursors."""

from typing import NamedTuple

_TX_BITS, _OP_BITS = 20, 12
_TX_MASK, _OP_MASK = (1 << _TX_BITS) - 1, (1 << _OP_BITS) - 1


class Toid(NamedTuple):
    """A place in history. Transactions and operations count from 1; 0 is the ledger or transaction itself."""

    ledger: int
    transaction: int = 0
    operation: int = 0

    def __int__(self) -> int:
        return self.ledger << (_TX_BITS + _OP_BITS) | self.transaction << _OP_BITS | self.operation

    @staticmethod
    def parse(value: int) -> "Toid":
        """The place behind a number of up to 63 bits."""
        return Toid(value >> (_TX_BITS + _OP_BITS), value >> _OP_BITS & _TX_MASK, value & _OP_MASK)


def after_ledger(ledger: int) -> int:
    """The largest id in a ledger: a cursor here starts with the ledger after it."""
    return int(Toid(ledger, _TX_MASK, _OP_MASK))
