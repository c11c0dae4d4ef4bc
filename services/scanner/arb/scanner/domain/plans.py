"""From a basket of the search to the plan that travels to the executor."""

from arb.markets.basket import Basket, BasketPayment
from arb.markets.hop import HopResult, VenueKind
from arb.messages.plan import ClassicBasket, PlannedHop, PlannedPayment


def classic_basket(basket: Basket) -> ClassicBasket:
    """The plan of a basket whose base is native, figures unchanged."""
    return ClassicBasket(
        base=str(basket.base),
        payments=tuple(_payment(payment) for payment in basket.payments),
        profit=basket.profit,
        fee=basket.fee,
        net_profit=basket.profit - basket.fee,
    )


def _payment(payment: BasketPayment) -> PlannedPayment:
    return PlannedPayment(
        assets=tuple(str(asset) for asset in payment.path),
        dest_amount=payment.dest_amount,
        send_max=payment.send_max,
        predicted_in=payment.predicted_in,
        hops=tuple(_hop(hop) for hop in payment.hops),
    )


def _hop(hop: HopResult) -> PlannedHop:
    return PlannedHop(
        asset_in=str(hop.asset_in),
        asset_out=str(hop.asset_out),
        venue="book" if hop.venue is VenueKind.BOOK else "pool",
        pool_id=hop.pool_id,
        amount_in=hop.amount_in,
        amount_out=hop.amount_out,
    )
