"""What the source of an operation has free of an asset. Below zero is told as it is: core compares before it clamps."""

from arb.localnet.ledger.balances import available_in, holding, room_in
from arb.localnet.operations.handler import OpContext
from arb.markets.amount import INT64_MAX
from arb.markets.asset import Asset


def free_balance(ctx: OpContext, asset: Asset) -> int:
    """Stroops the source could send; negative for native below the reserve, unbounded for the asset's issuer.

    The source has to have a trustline for a credit asset it does not issue.
    """
    if asset.issuer == ctx.source:
        return INT64_MAX
    entry = holding(ctx.ltx, ctx.source, asset)
    assert entry is not None
    return available_in(ctx.header, entry)


def free_room(ctx: OpContext, asset: Asset) -> int:
    """Stroops the source could receive; otherwise as `free_balance`."""
    if asset.issuer == ctx.source:
        return INT64_MAX
    entry = holding(ctx.ltx, ctx.source, asset)
    assert entry is not None
    return room_in(entry)
