"""From a basket of the search to the plan that travels to the executor."""

from collections.abc import Mapping

from arb.markets.asset import NATIVE
from arb.markets.basket import Basket, BasketPayment, find_basket
from arb.markets.hop import HopResult, VenueKind
from arb.messages.plan import ClassicBasket, PlannedHop, PlannedPayment
from arb.scanner.domain.picture import MarketPicture


def best_basket(
    picture: MarketPicture, base_fee: int, *, basket_payments: int, basket_risk_bps: int, max_notional: int
) -> tuple[ClassicBasket | None, Mapping[str, int]]:
    """The plan of the picture's ledger, if one pays, and how many cycles were dropped by reason. Amounts in stroops."""
    search = find_basket(
        picture.market,
        picture.graph(),
        NATIVE,
        base_fee,
        most_payments=basket_payments,
        largest_payment=max_notional,
        risk_bps=basket_risk_bps,
    )
    return None if search.basket is None else classic_basket(search.basket), search.dropped


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
