"""Manage sell, manage buy and create passive sell on a real ledger, result by result."""

import pytest
from stellar_sdk import Asset as SdkAsset
from stellar_sdk import ManageBuyOffer, ManageSellOffer, Operation, Price, xdr
from unit.localnet.operations.world import XLM, World, address, credit

from arb.localnet.ledger.entries import AUTHORIZED_TO_MAINTAIN_LIABILITIES, PASSIVE
from arb.localnet.ledger.txn import LedgerTxn
from arb.markets.asset import NATIVE

USD, EUR = credit("USD"), credit("EUR")
RESERVE = 5_000_000


def test_an_offer_that_meets_nobody_rests_and_reserves_what_it_may_move(world: World) -> None:
    world.trader("ann", USD, EUR)

    outcome = world.sell("ann", USD, EUR, 1_000, (3, 2))

    assert (outcome.effect, outcome.atoms) == ("CREATED", [])
    offer = outcome.offer
    assert (offer.offer_id.int64, offer.amount.int64, offer.flags.uint32) == (1, 1_000, 0)
    assert world.liabilities("ann", USD) == (0, 1_000)
    assert world.liabilities("ann", EUR) == (1_500, 0)
    assert world.state.header.id_pool == 1
    world.check_laws()


def test_an_update_changes_amount_price_and_even_the_pair_under_the_same_id(world: World) -> None:
    world.trader("ann", USD, EUR)
    world.sell("ann", USD, EUR, 1_000_000, (1, 1))

    updated = world.sell("ann", USD, EUR, 500, (2, 1), offer_id=1)
    swapped = world.sell("ann", EUR, USD, 700, (1, 1), offer_id=1)

    assert (updated.effect, swapped.effect) == ("UPDATED", "UPDATED")
    assert world.book(USD, EUR) == []
    assert world.book(EUR, USD) == [(1, 700)]
    assert world.liabilities("ann", USD) == (700, 0)
    world.check_laws()


def test_a_deletion_frees_liabilities_and_subentry_and_asks_for_no_trustline(world: World) -> None:
    who = world.trader("ann", USD)
    world.sell("ann", USD, NATIVE, 1_000, (1, 1))

    outcome = world.sell("ann", credit("NONE"), credit("NIL"), 0, (7, 5), offer_id=1)

    assert (outcome.effect, outcome.atoms) == ("DELETED", [])
    account = world.state.account(who)
    assert account is not None
    assert account.num_sub_entries == 1
    assert world.liabilities("ann", USD) == (0, 0)
    world.check_laws()


def test_manage_buy_buys_exactly_its_amount_and_stores_the_inverse_price(world: World) -> None:
    world.trader("ann", USD, EUR)
    world.trader("bob", USD, EUR)
    world.sell("ann", USD, EUR, 100, (1, 2))

    filled = world.buy("bob", EUR, USD, 60, (3, 4))
    resting = world.buy("bob", EUR, USD, 100, (3, 4))

    assert filled.atoms == [("1", 60, 30)]
    assert filled.effect == "DELETED"
    assert resting.atoms == [("1", 40, 20)]
    offer = resting.offer
    assert (offer.amount.int64, offer.price.n.int32, offer.price.d.int32) == (45, 4, 3)  # 60 more USD for 45 EUR
    assert world.liabilities("bob", USD) == (60, 0)
    world.check_laws()


def test_a_passive_offer_leaves_its_own_price_alone_but_takes_a_better_one(world: World) -> None:
    world.trader("ann", USD, EUR)
    world.trader("bob", USD, EUR)
    world.sell("ann", USD, EUR, 100, (1, 1))

    same = world.sell_passive("bob", EUR, USD, 50, (1, 1))
    better = world.sell_passive("bob", EUR, USD, 50, (9, 10))

    assert (same.effect, same.atoms, same.offer.flags.uint32) == ("CREATED", [], PASSIVE)
    assert better.atoms == [("1", 50, 50)]
    assert same.result is not None
    assert same.result.type is xdr.OperationType.MANAGE_SELL_OFFER  # core words it so
    world.check_laws()


def test_a_passive_offer_stays_passive_when_updated(world: World) -> None:
    world.trader("ann", USD, EUR)
    world.trader("bob", USD, EUR)
    world.sell("ann", USD, EUR, 100, (1, 1))
    world.sell_passive("bob", EUR, USD, 50, (2, 1))

    outcome = world.sell("bob", EUR, USD, 60, (1, 1), offer_id=2)

    assert (outcome.effect, outcome.atoms, outcome.offer.flags.uint32) == ("UPDATED", [], PASSIVE)


def test_an_issuer_sells_and_buys_its_own_asset_without_a_trustline(world: World) -> None:
    world.trader("ann", USD)

    world.sell("issuer", USD, NATIVE, 10**12, (1, 1))
    outcome = world.sell("ann", NATIVE, USD, 500, (1, 1))

    assert outcome.atoms == [("1", 500, 500)]
    assert world.book(USD, NATIVE) == [(1, 10**12 - 500)]
    assert world.balance("ann", USD) == 1_000_500


_N, _I = SdkAsset.native(), SdkAsset("USD", address("issuer"))


@pytest.mark.parametrize(
    "operation",
    [
        ManageSellOffer(_I, _I, "1", Price(1, 1)),
        ManageSellOffer(_I, _N, "1", Price(0, 1)),
        ManageSellOffer(_I, _N, "1", Price(1, -1)),
        ManageSellOffer(_I, _N, "0", Price(1, 1)),
        ManageSellOffer(_I, _N, "1", Price(1, 1), offer_id=-1),
        ManageBuyOffer(_I, _N, "0", Price(1, 1)),
        ManageBuyOffer(_I, _N, "1", Price(1, 0)),
    ],
)
def test_malformed_offers_are_refused_before_the_ledger_is_asked(world: World, operation: Operation) -> None:
    assert world.apply("nobody", operation).code == "MALFORMED"


def test_bad_asset_code_is_malformed(world: World) -> None:
    body = ManageSellOffer(_I, _N, "1", Price(1, 1)).to_xdr_object().body
    assert body.manage_sell_offer_op is not None
    assert body.manage_sell_offer_op.selling.alpha_num4 is not None
    body.manage_sell_offer_op.selling.alpha_num4.asset_code = xdr.AssetCode4(b"U\x00D\x00")

    assert world.apply_body("nobody", body).code == "MALFORMED"


def test_what_an_account_cannot_sell_or_hold_is_refused(world: World) -> None:
    world.trader("ann", USD)
    world.trust("ann", EUR)
    world.trader("lax", USD, EUR)
    world.trust("lax", EUR, 10, flags=AUTHORIZED_TO_MAINTAIN_LIABILITIES)

    assert world.sell("ann", credit("NONE"), USD, 1, (1, 1)).code == "SELL_NO_TRUST"
    assert world.sell("ann", USD, credit("NONE"), 1, (1, 1)).code == "BUY_NO_TRUST"
    assert world.sell("ann", EUR, USD, 1, (1, 1)).code == "UNDERFUNDED"
    assert world.sell("lax", EUR, USD, 1, (1, 1)).code == "SELL_NOT_AUTHORIZED"
    assert world.buy("lax", USD, EUR, 1, (1, 1)).code == "BUY_NOT_AUTHORIZED"
    assert world.sell("ann", USD, NATIVE, 1, (1, 1), offer_id=5).code == "NOT_FOUND"
    assert world.state.header.id_pool == 0


def test_an_order_has_to_fit_balance_and_room_as_a_whole(world: World) -> None:
    world.trader("ann", USD, EUR)
    world.trust("ann", EUR, 0, limit=1_000)
    world.trader("bob", USD, EUR)
    world.trust("bob", EUR, 1_000, limit=1_000)

    assert world.sell("ann", USD, EUR, 1_001, (1, 1)).code == "LINE_FULL"
    assert world.sell("ann", USD, EUR, 1_010_000, (1, 10_000)).code == "UNDERFUNDED"
    assert world.sell("bob", USD, EUR, 1, (1, 2)).code == "LINE_FULL"  # liabilities round to 0, yet there is no room
    assert world.sell("ann", USD, EUR, 600, (1, 1)).code == "SUCCESS"
    assert world.sell("ann", USD, EUR, 401, (1, 1)).code == "LINE_FULL"  # offers count together
    assert world.sell("ann", USD, EUR, 400, (1, 1)).code == "SUCCESS"
    world.check_laws()


def test_an_update_may_use_what_the_old_offer_had_reserved(world: World) -> None:
    world.trader("ann", USD, EUR)
    world.trust("ann", EUR, 0, limit=1_000)
    world.sell("ann", USD, EUR, 1_000, (1, 1))

    assert world.sell("ann", USD, EUR, 500, (2, 1), offer_id=1).effect == "UPDATED"
    world.check_laws()


def test_crossing_oneself_is_refused_only_where_prices_meet(world: World) -> None:
    world.trader("ann", USD, EUR)
    world.sell("ann", USD, EUR, 100, (2, 1))

    assert world.sell("ann", EUR, USD, 100, (1, 1)).code == "SUCCESS"
    assert world.sell("ann", EUR, USD, 100, (1, 2)).code == "CROSS_SELF"
    assert world.sell("ann", EUR, USD, 100, (1, 2), offer_id=2).code == "CROSS_SELF"
    world.check_laws()


def test_a_new_offer_needs_a_reserve_of_its_own_even_if_it_would_fill_at_once(world: World) -> None:
    world.trader("bob", USD)
    world.sell("bob", USD, NATIVE, 100, (1, 1))
    world.account("ann", 3 * RESERVE + RESERVE - 1)
    world.trust("ann", USD, 100)
    world.account("cyd", 4 * RESERVE + 40)
    world.trust("cyd", USD, 100)

    assert world.sell("ann", USD, NATIVE, 1, (1, 1)).code == "LOW_RESERVE"
    assert world.sell("cyd", NATIVE, USD, 41, (1, 1)).code == "UNDERFUNDED"
    assert world.sell("cyd", NATIVE, USD, 40, (1, 1)).atoms == [("1", 40, 40)]
    world.check_laws()


def test_a_thousand_subentries_are_the_most_and_a_thousand_offers_the_most_to_cross(world: World) -> None:
    for name in ("ann", "bob"):
        world.trader(name, USD, balance=10**9)
        with LedgerTxn(world.state) as ltx:
            account = ltx.load_account(address(name))
            assert account is not None
            account.balance = 10**12
            ltx.commit()
    world.trader("cyd", USD)
    world.sell("bob", USD, NATIVE, 1, (2, 1))
    world.sell("bob", USD, NATIVE, 1, (2, 1))

    for _ in range(999):
        assert world.sell("ann", USD, NATIVE, 1, (2, 1)).effect == "CREATED"

    assert world.sell("ann", USD, NATIVE, 1, (2, 1)).code == "opTOO_MANY_SUBENTRIES"
    assert world.sell("cyd", NATIVE, USD, 2_002, (1, 2)).code == "opEXCEEDED_WORK_LIMIT"
    assert len(world.sell("cyd", NATIVE, USD, 2_000, (1, 2)).atoms) == 1_000
    assert len(world.book(USD, NATIVE)) == 1
    world.check_laws()


def test_an_account_below_its_reserve_is_underfunded(world: World) -> None:
    world.account("ann", 3 * RESERVE)
    world.trust("ann", USD, 100)
    with LedgerTxn(world.state) as ltx:
        ltx.header.base_reserve = RESERVE + 1
        ltx.commit()

    assert world.sell("ann", NATIVE, USD, 1, (1, 1)).code == "LOW_RESERVE"


def test_selling_native_keeps_the_reserve(world: World) -> None:
    world.account("ann", 10 * XLM)
    world.trust("ann", USD)

    assert world.sell("ann", NATIVE, USD, 8 * XLM + 1, (1, 1)).code == "UNDERFUNDED"
    assert world.sell("ann", NATIVE, USD, 8 * XLM, (1, 1)).effect == "CREATED"
    world.check_laws()
