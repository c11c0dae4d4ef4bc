"""An envelope that is said to be a trade of ours, read as the one kind of trade its own bytes make it."""

from arb.contracts.basket import Basket, read_basket
from arb.contracts.errors import TransactionShapeError
from arb.contracts.routes.envelope import Route, read_route

Trade = Basket | Route


def read_trade(envelope_xdr: str, passphrase: str) -> Trade:
    """A basket or a route. TransactionShapeError, in the basket's terms for what is neither."""
    try:
        return read_basket(envelope_xdr, passphrase)
    except TransactionShapeError as no_basket:
        if no_basket.code != "operation_type":
            raise
        try:
            return read_route(envelope_xdr, passphrase)
        except TransactionShapeError as no_route:
            raise (no_basket if no_route.code in ("operation_type", "operation_count") else no_route) from None
