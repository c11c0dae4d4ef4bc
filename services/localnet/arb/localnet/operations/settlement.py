"""Writing a crossing into the ledger: what it does to makers and their offers, to pools, and the atoms it reports."""

from collections.abc import Iterable

from stellar_sdk import xdr

from arb.localnet.ledger.account_ids import xdr_account_id
from arb.localnet.ledger.assets import xdr_asset
from arb.localnet.ledger.balances import acquire_liabilities, add_balance, add_subentries, release_liabilities
from arb.localnet.ledger.txn import LedgerTxn, LedgerTxnError
from arb.markets.asset import Asset
from arb.markets.book import Fill
from arb.markets.hop import HopResult, VenueKind


def settle_hop(ltx: LedgerTxn, hop: HopResult) -> list[xdr.ClaimAtom]:
    """Apply a successful hop of a path payment to its venue; the taker's balances are the operation's business."""
    if hop.venue is VenueKind.POOL:
        return [_settle_swap(ltx, hop)]
    return settle_fills(ltx, hop.asset_out, hop.asset_in, hop.fills)


def settle_fills(ltx: LedgerTxn, wheat: Asset, sheep: Asset, fills: Iterable[Fill]) -> list[xdr.ClaimAtom]:
    """Apply what a taker of `wheat` for `sheep` took from the book, offer by offer (core's crossOfferV10).

    Raises:
        LedgerTxnError: a fill does not fit the ledger it was computed on.
    """
    return [_settle_fill(ltx, wheat, sheep, fill) for fill in fills]


def _settle_fill(ltx: LedgerTxn, wheat: Asset, sheep: Asset, fill: Fill) -> xdr.ClaimAtom:
    offer = ltx.load_offer(fill.seller, fill.offer_id)
    if offer is None:
        raise LedgerTxnError(f"offer {fill.offer_id} of {fill.seller} was crossed but is not in the ledger")
    release_liabilities(ltx, offer)
    if not add_balance(ltx, fill.seller, sheep, fill.sheep) or not add_balance(ltx, fill.seller, wheat, -fill.wheat):
        raise LedgerTxnError(
            f"offer {fill.offer_id}: its maker {fill.seller} cannot give {fill.wheat} {wheat} for {fill.sheep} {sheep}"
        )
    if fill.wheat_left > 0:
        offer.amount = fill.wheat_left
        acquire_liabilities(ltx, offer)
    else:
        maker = ltx.load_account(fill.seller)
        assert maker is not None
        add_subentries(ltx.header, maker, -1)
        ltx.erase(offer.key())
    return xdr.ClaimAtom(
        xdr.ClaimAtomType.CLAIM_ATOM_TYPE_ORDER_BOOK,
        order_book=xdr.ClaimOfferAtom(
            xdr_account_id(fill.seller),
            xdr.Int64(fill.offer_id),
            xdr_asset(wheat),
            xdr.Int64(fill.wheat),
            xdr_asset(sheep),
            xdr.Int64(fill.sheep),
        ),
    )


def _settle_swap(ltx: LedgerTxn, hop: HopResult) -> xdr.ClaimAtom:
    assert hop.pool_id is not None
    pool = ltx.load_pool(hop.pool_id)
    if pool is None:
        raise LedgerTxnError(f"pool {hop.pool_id} was traded with but is not in the ledger")
    if pool.a == hop.asset_in:
        pool.reserve_a += hop.amount_in
        pool.reserve_b -= hop.amount_out
    else:
        pool.reserve_b += hop.amount_in
        pool.reserve_a -= hop.amount_out
    return xdr.ClaimAtom(
        xdr.ClaimAtomType.CLAIM_ATOM_TYPE_LIQUIDITY_POOL,
        liquidity_pool=xdr.ClaimLiquidityAtom(
            xdr.PoolID(xdr.Hash(bytes.fromhex(hop.pool_id))),
            xdr_asset(hop.asset_out),
            xdr.Int64(hop.amount_out),
            xdr_asset(hop.asset_in),
            xdr.Int64(hop.amount_in),
        ),
    )
