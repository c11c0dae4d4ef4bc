"""DEX operations in closed ledgers: signed transactions, results and meta as an SDK reads them, all or nothing."""

import pytest
from stellar_sdk import Asset as SdkAsset
from stellar_sdk import (
    ChangeTrust,
    LiquidityPoolAsset,
    LiquidityPoolDeposit,
    ManageSellOffer,
    PathPaymentStrictReceive,
    Payment,
    Price,
    xdr,
)
from support.network import Network, address, credit, op_codes

XLM, EUR, USD = SdkAsset.native(), credit("EUR"), credit("USD")
PAIR = LiquidityPoolAsset(EUR, USD)


@pytest.fixture
def network() -> Network:
    """ "mia" sells EUR for USD at 1 and owns an EUR/USD pool that pays 1.1 USD for an EUR; "arb" has room, no money."""
    network = Network()
    network.fund("issuer", "mia", "arb")
    network.run("mia", ChangeTrust(EUR), ChangeTrust(USD), ChangeTrust(PAIR))
    network.run("arb", ChangeTrust(USD))
    network.run("issuer", Payment(address("mia"), EUR, "100000"), Payment(address("mia"), USD, "100000"))
    codes = network.run(
        "mia",
        LiquidityPoolDeposit(PAIR.liquidity_pool_id, "10000", "11000", Price(1, 2), Price(2, 1)),
        ManageSellOffer(EUR, USD, "1000", Price(1, 1)),
    )
    assert codes == ["LIQUIDITY_POOL_DEPOSIT_SUCCESS", "MANAGE_SELL_OFFER_SUCCESS"]
    return network


def cycle(amount: str, send_max: str) -> PathPaymentStrictReceive:
    return PathPaymentStrictReceive(address("arb"), USD, send_max, USD, amount, [EUR])


def test_a_basket_of_cycles_takes_profit_out_of_the_gap_without_capital(network: Network) -> None:
    applied = network.apply(network.frame("arb", cycle("100", "99"), cycle("50", "49.9")))

    assert applied.successful
    results = network.result(applied).result.results
    assert results is not None
    atoms = []
    for result in results:
        assert result.tr is not None
        assert result.tr.path_payment_strict_receive_result is not None
        assert result.tr.path_payment_strict_receive_result.success is not None
        atoms += result.tr.path_payment_strict_receive_result.success.offers
    kinds = [atom.type for atom in atoms]
    book, pool = xdr.ClaimAtomType.CLAIM_ATOM_TYPE_ORDER_BOOK, xdr.ClaimAtomType.CLAIM_ATOM_TYPE_LIQUIDITY_POOL
    assert kinds == [book, pool, book, pool]
    spent = sum(atom.order_book.amount_bought.int64 for atom in atoms if atom.order_book is not None)
    assert network.line("arb", USD).balance == 1_500_000_000 - spent > 0
    assert network.coins_add_up()


def test_meta_shows_every_entry_a_cycle_touched(network: Network) -> None:
    applied = network.apply(network.frame("arb", cycle("100", "99")))

    meta = xdr.TransactionMeta.from_xdr_bytes(applied.result_meta)
    assert meta.v4 is not None
    updated = [
        change.updated.data.type.name
        for change in meta.v4.operations[0].changes.ledger_entry_changes
        if change.updated is not None
    ]
    # arb's USD line, the pool, mia's offer and both of mia's lines
    assert sorted(updated) == ["LIQUIDITY_POOL", "OFFER", "TRUSTLINE", "TRUSTLINE", "TRUSTLINE"]


def test_one_failing_operation_undoes_the_trades_before_it(network: Network) -> None:
    seller, hash_before = network.account("mia"), network.line("mia", USD).packed()
    id_pool = network.ledger.root.header.id_pool

    applied = network.apply(
        network.frame("mia", ManageSellOffer(EUR, USD, "5", Price(3, 1)), ManageSellOffer(USD, EUR, "1", Price(1, 1)))
    )

    assert not applied.successful
    assert op_codes(network.result(applied)) == ["MANAGE_SELL_OFFER_SUCCESS", "MANAGE_SELL_OFFER_CROSS_SELF"]
    assert network.ledger.root.header.id_pool == id_pool
    assert network.line("mia", USD).packed() == hash_before
    assert network.account("mia").num_sub_entries == seller.num_sub_entries


def test_an_updated_offer_is_one_change_in_meta_and_a_deleted_one_a_removal(network: Network) -> None:
    update = network.apply(network.frame("mia", ManageSellOffer(EUR, USD, "7", Price(2, 1), offer_id=1)))
    removal = network.apply(network.frame("mia", ManageSellOffer(EUR, USD, "0", Price(2, 1), offer_id=1)))

    changed, removed = (xdr.TransactionMeta.from_xdr_bytes(applied.result_meta) for applied in (update, removal))
    assert changed.v4 is not None
    assert removed.v4 is not None
    offers = [
        change.updated.data.offer.amount.int64
        for change in changed.v4.operations[0].changes.ledger_entry_changes
        if change.updated is not None and change.updated.data.offer is not None
    ]
    gone = [
        change.removed.type.name
        for change in removed.v4.operations[0].changes.ledger_entry_changes
        if change.removed is not None
    ]
    assert offers == [70_000_000]
    assert gone == ["OFFER"]
    assert network.account("mia").selling_liabilities == 0
