"""Path payments on a real ledger: venues, order of credit and debit, every result code."""

import pytest
from stellar_sdk import Asset as SdkAsset
from stellar_sdk import Operation, PathPaymentStrictReceive, PathPaymentStrictSend
from unit.localnet.operations.world import XLM, World, address, credit

from arb.localnet.ledger.entries import AUTHORIZED_TO_MAINTAIN_LIABILITIES
from arb.localnet.ledger.txn import LedgerTxn
from arb.markets.amount import INT64_MAX
from arb.markets.asset import NATIVE, Asset

USD, EUR, GBP = credit("USD"), credit("EUR"), credit("GBP")


@pytest.fixture
def market(world: World) -> World:
    """Makers good for a million of everything, takers "ann" and "bob"; no offers, no pools."""
    for name in ("mia", "max", "ann", "bob"):
        world.trader(name, EUR, GBP, USD)
    return world


def test_strict_receive_delivers_exactly_and_reports_hops_in_path_order(market: World) -> None:
    market.put_offer("mia", EUR, USD, 1_000, (2, 1))
    market.put_pool("max", EUR, GBP, 10_000, 20_000, 14_142)

    outcome = market.receive("ann", [USD, EUR, GBP], 100, to="bob")

    eur = -(-10_000 * 10_000 * 100 // (19_900 * 9_970))
    assert outcome.atoms == [("1", eur, 2 * eur), ("pool", 100, eur)]
    assert outcome.delivered == 100
    assert market.balance("bob", GBP) == 1_000_100
    assert market.balance("ann", USD) == 1_000_000 - 2 * eur
    assert market.balance("mia", USD) == 1_000_000 + 2 * eur
    assert market.pool(EUR, GBP) == (10_000 + eur, 19_900, 14_142)
    market.check_laws()


def test_strict_send_spends_exactly_and_reports_hops_in_path_order(market: World) -> None:
    market.put_offer("mia", EUR, USD, 1_000, (2, 1))
    market.put_pool("max", EUR, GBP, 10_000, 20_000, 14_142)

    outcome = market.send("ann", [USD, EUR, GBP], 300, to="bob")

    gbp = 9_970 * 20_000 * 150 // (10_000 * 10_000 + 9_970 * 150)
    assert outcome.atoms == [("1", 150, 300), ("pool", gbp, 150)]
    assert outcome.delivered == gbp
    assert market.balance("ann", USD) == 1_000_000 - 300
    market.check_laws()


def test_the_taker_needs_no_trustline_for_what_is_only_passed_through(market: World) -> None:
    market.account("cyd")
    market.trust("cyd", USD, 500)
    market.account("dan")
    market.trust("dan", GBP)
    market.put_offer("mia", EUR, USD, 1_000, (1, 1))
    market.put_offer("max", GBP, EUR, 1_000, (1, 1))

    assert market.send("cyd", [USD, EUR, GBP], 400, to="dan").delivered == 400
    market.check_laws()


def test_repeated_assets_on_the_path_are_skipped(market: World) -> None:
    market.put_offer("mia", EUR, USD, 1_000, (1, 1))

    assert market.send("ann", [USD, USD, EUR, EUR], 10).atoms == [("1", 10, 10)]
    assert market.receive("ann", [USD, USD], 10, send_max=10, to="bob").atoms == []
    assert market.balance("bob", USD) == 1_000_010


def test_a_profitable_cycle_by_strict_receive_needs_no_opening_balance(market: World) -> None:
    # USD -> EUR at 1, EUR -> USD at 1.1: only room for the credit is needed, the loan is paid back in the same step.
    market.account("arb")
    market.trust("arb", USD, 0)
    market.put_offer("mia", EUR, USD, 1_000, (1, 1))
    market.put_offer("max", USD, EUR, 1_100, (10, 11))

    assert market.send("arb", [USD, EUR, USD], 1_000, 1_001).code == "UNDERFUNDED"
    outcome = market.receive("arb", [USD, EUR, USD], 1_100, send_max=1_099)

    assert outcome.atoms == [("1", 1_000, 1_000), ("2", 1_100, 1_000)]
    assert market.balance("arb", USD) == 100
    market.check_laws()


def test_a_native_cycle_pays_its_profit_too(market: World) -> None:
    market.account("arb", 2 * 5_000_000)
    market.put_offer("mia", EUR, NATIVE, 1_000, (1, 1))
    market.put_offer("max", NATIVE, EUR, 1_100, (10, 11))

    assert market.receive("arb", [NATIVE, EUR, NATIVE], 1_100, send_max=1_100).code == "SUCCESS"
    assert market.balance("arb", NATIVE) == 2 * 5_000_000 + 100


def test_strict_receive_credits_first_and_strict_send_debits_first(market: World) -> None:
    # Rule 8: 19 held of a limit of 20.
    market.account("cyd")
    market.trust("cyd", USD, 19, limit=20)

    assert market.receive("cyd", [USD, USD], 2).code == "LINE_FULL"
    assert market.send("cyd", [USD, USD], 2, 2).code == "SUCCESS"


def test_the_destinations_own_offers_fill_within_the_room_its_credit_leaves(market: World) -> None:
    # The destination is paid 100 USD first; its offer to buy 150 USD had reserved its room, so the credit does not fit.
    market.account("cyd")
    market.trust("cyd", EUR, 1_000)
    market.trust("cyd", USD, 0, limit=200)
    market.put_offer("cyd", EUR, USD, 150, (1, 1))

    assert market.receive("ann", [USD, USD], 100, to="cyd").code == "LINE_FULL"
    assert market.receive("ann", [USD, USD], 50, to="cyd").code == "SUCCESS"


@pytest.mark.parametrize("path", [[USD, GBP], [NATIVE, GBP]])
def test_what_the_destination_cannot_take(market: World, path: list[Asset]) -> None:
    market.put_offer("mia", GBP, path[0], 1_000, (1, 1))
    market.account("cyd")
    market.trader("lax", GBP)
    market.trust("lax", GBP, flags=AUTHORIZED_TO_MAINTAIN_LIABILITIES)
    market.account("ful")
    market.trust("ful", GBP, 95, limit=100)

    for pay in (market.receive, market.send):
        assert pay("ann", path, 10, to="nobody").code == "NO_DESTINATION"
        assert pay("ann", path, 10, to="cyd").code == "NO_TRUST"
        assert pay("ann", path, 10, to="lax").code == "NOT_AUTHORIZED"
        assert pay("ann", path, 10, to="ful").code == "LINE_FULL"


def test_native_overflow_at_the_destination_is_line_full(market: World) -> None:
    market.account("rich", INT64_MAX - 5)

    assert market.receive("ann", [NATIVE, NATIVE], 10, to="rich").code == "LINE_FULL"
    assert market.send("ann", [NATIVE, NATIVE], 10, to="rich").code == "LINE_FULL"


def test_what_the_source_cannot_pay(market: World) -> None:
    market.put_offer("mia", GBP, USD, 10_000_000 // 10, (1, 1))
    market.account("cyd")
    market.trader("lax", USD)
    market.trust("lax", USD, 100, flags=AUTHORIZED_TO_MAINTAIN_LIABILITIES)
    market.account("poor")
    market.trust("poor", USD, 9)

    for pay in (market.receive, market.send):
        assert pay("cyd", [USD, GBP], 10, to="bob").code == "SRC_NO_TRUST"
        assert pay("lax", [USD, GBP], 10, to="bob").code == "SRC_NOT_AUTHORIZED"
        assert pay("poor", [USD, GBP], 10, to="bob").code == "UNDERFUNDED"
        assert pay("poor", [NATIVE, NATIVE], 1_000 * XLM - 3 * 5_000_000 + 1, to="bob").code == "UNDERFUNDED"
        assert pay("poor", [NATIVE, NATIVE], XLM, to="bob").code == "SUCCESS"


def test_what_is_reserved_for_offers_cannot_be_sent(market: World) -> None:
    market.put_offer("ann", USD, EUR, 999_995, (5, 1))
    market.put_offer("mia", GBP, USD, 100, (1, 1))

    assert market.receive("ann", [USD, GBP], 6).code == "UNDERFUNDED"
    assert market.receive("ann", [USD, GBP], 5).code == "SUCCESS"


def test_bounds_are_kept(market: World) -> None:
    market.put_offer("mia", GBP, USD, 1_000, (3, 2))

    assert market.receive("ann", [USD, GBP], 11, send_max=16).code == "OVER_SENDMAX"
    assert market.receive("ann", [USD, GBP], 11, send_max=17).code == "SUCCESS"
    assert market.send("ann", [USD, GBP], 17, 12).code == "UNDER_DESTMIN"
    assert market.send("ann", [USD, GBP], 17, 11).code == "SUCCESS"


def test_issuers_pay_and_are_paid_without_trustlines(market: World) -> None:
    market.put_offer("mia", EUR, USD, 1_000, (1, 1))

    assert market.send("issuer", [USD, EUR], 100, to="bob").code == "SUCCESS"
    assert market.receive("ann", [USD, EUR], 100, to="issuer").code == "SUCCESS"
    assert market.balance("mia", USD) == 1_000_200


def test_credit_returns_to_an_issuer_that_no_longer_exists(market: World) -> None:
    with LedgerTxn(market.state) as ltx:
        account = ltx.account(address("issuer"))
        assert account is not None
        ltx.erase(account.key())
        ltx.commit()
    market.put_offer("mia", EUR, USD, 1_000, (1, 1))

    assert market.send("ann", [USD, USD], 10, to="issuer").code == "SUCCESS"
    assert market.receive("ann", [USD, USD], 10, to="issuer").code == "SUCCESS"
    assert market.send("ann", [USD, EUR], 10, to="issuer").code == "NO_DESTINATION"
    assert market.send("ann", [USD, EUR], 10, to="bob").code == "SUCCESS"  # assets outlive their issuer's account


_X, _U = SdkAsset.native(), SdkAsset("USD", address("issuer"))


@pytest.mark.parametrize(
    "operation",
    [
        PathPaymentStrictReceive(address("ann"), _X, "0", _U, "1", []),
        PathPaymentStrictReceive(address("ann"), _X, "1", _U, "0", []),
        PathPaymentStrictSend(address("ann"), _X, "0", _U, "1", []),
        PathPaymentStrictSend(address("ann"), _X, "1", _U, "0", []),
    ],
)
def test_zero_amounts_are_malformed(world: World, operation: Operation) -> None:
    assert world.apply("nobody", operation).code == "MALFORMED"


def test_a_failed_payment_leaves_no_trace(market: World) -> None:
    market.put_offer("mia", EUR, USD, 1_000, (1, 1))
    before = market.state.state_hash()

    assert market.receive("ann", [USD, EUR], 500, send_max=499, to="bob").code == "OVER_SENDMAX"
    assert market.state.state_hash() == before
