"""The seeded market on a real node: the same seed is the same market, arbitrage appears, and the market stays sane."""

from arb.localnet.ledger.view import LedgerMarket
from arb.localnet.node.node import Node
from arb.localnet.settings import PASSPHRASE, Settings
from arb.localnet.traffic import Traffic, genesis, operations, start
from arb.localnet.traffic.actors import actor
from arb.localnet.traffic.contracts.reserves import reserves
from arb.localnet.traffic.contracts.universe import CONTRACT_POOLS, LENDER_XLM
from arb.localnet.traffic.desk import Desk
from arb.localnet.traffic.universe import BOOKS, POOLS, asset
from arb.markets.amount import STROOPS_PER_UNIT
from arb.markets.asset import NATIVE, Asset
from arb.markets.basket import Basket, find_basket

_GENESIS = 1_700_000_000
_CLASSIC = Settings(soroban=False)
"""Books and classic pools alone; test_traffic_contracts.py is about the rest."""
_ARBITRAGEUR = actor("arbitrageur of a test")
_VENUES = {(asset(v.base), asset(v.quote)) for v in (*BOOKS, *POOLS)}
_PAIRS: set[tuple[Asset, Asset]] = _VENUES | {(b, a) for a, b in _VENUES}


async def _market(settings: Settings, genesis_time: int = _GENESIS) -> tuple[Node, Traffic]:
    """A node whose ledgers close one second after another, whatever the time is."""
    node = Node(PASSPHRASE, now=lambda: 0.0, genesis_time=genesis_time, ledger_seconds=1.0)
    traffic = await start(node, settings)
    node.open(max_operations=settings.max_operations, damping_seed=settings.seed)
    return node, traffic


def _close(node: Node, ledgers: int) -> list[int]:
    """Close ledgers; answers how many transactions each had."""
    return [len(node.close().txs) for _ in range(ledgers)]


def _picture(node: Node) -> tuple[list[tuple[str, int, int, int]], list[tuple[str, str, str, int, int, int]]]:
    """Everything a trader sees: pools, and offers without their ids."""
    root = node.ledger.root
    pools = sorted((pool.pool_id, pool.reserve_a, pool.reserve_b, pool.total_shares) for pool in root.pools())
    offers = sorted((o.seller, str(o.selling), str(o.buying), o.amount, o.n, o.d) for o in root.all_offers())
    return pools, offers


def _held_by_contracts(node: Node, traffic: Traffic) -> int:
    """XLM in pools and in the flash lender, stroops: contracts hold no account."""
    assert traffic.contracts is not None
    held = [reserves(node.ledger.root, traffic.contracts, pool) or {} for pool in CONTRACT_POOLS]
    return sum(pool.get("XLM", 0) for pool in held) + LENDER_XLM * STROOPS_PER_UNIT


def _arbitrage(node: Node) -> Basket | None:
    return find_basket(LedgerMarket(node.ledger.root), _PAIRS, NATIVE, 100, most_payments=6, most_hops=3).basket


async def test_the_same_seed_gives_the_same_state_and_another_seed_does_not() -> None:
    nodes = [(await _market(Settings(seed=seed)))[0] for seed in (7, 7, 8)]
    for node in nodes:
        _close(node, 25)
    same, again, other = (node.ledger.state_hash() for node in nodes)
    assert same == again
    assert same != other


async def test_the_time_of_day_does_not_change_the_market() -> None:
    morning, evening = [(await _market(_CLASSIC, begin))[0] for begin in (_GENESIS, _GENESIS + 43_211)]
    for _ in range(40):
        _close(morning, 1)
        _close(evening, 1)
        assert morning.ledger.last.hash != evening.ledger.last.hash
        assert _picture(morning) == _picture(evening)


async def test_all_that_traffic_sends_succeeds_and_no_coin_is_lost() -> None:
    node, traffic = await _market(Settings())
    for _ in range(40):
        closed = node.close()
        assert all(tx.successful for tx in closed.txs)
        assert 6 <= len(closed.txs) <= 26
    root = node.ledger.root
    native = sum(account.balance for account in root.accounts())
    native += sum(pool.reserve_a for pool in root.pools() if pool.a == NATIVE)
    native += _held_by_contracts(node, traffic)
    assert native + root.header.fee_pool == root.header.total_coins


async def test_arbitrage_appears_and_stays_while_nobody_takes_it() -> None:
    node, _ = await _market(_CLASSIC)
    assert _arbitrage(node) is None  # genesis prices agree everywhere within spreads and fees
    _close(node, 30)
    found = []
    for _ in range(10):
        _close(node, 1)
        basket = _arbitrage(node)
        found.append(basket.profit if basket is not None else 0)
    assert min(found) > 10 * 10**7


async def test_an_arbitrageur_earns_and_the_market_survives_it() -> None:
    # given a market and somebody who takes all there is in every ledger
    node, traffic = await _market(_CLASSIC)
    desk = Desk(node, node.ledger.root)
    genesis.open_accounts(node, desk, [(_ARBITRAGEUR, 10_000 * 10**7)])
    begun = node.ledger.root.account(_ARBITRAGEUR.account_id)
    # when 150 ledgers pass
    empty = 0
    for _ in range(150):
        basket = _arbitrage(node)
        desk.next_ledger()
        if basket is not None:
            desk.send(
                _ARBITRAGEUR,
                [operations.path_receive(_ARBITRAGEUR, p.path, p.dest_amount, p.send_max) for p in basket.payments],
            )
        node.close()
        sides = [
            node.ledger.root.offers(selling, buying)
            for book in BOOKS
            for selling, buying in _sides(book.base, book.quote)
        ]
        empty += sum(next(side, None) is None for side in sides)
    # then it has earned, books were hardly ever empty, and pools are near the books again
    ended = node.ledger.root.account(_ARBITRAGEUR.account_id)
    assert begun is not None
    assert ended is not None
    assert ended.balance - begun.balance > 100 * 10**7
    assert empty < 150 * 2 * len(BOOKS) // 100
    await traffic.stop()
    assert _close(node, 1) == [0]


def _sides(base: str, quote: str) -> tuple[tuple[Asset, Asset], tuple[Asset, Asset]]:
    return (asset(base), asset(quote)), (asset(quote), asset(base))


async def test_a_busy_market_fills_ledgers_with_two_hundred_transactions() -> None:
    node, _ = await _market(Settings(traffic_rate=19.0))
    counts = _close(node, 5)
    assert sum(counts) > 5 * 150


async def test_at_rate_zero_the_market_stands_still() -> None:
    node, _ = await _market(Settings(traffic_rate=0.0))
    before = _picture(node)
    assert _close(node, 5) == [0] * 5
    assert _picture(node) == before
    assert len(before[1]) >= 2 * len(BOOKS)
