"""Which handler serves which operation type; a type that is not here answers opNOT_SUPPORTED."""

from stellar_sdk import xdr

from arb.localnet.operations import create_account, manage_offer, path_payment, payment, pool_shares
from arb.localnet.operations.handler import Handler

HANDLERS: dict[xdr.OperationType, Handler] = {
    **create_account.HANDLERS,
    **payment.HANDLERS,
    **path_payment.HANDLERS,
    **manage_offer.HANDLERS,
    **pool_shares.HANDLERS,
}
"""Every operation type this network models."""
