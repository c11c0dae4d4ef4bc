"""Trades read from a transaction's result: what each operation took from which offers and pools."""

from collections.abc import Iterator
from typing import NamedTuple

from stellar_sdk import xdr

from arb.localnet.ledger.account_ids import account_id_of, account_id_of_key
from arb.localnet.ledger.assets import asset_of
from arb.markets.asset import Asset


class Trade(NamedTuple):
    """One claim atom: the maker (an offer of `seller`, or the pool `pool_id`) sold `sold`, bought `bought`, in stroops.

    `operation` is the index of the operation from 0, `order` the index of the trade in it; `taker_offer` is the offer
    the taker's operation left in the book, if any.
    """

    operation: int
    order: int
    seller: str | None
    offer_id: int
    pool_id: str | None
    sold_asset: Asset
    sold: int
    bought_asset: Asset
    bought: int
    taker_offer: int | None


def operation_results(result: xdr.TransactionResult) -> list[xdr.OperationResult]:
    """The results of the operations, also those inside a fee bump; empty if the transaction was not applied."""
    inner = result.result.inner_result_pair
    if inner is not None:
        return inner.result.result.results or []
    return result.result.results or []


def trades_of(result: xdr.TransactionResult) -> Iterator[Trade]:
    """The trades of a transaction in the order they were made; those of a failed one never happened: none."""
    code = result.result.code
    if code not in (xdr.TransactionResultCode.txSUCCESS, xdr.TransactionResultCode.txFEE_BUMP_INNER_SUCCESS):
        return
    for index, operation in enumerate(operation_results(result)):
        atoms, taker_offer = _atoms(operation)
        for order, atom in enumerate(atoms):
            yield _trade(index, order, atom, taker_offer)


def _atoms(operation: xdr.OperationResult) -> tuple[list[xdr.ClaimAtom], int | None]:
    if operation.tr is None:
        return [], None
    tr = operation.tr
    received = tr.path_payment_strict_receive_result
    if received is not None and received.success is not None:
        return received.success.offers, None
    sent = tr.path_payment_strict_send_result
    if sent is not None and sent.success is not None:
        return sent.success.offers, None
    managed = tr.manage_sell_offer_result or tr.manage_buy_offer_result or tr.create_passive_sell_offer_result
    if managed is not None and managed.success is not None:
        left = managed.success.offer.offer
        return managed.success.offers_claimed, left.offer_id.int64 if left is not None else None
    return [], None


def claimed(atom: xdr.ClaimAtom) -> xdr.ClaimLiquidityAtom | xdr.ClaimOfferAtom | xdr.ClaimOfferAtomV0:
    """The arm of a claim atom: all three have the assets and amounts sold and bought."""
    claim = atom.liquidity_pool or atom.order_book or atom.v0
    assert claim is not None
    return claim


def _trade(index: int, order: int, atom: xdr.ClaimAtom, taker_offer: int | None) -> Trade:
    claim = claimed(atom)
    pool_id = claim.liquidity_pool_id.pool_id.hash.hex() if isinstance(claim, xdr.ClaimLiquidityAtom) else None
    seller: str | None = None
    if isinstance(claim, xdr.ClaimOfferAtom):
        seller = account_id_of(claim.seller_id)
    elif isinstance(claim, xdr.ClaimOfferAtomV0):
        seller = account_id_of_key(claim.seller_ed25519.uint256)
    return Trade(
        operation=index,
        order=order,
        seller=seller,
        offer_id=0 if isinstance(claim, xdr.ClaimLiquidityAtom) else claim.offer_id.int64,
        pool_id=pool_id,
        sold_asset=asset_of(claim.asset_sold),
        sold=claim.amount_sold.int64,
        bought_asset=asset_of(claim.asset_bought),
        bought=claim.amount_bought.int64,
        taker_offer=taker_offer,
    )
