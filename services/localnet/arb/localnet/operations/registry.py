"""Which handler serves which operation type; a type that is not here answers opNOT_SUPPORTED."""

from stellar_sdk import xdr

from arb.localnet.operations import (
    account_merge,
    bump_sequence,
    change_trust,
    create_account,
    footprint_ttl,
    invoke_host_function,
    manage_data,
    manage_offer,
    path_payment,
    payment,
    pool_shares,
    set_options,
    trust_flags,
)
from arb.localnet.operations.handler import Handler

HANDLERS: dict[xdr.OperationType, Handler] = {
    **create_account.HANDLERS,
    **payment.HANDLERS,
    **path_payment.HANDLERS,
    **manage_offer.HANDLERS,
    **pool_shares.HANDLERS,
    **set_options.HANDLERS,
    **change_trust.HANDLERS,
    **trust_flags.HANDLERS,
    **account_merge.HANDLERS,
    **bump_sequence.HANDLERS,
    **manage_data.HANDLERS,
    **invoke_host_function.HANDLERS,
    **footprint_ttl.HANDLERS,
}
"""Every operation type this network models."""
