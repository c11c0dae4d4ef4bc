"""Crossing one resting offer, exactly as the network rounds it (stellar-core OfferExchange.cpp, exchangeV10).

The resting offer sells *wheat* and takes *sheep* at price n/d sheep per wheat. Its maker can send at most
max_wheat_send and receive at most max_sheep_receive; the taker can receive at most max_wheat_receive and send at most
max_sheep_send. All amounts are stroops in 0..INT64_MAX, n and d are 1..INT32_MAX. Whichever side ends first leaves the
book; the rounding favours the side that stays.
"""

from enum import Enum
from typing import Final, NamedTuple

from arb.markets.amount import INT64_MAX
from arb.markets.errors import OfferError

INT32_MAX: Final = 2**31 - 1


class Rounding(Enum):
    """Who is crossing: a manage-offer (NORMAL), a strict send (SEND) or a strict receive (RECV) path payment."""

    NORMAL = "normal"
    SEND = "strict_send"
    RECV = "strict_receive"


# Members are looked up once: attribute access on an Enum costs more than the arithmetic below.
_NORMAL: Final = Rounding.NORMAL
_SEND: Final = Rounding.SEND
_RECV: Final = Rounding.RECV


class Exchanged(NamedTuple):
    """What one crossing moves, in stroops. `wheat_stays` tells that the resting offer outlasted the taker."""

    wheat: int
    sheep: int
    wheat_stays: bool


def check_price(n: int, d: int) -> None:
    """OfferError unless n/d is a price the network stores: both within 1..INT32_MAX."""
    if not (0 < n <= INT32_MAX and 0 < d <= INT32_MAX):
        raise OfferError(f"price {n}/{d} is out of range: both parts must be 1..{INT32_MAX}")


def exchange_unbounded(
    n: int,
    d: int,
    max_wheat_send: int,
    max_wheat_receive: int,
    max_sheep_send: int,
    max_sheep_receive: int,
    rounding: Rounding,
) -> Exchanged:
    """The crossing before any price error bound (core: exchangeV10WithoutPriceErrorThresholds)."""
    wheat_value = min(max_wheat_send * n, max_sheep_receive * d)
    sheep_value = min(max_sheep_send * d, max_wheat_receive * n)
    if wheat_value > sheep_value:
        if rounding is _SEND:
            # A strict send must spend everything, so the excess over the price goes to the maker, without bound.
            return Exchanged(sheep_value // n, min(max_sheep_send, max_sheep_receive), True)
        if n > d or rounding is _RECV:
            wheat = sheep_value // n
            return Exchanged(wheat, -(-wheat * n // d), True)
        sheep = sheep_value // d
        return Exchanged(sheep * d // n, sheep, True)
    if n > d:
        wheat = wheat_value // n
        return Exchanged(wheat, wheat * n // d, False)
    sheep = wheat_value // d
    return Exchanged(-(-sheep * d // n), sheep, False)


def within_one_percent(n: int, d: int, wheat: int, sheep: int) -> bool:
    """Whether sheep/wheat is within 1 % of n/d, either way (core: checkPriceErrorBound)."""
    wheat_value = wheat * n
    return abs(100 * wheat_value - 100 * sheep * d) <= wheat_value


def exchange(
    n: int,
    d: int,
    max_wheat_send: int,
    max_wheat_receive: int,
    max_sheep_send: int,
    max_sheep_receive: int,
    rounding: Rounding,
) -> Exchanged:
    """One crossing in full (core: exchangeV10).

    NORMAL moves nothing when rounding would cost either side more than 1 %. SEND may pay sheep for zero wheat. RECV
    and NORMAL move both or neither. OfferError where core would abort the transaction: an offer that was not adjusted
    first (see `adjust_amount`) crossed whole by a path payment at a loss of more than 1 % to its maker.
    """
    crossed = exchange_unbounded(n, d, max_wheat_send, max_wheat_receive, max_sheep_send, max_sheep_receive, rounding)
    wheat, sheep, wheat_stays = crossed
    if wheat > 0 and sheep > 0:
        if rounding is _NORMAL:
            return crossed if within_one_percent(n, d, wheat, sheep) else Exchanged(0, 0, wheat_stays)
        if not wheat_stays and not within_one_percent(n, d, wheat, sheep):
            raise OfferError(
                f"offer of {max_wheat_send} at {n}/{d} was not adjusted before crossing:"
                f" it would give {wheat} for {sheep}, more than 1 % below its price"
            )
        return crossed
    if rounding is _SEND:
        return crossed
    return Exchanged(0, 0, wheat_stays)


def adjust_amount(n: int, d: int, max_wheat_send: int, max_sheep_receive: int) -> int:
    """The wheat a resting offer may keep, given what its maker can send and receive (core: adjustOffer).

    It is what a taker without limits would get in NORMAL mode; 0 means that the network deletes the offer. Adjusting
    an adjusted amount changes nothing.
    """
    wheat_value = min(max_wheat_send * n, max_sheep_receive * d)
    if n > d:
        wheat = wheat_value // n
        sheep = wheat * n // d
    else:
        sheep = wheat_value // d
        wheat = -(-sheep * d // n)
    if wheat == 0 or sheep == 0 or not within_one_percent(n, d, wheat, sheep):
        return 0
    return wheat


def offer_liabilities(n: int, d: int, amount: int) -> tuple[int, int]:
    """(buying, selling) liabilities in stroops of an offer of `amount` (core: getOfferBuyingLiabilities).

    The buying side is the sheep the maker must have room for, the selling side the wheat it must hold.
    """
    crossed = exchange_unbounded(n, d, amount, INT64_MAX, INT64_MAX, INT64_MAX, _NORMAL)
    return crossed.sheep, crossed.wheat


def compare_prices(n1: int, d1: int, n2: int, d2: int) -> int:
    """-1, 0 or 1 as n1/d1 is below, equal to or above n2/d2, exactly."""
    left, right = n1 * d2, n2 * d1
    return (left > right) - (left < right)


def price_crosses(resting_n: int, resting_d: int, taker_n: int, taker_d: int, passive: bool = False) -> bool:
    """Whether a new offer (taker_n/taker_d wheat per sheep) meets a resting one (resting_n/resting_d sheep per wheat).

    Compared exactly; at equal prices they meet unless the new offer is passive (a resting offer's flag plays no part).
    """
    against = compare_prices(resting_n, resting_d, taker_d, taker_n)
    return against < 0 or (against == 0 and not passive)
