"""Offers: manage sell, manage buy, create passive sell (core's ManageOfferOpFrameBase and its three heirs).

Core runs a passive creation as a manage sell operation, so its result carries the type MANAGE_SELL_OFFER, not its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

from stellar_sdk import xdr

from arb.localnet.ledger import balances
from arb.localnet.ledger.account_ids import xdr_account_id
from arb.localnet.ledger.assets import BadAssetError, xdr_asset
from arb.localnet.ledger.entries import PASSIVE, OfferEntry
from arb.localnet.ledger.txn import LedgerTxnError
from arb.localnet.ledger.view import LedgerMarket
from arb.localnet.operations.handler import Handler, OpContext, OperationError
from arb.localnet.operations.order import Order, read_buy, read_passive, read_sell
from arb.localnet.operations.own_funds import free_balance, free_room
from arb.localnet.operations.refused import RefusedError
from arb.localnet.operations.settlement import settle_fills
from arb.markets.asset import Asset
from arb.markets.book import Crossing, PriceLimit, Stop, cross
from arb.markets.exchange import Rounding, adjust_amount

_Type = xdr.OperationType
_Effect = xdr.ManageOfferEffect


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one of the three operations reads its body and words its result."""

    read: Callable[[xdr.OperationBody], Order]
    refused: Callable[[str], xdr.OperationResultTr]
    succeeded: Callable[[xdr.ManageOfferSuccessResult], xdr.OperationResultTr]

    def check_valid(self, source: str, body: xdr.OperationBody) -> xdr.OperationResultTr | None:
        try:
            return None if self.read(body).well_formed else self.refused("MALFORMED")
        except BadAssetError:
            return self.refused("MALFORMED")

    def apply(self, ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
        try:
            return self.succeeded(_manage(ctx, self.read(body)))
        except RefusedError as refused:
            return self.refused(refused.reason)


def _manage(ctx: OpContext, order: Order) -> xdr.ManageOfferSuccessResult:
    if not order.deletes:
        _require_line(ctx, order.selling, "SELL", funded=True)
        _require_line(ctx, order.buying, "BUY", funded=False)
    flags = _take_out(ctx, order) if order.offer_id else _make_room(ctx, order)
    claimed: list[xdr.ClaimAtom] = []
    amount = 0
    if not order.deletes:
        crossing = _cross(ctx, order, passive=bool(flags & PASSIVE))
        claimed = settle_fills(ctx.ltx, order.buying, order.selling, crossing.fills)
        _pay(ctx, order, crossing)
        if crossing.stop is not Stop.FILLED:
            amount = _rest(ctx, order, crossing)
    return xdr.ManageOfferSuccessResult(claimed, _put_back(ctx, order, amount, flags))


def _require_line(ctx: OpContext, asset: Asset, side: str, *, funded: bool) -> None:
    if asset.issuer is None or asset.issuer == ctx.source:
        return
    line = ctx.ltx.trustline(ctx.source, asset)
    if line is None:
        raise RefusedError(f"{side}_NO_TRUST")
    if funded and line.balance == 0:
        raise RefusedError("UNDERFUNDED")
    if not balances.is_authorized(line):
        raise RefusedError(f"{side}_NOT_AUTHORIZED")


def _take_out(ctx: OpContext, order: Order) -> int:
    """Remove the offer to be changed, so that what it had reserved is free again; returns its flags.

    Its subentry stays counted until it is known whether the offer comes back.
    """
    offer = ctx.ltx.load_offer(ctx.source, order.offer_id)
    if offer is None:
        raise RefusedError("NOT_FOUND")
    balances.release_liabilities(ctx.ltx, offer)
    ctx.ltx.erase(offer.key())
    return offer.flags


def _make_room(ctx: OpContext, order: Order) -> int:
    """Count the subentry of a new offer, before it is known whether any of it will rest; returns the offer's flags."""
    source = ctx.ltx.load_account(ctx.source)
    assert source is not None
    refusal = balances.add_subentries(ctx.header, source, 1)
    if refusal == "TOO_MANY_SUBENTRIES":
        raise OperationError(xdr.OperationResultCode.opTOO_MANY_SUBENTRIES)
    if refusal is not None:
        raise RefusedError(refusal)
    return PASSIVE if order.passive else 0


def _cross(ctx: OpContext, order: Order, *, passive: bool) -> Crossing:
    buying_liabilities, selling_liabilities = order.liabilities()
    if free_room(ctx, order.buying) < buying_liabilities:
        raise RefusedError("LINE_FULL")
    if free_balance(ctx, order.selling) < selling_liabilities:
        raise RefusedError("UNDERFUNDED")
    max_sell, max_buy = order.bounded(*_capacities(ctx, order))
    if max_buy == 0:
        raise RefusedError("LINE_FULL")
    crossing = cross(
        LedgerMarket(ctx.ltx).offers(order.buying, order.selling),
        max_buy,
        max_sell,
        Rounding.NORMAL,
        ctx.source,
        PriceLimit(order.n, order.d, passive),
    )
    if crossing.stop is Stop.CROSS_SELF:
        raise RefusedError("CROSS_SELF")
    if crossing.stop is Stop.WORK_LIMIT:
        raise OperationError(xdr.OperationResultCode.opEXCEEDED_WORK_LIMIT)
    return crossing


def _pay(ctx: OpContext, order: Order, crossing: Crossing) -> None:
    if crossing.wheat_received == 0:
        return
    bought = balances.add_balance(ctx.ltx, ctx.source, order.buying, crossing.wheat_received)
    if not bought or not balances.add_balance(ctx.ltx, ctx.source, order.selling, -crossing.sheep_sent):
        raise LedgerTxnError(
            f"{ctx.source} cannot give {crossing.sheep_sent} {order.selling}"
            f" for the {crossing.wheat_received} {order.buying} it crossed"
        )


def _rest(ctx: OpContext, order: Order, crossing: Crossing) -> int:
    """What remains of the order as an offer in the book; 0 for nothing."""
    can_sell, can_buy = _capacities(ctx, order)
    left = order.bounded(can_sell, can_buy, crossing.sheep_sent, crossing.wheat_received)
    return adjust_amount(order.n, order.d, *left)


def _put_back(ctx: OpContext, order: Order, amount: int, flags: int) -> xdr.ManageOfferSuccessResultOffer:
    if amount == 0:
        source = ctx.ltx.load_account(ctx.source)
        assert source is not None
        balances.add_subentries(ctx.header, source, -1)
        return xdr.ManageOfferSuccessResultOffer(_Effect.MANAGE_OFFER_DELETED)
    offer_id, effect = order.offer_id, _Effect.MANAGE_OFFER_UPDATED
    if offer_id == 0:
        ctx.header.id_pool += 1
        offer_id, effect = ctx.header.id_pool, _Effect.MANAGE_OFFER_CREATED
    offer = OfferEntry(ctx.source, offer_id, order.selling, order.buying, amount, order.n, order.d, flags)
    ctx.ltx.create(offer)
    balances.acquire_liabilities(ctx.ltx, offer)
    return xdr.ManageOfferSuccessResultOffer(effect, _xdr_offer(offer))


def _capacities(ctx: OpContext, order: Order) -> tuple[int, int]:
    return max(0, free_balance(ctx, order.selling)), max(0, free_room(ctx, order.buying))


def _xdr_offer(offer: OfferEntry) -> xdr.OfferEntry:
    return xdr.OfferEntry(
        xdr_account_id(offer.seller),
        xdr.Int64(offer.offer_id),
        xdr_asset(offer.selling),
        xdr_asset(offer.buying),
        xdr.Int64(offer.amount),
        xdr.Price(xdr.Int32(offer.n), xdr.Int32(offer.d)),
        xdr.Uint32(offer.flags),
        xdr.OfferEntryExt(0),
    )


def _sell_refused(reason: str) -> xdr.OperationResultTr:
    result = xdr.ManageSellOfferResult(xdr.ManageSellOfferResultCode[f"MANAGE_SELL_OFFER_{reason}"])
    return xdr.OperationResultTr(_Type.MANAGE_SELL_OFFER, manage_sell_offer_result=result)


def _sell_succeeded(success: xdr.ManageOfferSuccessResult) -> xdr.OperationResultTr:
    result = xdr.ManageSellOfferResult(xdr.ManageSellOfferResultCode.MANAGE_SELL_OFFER_SUCCESS, success)
    return xdr.OperationResultTr(_Type.MANAGE_SELL_OFFER, manage_sell_offer_result=result)


def _buy_refused(reason: str) -> xdr.OperationResultTr:
    result = xdr.ManageBuyOfferResult(xdr.ManageBuyOfferResultCode[f"MANAGE_BUY_OFFER_{reason}"])
    return xdr.OperationResultTr(_Type.MANAGE_BUY_OFFER, manage_buy_offer_result=result)


def _buy_succeeded(success: xdr.ManageOfferSuccessResult) -> xdr.OperationResultTr:
    result = xdr.ManageBuyOfferResult(xdr.ManageBuyOfferResultCode.MANAGE_BUY_OFFER_SUCCESS, success)
    return xdr.OperationResultTr(_Type.MANAGE_BUY_OFFER, manage_buy_offer_result=result)


def _handler(kind: _Kind) -> Handler:
    return Handler(kind.apply, kind.check_valid)


HANDLERS = {
    _Type.MANAGE_SELL_OFFER: _handler(_Kind(read_sell, _sell_refused, _sell_succeeded)),
    _Type.MANAGE_BUY_OFFER: _handler(_Kind(read_buy, _buy_refused, _buy_succeeded)),
    _Type.CREATE_PASSIVE_SELL_OFFER: _handler(_Kind(read_passive, _sell_refused, _sell_succeeded)),
}
