"""What a manage sell, manage buy or create passive sell operation asks for, in one form."""

from dataclasses import dataclass

from stellar_sdk import xdr

from arb.localnet.ledger.assets import asset_of
from arb.markets.amount import INT64_MAX
from arb.markets.asset import Asset
from arb.markets.exchange import Rounding, exchange_unbounded


@dataclass(frozen=True, slots=True)
class Order:
    """An offer as wished: sells `selling` at n/d `buying` per `selling`.

    `amount` is in stroops of what is sold, or with `exact_buy` of what is bought; 0 deletes. `offer_id` 0 creates.
    """

    selling: Asset
    buying: Asset
    n: int
    d: int
    amount: int
    offer_id: int
    exact_buy: bool = False
    passive: bool = False

    @property
    def deletes(self) -> bool:
        """Whether the offer is to be removed."""
        return self.amount == 0

    @property
    def well_formed(self) -> bool:
        """What can be judged without the ledger (core: doCheckValid)."""
        if self.selling == self.buying or self.amount < 0 or self.n <= 0 or self.d <= 0 or self.offer_id < 0:
            return False
        return self.offer_id != 0 or not self.deletes

    def liabilities(self) -> tuple[int, int]:
        """(buying, selling) stroops the whole order needs room for and has to have."""
        sell, receive = (INT64_MAX, self.amount) if self.exact_buy else (self.amount, INT64_MAX)
        crossed = exchange_unbounded(self.n, self.d, sell, INT64_MAX, INT64_MAX, receive, Rounding.NORMAL)
        return crossed.sheep, crossed.wheat

    def bounded(self, can_sell: int, can_buy: int, sold: int = 0, bought: int = 0) -> tuple[int, int]:
        """(to sell, to buy) at most: what the account can do, further bounded by what is left of the order."""
        if self.exact_buy:
            return can_sell, min(self.amount - bought, can_buy)
        return min(self.amount - sold, can_sell), can_buy


def read_sell(body: xdr.OperationBody) -> Order:
    """Manage sell offer. Raises BadAssetError."""
    op = body.manage_sell_offer_op
    assert op is not None
    n, d = op.price.n.int32, op.price.d.int32
    return Order(asset_of(op.selling), asset_of(op.buying), n, d, op.amount.int64, op.offer_id.int64)


def read_buy(body: xdr.OperationBody) -> Order:
    """Manage buy offer: its price is `selling` per `buying`, the inverse of the ledger's. Raises BadAssetError."""
    op = body.manage_buy_offer_op
    assert op is not None
    n, d = op.price.d.int32, op.price.n.int32
    return Order(
        asset_of(op.selling), asset_of(op.buying), n, d, op.buy_amount.int64, op.offer_id.int64, exact_buy=True
    )


def read_passive(body: xdr.OperationBody) -> Order:
    """Create passive sell offer. Raises BadAssetError."""
    op = body.create_passive_sell_offer_op
    assert op is not None
    n, d = op.price.n.int32, op.price.d.int32
    return Order(asset_of(op.selling), asset_of(op.buying), n, d, op.amount.int64, 0, passive=True)
