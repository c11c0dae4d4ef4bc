"""Leaving a liquidity pool: what goes with a pool share trustline when it is removed."""

from arb.localnet.ledger.assets import PoolShare
from arb.localnet.ledger.balances import add_subentries
from arb.localnet.ledger.entries import TrustLine
from arb.localnet.ledger.txn import LedgerTxn, LedgerTxnError
from arb.markets.asset import Asset

_SUBENTRIES = 2


def trustlines_used(account_id: str, a: Asset, b: Asset) -> list[Asset]:
    """Those of a pool's assets of which an account needs a trustline: not native, not issued by itself."""
    return [asset for asset in (a, b) if not asset.is_native and asset.issuer != account_id]


def leave_pool(ltx: LedgerTxn, line: TrustLine) -> None:
    """Remove an empty pool share trustline: free its reserve and the asset trustlines; the last one ends the pool.

    Raises:
        LedgerTxnError: the trustline holds shares, or its pool, account or asset trustlines are missing.
    """
    assert isinstance(line.asset, PoolShare)
    pool, account = ltx.load_pool(line.asset.pool_id), ltx.load_account(line.account_id)
    if pool is None or account is None or line.balance:
        raise LedgerTxnError(f"{line.account_id} cannot leave pool {line.asset.pool_id} with {line.balance} shares")
    add_subentries(ltx.header, account, -_SUBENTRIES)
    ltx.erase(line.key())
    for asset in trustlines_used(line.account_id, pool.a, pool.b):
        used = ltx.load_trustline(line.account_id, asset)
        if used is None:
            raise LedgerTxnError(f"{line.account_id} is in pool {pool.pool_id} without a trustline for {asset}")
        used.pool_use_count -= 1
    pool.trustline_count -= 1
    if pool.trustline_count == 0:
        ltx.erase(pool.key())
