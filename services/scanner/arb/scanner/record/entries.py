"""Offers, classic pools and contract pools as octets, exact to the unit."""

from collections.abc import Callable
from typing import Final, TypeVar

from arb.contracts.market_changes import OfferChanged, OfferRemoved, PoolChanged, PoolRemoved
from arb.markets.asset import Asset, pool_id
from arb.markets.book import Offer
from arb.markets.errors import MarketsError
from arb.markets.pool import Pool
from arb.markets.soroban.pools import (
    AquariusPool,
    AquariusStablePool,
    PhoenixPool,
    PoolKind,
    SorobanPool,
    SoroswapPool,
)
from arb.scanner.ports import Seen
from arb.scanner.record.errors import RecordDamagedError
from arb.scanner.record.octets import OctetReader, OctetWriter

T = TypeVar("T")

_OFFER: Final = 0
_PASSIVE_OFFER: Final = 1
_OFFER_GONE: Final = 2
_POOL: Final = 3
_POOL_GONE: Final = 4

_KINDS: Final = (PoolKind.SOROSWAP, PoolKind.AQUARIUS, PoolKind.AQUARIUS_STABLE, PoolKind.PHOENIX)


def write_seen(out: OctetWriter, seen: Seen, ledger: int) -> None:
    """A change of an entry. `ledger` is that of the record: the entry was left like this as many ledgers before."""
    change = seen.change
    match change:
        case OfferChanged(offer):
            out.number(_PASSIVE_OFFER if offer.passive else _OFFER)
            out.signed(ledger - seen.ledger)
            out.number(offer.id)
            out.account(offer.seller)
            out.asset(offer.selling)
            out.asset(offer.buying)
            for value in (offer.amount, offer.n, offer.d):
                out.number(value)
        case OfferRemoved(offer_id, selling, buying):
            out.number(_OFFER_GONE)
            out.signed(ledger - seen.ledger)
            out.number(offer_id)
            out.asset(selling)
            out.asset(buying)
        case PoolChanged(pool):
            out.number(_POOL)
            out.signed(ledger - seen.ledger)
            _write_pool_id(out, pool.id, pool.a, pool.b)
            for value in (pool.fee_bps, pool.reserve_a, pool.reserve_b, pool.shares):
                out.number(value)
        case PoolRemoved(gone, a, b):
            out.number(_POOL_GONE)
            out.signed(ledger - seen.ledger)
            _write_pool_id(out, gone, a, b)


def read_seen(octets: OctetReader, ledger: int) -> Seen:
    """See write_seen. Raises RecordDamagedError."""
    form, left = octets.number(), ledger - octets.signed()
    if form in (_OFFER, _PASSIVE_OFFER):
        offer = _possible(
            lambda: Offer(
                id=octets.number(),
                seller=octets.account(),
                selling=octets.asset(),
                buying=octets.asset(),
                amount=octets.number(),
                n=octets.number(),
                d=octets.number(),
                passive=form == _PASSIVE_OFFER,
            )
        )
        return Seen(OfferChanged(offer), left)
    if form == _OFFER_GONE:
        return Seen(OfferRemoved(octets.number(), octets.asset(), octets.asset()), left)
    if form == _POOL:
        named, a, b = _read_pool_id(octets)
        fee, reserve_a, reserve_b, shares = (octets.number() for _ in range(4))
        return Seen(PoolChanged(_possible(lambda: Pool(named, a, b, reserve_a, reserve_b, shares, fee))), left)
    if form == _POOL_GONE:
        return Seen(PoolRemoved(*_read_pool_id(octets)), left)
    raise RecordDamagedError(f"an entry of form {form}: expected 0 to {_POOL_GONE}")


def write_contract_pool(out: OctetWriter, pool: SorobanPool) -> None:
    """The whole state of a contract pool."""
    out.number(_KINDS.index(pool.kind))
    out.contract(pool.contract)
    out.number(len(pool.tokens))
    for token, reserve in zip(pool.tokens, pool.reserves, strict=True):
        out.contract(token)
        out.number(reserve)
    match pool:
        case AquariusStablePool():
            for value in (pool.fee_bps, pool.protocol_share_bps, pool.amp, *pool.decimals):
                out.number(value)
        case AquariusPool():
            out.number(pool.fee_bps)
            out.number(pool.protocol_share_bps)
        case PhoenixPool():
            for value in (pool.fee_bps, pool.max_spread_bps, int(pool.clamps_spread)):
                out.number(value)


def read_contract_pool(octets: OctetReader) -> SorobanPool:
    """See write_contract_pool. Raises RecordDamagedError."""
    number = octets.number()
    if number >= len(_KINDS):
        raise RecordDamagedError(f"a contract pool of kind {number}: expected 0 to {len(_KINDS) - 1}")
    kind, contract = _KINDS[number], octets.contract()
    held = [(octets.contract(), octets.number()) for _ in range(octets.count())]
    tokens, reserves = tuple(token for token, _ in held), tuple(reserve for _, reserve in held)
    terms = [octets.number() for _ in range(_TERMS[kind] + (len(held) if kind is PoolKind.AQUARIUS_STABLE else 0))]
    return _possible(lambda: _contract_pool(kind, contract, tokens, reserves, terms))


_TERMS: Final = {PoolKind.SOROSWAP: 0, PoolKind.AQUARIUS: 2, PoolKind.AQUARIUS_STABLE: 3, PoolKind.PHOENIX: 3}
"""Numbers after the reserves; a stable pool's decimals come on top."""


def _contract_pool(
    kind: PoolKind, contract: str, tokens: tuple[str, ...], reserves: tuple[int, ...], terms: list[int]
) -> SorobanPool:
    match kind:
        case PoolKind.SOROSWAP:
            return SoroswapPool(contract, tokens, reserves)
        case PoolKind.AQUARIUS:
            return AquariusPool(contract, tokens, reserves, fee_bps=terms[0], protocol_share_bps=terms[1])
        case PoolKind.AQUARIUS_STABLE:
            fee, share, amp, *decimals = terms
            return AquariusStablePool(
                contract, tokens, reserves, fee_bps=fee, protocol_share_bps=share, amp=amp, decimals=tuple(decimals)
            )
        case PoolKind.PHOENIX:
            fee, spread, clamps = terms
            return PhoenixPool(
                contract, tokens, reserves, fee_bps=fee, max_spread_bps=spread, clamps_spread=bool(clamps)
            )


def _write_pool_id(out: OctetWriter, named: str, a: Asset, b: Asset) -> None:
    """The pair; the id only where it is not the one that follows from the pair."""
    out.asset(a)
    out.asset(b)
    usual = a != b and named == pool_id(a, b)
    out.text(b"" if usual else named.encode())


def _read_pool_id(octets: OctetReader) -> tuple[str, Asset, Asset]:
    a, b = octets.asset(), octets.asset()
    written = octets.text()
    try:
        named = written.decode("ascii") if written else _possible(lambda: pool_id(a, b))
    except UnicodeDecodeError:
        raise RecordDamagedError(f"a pool id that is no text: {written[:20]!r}") from None
    return named, a, b


def _possible(make: Callable[[], T]) -> T:
    """What the octets say, unless the network could not hold it."""
    try:
        return make()
    except MarketsError as wrong:
        raise RecordDamagedError(str(wrong)) from None
