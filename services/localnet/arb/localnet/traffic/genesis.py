"""Sets the seeded market up before anything is served: real transactions, as few ledgers as they fit in."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from nacl.signing import SigningKey
from stellar_sdk import xdr

from arb.localnet.ledger.assets import pool_id_of
from arb.localnet.ledger.closed import ClosedLedger
from arb.localnet.node.node import Node
from arb.localnet.traffic import operations
from arb.localnet.traffic.actors import Actor, issuer
from arb.localnet.traffic.desk import Desk
from arb.localnet.traffic.envelope import MAX_OPERATIONS
from arb.localnet.traffic.errors import GenesisError
from arb.localnet.traffic.liquidity import provider
from arb.localnet.traffic.makers import makers, requote
from arb.localnet.traffic.market import MarketSight
from arb.localnet.traffic.model import ReferencePrices, generator
from arb.localnet.traffic.treasury import Endowment, replenish, treasury
from arb.localnet.traffic.universe import CODES, POOLS, asset
from arb.markets.amount import INT64_MAX, STROOPS_PER_UNIT

_TREASURY_XLM: Final = 10_000_000_000
_ISSUER_XLM: Final = 1_000


def root(node: Node) -> Actor:
    """The network's root account as an actor."""
    key = node.root_keypair()
    return Actor("root", key.public_key, SigningKey(key.raw_secret_key()))


def open_accounts(node: Node, desk: Desk, balances: Iterable[tuple[Actor, int]]) -> None:
    """Create accounts with these balances (stroops) from the root account, a hundred a ledger."""
    payer, waiting = root(node), iter(balances)
    while batch := list(islice(waiting, MAX_OPERATIONS)):
        created = [operations.create_account(payer, who.account_id, balance) for who, balance in batch]
        send(desk, payer, created)
        close(node, desk)


def issuers_and_treasury() -> Iterator[tuple[Actor, int]]:
    """The accounts behind the assets, with their XLM in stroops."""
    yield treasury(), _TREASURY_XLM * STROOPS_PER_UNIT
    for code in CODES:
        yield issuer(code), _ISSUER_XLM * STROOPS_PER_UNIT


def set_up(node: Node, desk: Desk, sight: MarketSight, seed: int, everybody: tuple[Endowment, ...]) -> None:
    """Accounts, then everybody's trustlines and balances, then pools and books.

    Raises:
        GenesisError: the network refused a part of it.
    """
    reference = sight.reference
    funded = ((e.actor, reference.stroops("XLM", e.worth["XLM"])) for e in everybody)
    open_accounts(node, desk, (*issuers_and_treasury(), *funded))
    for endowment in everybody:
        issuers = [issuer(code) for code in endowment.worth if code in CODES]
        if issuers:
            send(desk, endowment.actor, list(_holdings(endowment, reference)), issuers)
    close(node, desk)
    draw = generator(seed, 0, "genesis")
    send(desk, provider(), list(_pools(reference)))
    for maker in makers():
        send(desk, maker.actor, requote(maker, sight, draw))
    close(node, desk)


def refill(node: Node, desk: Desk, sight: MarketSight, everybody: tuple[Endowment, ...]) -> None:
    """Give back what went into the pools. Raises GenesisError."""
    missing = replenish(sight, everybody)
    send(desk, treasury(), list(missing.operations), missing.cosigners)
    close(node, desk)


def send(desk: Desk, source: Actor, ops: list[xdr.Operation], cosigners: Iterable[Actor] = ()) -> None:
    """Submit a part of the genesis. Raises GenesisError if the queue does not take it."""
    if not desk.send(source, ops, cosigners):
        raise GenesisError(f"genesis: the transaction of {source.role} was not taken (the debug log says why)")


def close(node: Node, desk: Desk) -> ClosedLedger:
    """Close a ledger of the genesis. Raises GenesisError if anything in it failed."""
    closed = node.close_now()
    desk.next_ledger()
    failed = [tx for tx in closed.txs if not tx.successful]
    if failed:
        result = xdr.TransactionResult.from_xdr_bytes(failed[0].result)
        raise GenesisError(f"genesis: {len(failed)} transactions failed in ledger {closed.seq}, the first: {result}")
    return closed


def _holdings(endowment: Endowment, reference: ReferencePrices) -> Iterator[xdr.Operation]:
    for code, worth in endowment.worth.items():
        if code in CODES:
            yield operations.trust(endowment.actor, asset(code), INT64_MAX)
            amount = reference.stroops(code, worth)
            yield operations.payment(issuer(code), endowment.actor.account_id, asset(code), amount)


def _pools(reference: ReferencePrices) -> Iterator[xdr.Operation]:
    """Pools at reference prices, each side worth the pool's depth."""
    for pool in POOLS:
        low, high = sorted((pool.base, pool.quote), key=lambda code: asset(code).sort_key())
        yield operations.trust_pool(provider(), asset(low), asset(high), INT64_MAX)
        amounts = (reference.stroops(code, pool.depth_xlm) for code in (low, high))
        yield operations.deposit(provider(), pool_id_of(asset(low), asset(high)), *amounts)
