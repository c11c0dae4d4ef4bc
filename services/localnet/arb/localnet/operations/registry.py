"""Which handler serves which operation type; a type that is not here answers opNOT_SUPPORTED."""

from stellar_sdk import xdr

from arb.localnet.operations.handler import Handler

HANDLERS: dict[xdr.OperationType, Handler] = {}
"""Every operation type this network models."""
