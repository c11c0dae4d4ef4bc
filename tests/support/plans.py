"""Plans and opportunities for tests, small and valid."""

import itertools

from arb.messages.events.opportunity import OpportunityFound, opportunity_id
from arb.messages.events.trade import TradePlanned
from arb.messages.plan import ClassicBasket, PlannedHop, PlannedPayment

ISSUER = "GBZXN7PIRZGNMHGA7MUUUF4GWPY5AYPV6LY4UV2GL6VJGIQRXFDNMADI"
PASSPHRASE = "Standalone Network ; February 2017"


def credit(code: str) -> str:
    """An asset of the test issuer."""
    return f"{code}:{ISSUER}"


def basket(
    *, through: tuple[str, ...] = ("USDC", "EURC"), profit: int = 5_000, fee: int = 100, amount: int = 10_000_000
) -> ClassicBasket:
    """A one-payment cycle native -> through... -> native that pays `profit` stroops before the fee."""
    assets = ("native", *(credit(code) for code in through), "native")
    hops = tuple(
        PlannedHop(asset_in=a, asset_out=b, venue="book", amount_in=amount, amount_out=amount)
        for a, b in itertools.pairwise(assets)
    )
    payment = PlannedPayment(
        assets=assets, dest_amount=amount + profit, send_max=amount + profit - fee, predicted_in=amount, hops=hops
    )
    return ClassicBasket(base="native", payments=(payment,), profit=profit, fee=fee, net_profit=profit - fee)


def opportunity(
    ledger: int = 10, plan: ClassicBasket | None = None, close_time: int = 1_700_000_000
) -> OpportunityFound:
    """An opportunity on `ledger`."""
    plan = plan or basket()
    return OpportunityFound(
        id=opportunity_id(PASSPHRASE, ledger, plan),
        network_passphrase=PASSPHRASE,
        ledger=ledger,
        close_time=close_time,
        seen_at_us=close_time * 1_000_000,
        base_fee=100,
        plan=plan,
    )


def planned(ledger: int = 10, plan: ClassicBasket | None = None) -> TradePlanned:
    """The first event of the trade of `opportunity(ledger, plan)`."""
    found = opportunity(ledger, plan)
    return TradePlanned(
        trade_id=found.id,
        opportunity_id=found.id,
        ledger=ledger,
        close_time=found.close_time,
        seen_at_us=found.seen_at_us,
        plan=found.plan,
    )
