"""Ledgers of the market record for property tests, and what they are written to and read from."""

from collections.abc import Iterable

from hypothesis import strategies as st
from stellar_sdk import StrKey

from arb.contracts.market_changes import OfferChanged, OfferRemoved, PoolChanged, PoolRemoved
from arb.markets.amount import INT64_MAX
from arb.markets.asset import NATIVE, Asset, pool_id
from arb.markets.book import Offer
from arb.markets.pool import Pool
from arb.markets.soroban.pools import AquariusPool, AquariusStablePool, PhoenixPool, SorobanPool, SoroswapPool
from arb.markets.soroban.swap import I128_MAX
from arb.messages.market import SearchTerms
from arb.messages.routes import Signal
from arb.scanner.domain.decision import Outcome
from arb.scanner.ports import LedgerClose, LedgerUpdate, Seen
from arb.scanner.record.ledgers import ClassicLedger, ContractLedger, HeldSignal
from arb.scanner.record.streams import Gap, Ledger, Recorded, RecordReader, RecordWriter

ACCOUNTS = [StrKey.encode_ed25519_public_key(bytes([n]) * 32) for n in range(1, 5)]
CONTRACTS = [StrKey.encode_contract(bytes([n]) * 32) for n in range(1, 8)]
ASSETS = [NATIVE, *(Asset(code, issuer) for code in ("USDC", "A", "LONGCODE1234") for issuer in ACCOUNTS[:2])]
TERMS = SearchTerms(
    network_passphrase="Standalone Network ; February 2017",
    assets=tuple(map(str, ASSETS)),
    basket_payments=20,
    basket_risk_bps=500,
    max_notional=10**12,
    route_executor=CONTRACTS[0],
    route_hops=3,
    route_fee=1000,
    max_route_notional=10**11,
)
LIFE = "0123456789abcdef"

stroops = st.integers(0, INT64_MAX)
positive = st.integers(1, INT64_MAX)
prices = st.integers(1, 2**31 - 1)
pairs = st.lists(st.sampled_from(ASSETS), min_size=2, max_size=2, unique=True).map(
    lambda pair: tuple(sorted(pair, key=Asset.sort_key))
)


@st.composite
def seen(draw: st.DrawFn, ledger: int) -> Seen:
    """A change of an entry, of this ledger or a little before."""
    a, b = draw(pairs)
    named = draw(st.sampled_from([pool_id(a, b), "ab" * 32]))
    change = draw(
        st.one_of(
            st.builds(
                lambda *fields: OfferChanged(Offer(*fields)),
                positive,
                st.sampled_from(ACCOUNTS),
                st.just(b),
                st.just(a),
                positive,
                prices,
                prices,
                st.booleans(),
            ),
            st.builds(OfferRemoved, positive, st.just(a), st.just(b)),
            st.builds(
                lambda *fields: PoolChanged(Pool(named, a, b, *fields)),
                stroops,
                stroops,
                stroops,
                st.integers(0, 9999),
            ),
            st.just(PoolRemoved(named, a, b)),
        )
    )
    return Seen(change, draw(st.integers(max(1, ledger - 1000), ledger + 3)))


def closes(ledger: int) -> st.SearchStrategy[LedgerClose]:
    """How a ledger closed."""
    return st.builds(LedgerClose, st.just(ledger), st.integers(0, 2**40), st.integers(1, 10**6), st.integers(0, 2**60))


ids = st.one_of(st.none(), st.binary(min_size=16, max_size=16).map(bytes.hex))
outcomes = st.sampled_from(Outcome)


@st.composite
def classic_ledgers(draw: st.DrawFn, ledger: int = 500, whole: bool = True) -> ClassicLedger:
    """A classic ledger."""
    changes = tuple(draw(st.lists(seen(ledger), max_size=12)))
    update = LedgerUpdate(draw(closes(ledger)), changes, whole)
    return ClassicLedger(update, draw(outcomes), draw(ids), TERMS if whole else None)


@st.composite
def contract_pools(draw: st.DrawFn) -> SorobanPool:
    """A contract pool of any kind."""
    contract, *tokens = draw(st.lists(st.sampled_from(CONTRACTS), min_size=4, max_size=4, unique=True))
    count = draw(st.integers(2, 3))
    reserves = tuple(draw(st.lists(st.integers(1, I128_MAX), min_size=count, max_size=count)))
    fee, share = draw(st.integers(0, 9999)), draw(st.integers(0, 9999))
    if count == 3 or draw(st.booleans()):
        decimals = tuple(draw(st.lists(st.integers(0, 38), min_size=count, max_size=count)))
        amp = draw(st.integers(1, 10**6))
        return AquariusStablePool(
            contract, tuple(tokens[:count]), reserves, fee_bps=fee, amp=amp, decimals=decimals, protocol_share_bps=share
        )
    two = tuple(tokens[:2])
    return draw(
        st.sampled_from(
            [
                SoroswapPool(contract, two, reserves),
                AquariusPool(contract, two, reserves, fee_bps=fee, protocol_share_bps=share),
                PhoenixPool(contract, two, reserves, fee_bps=fee, max_spread_bps=share, clamps_spread=bool(share % 2)),
            ]
        )
    )


@st.composite
def contract_ledgers(draw: st.DrawFn, ledger: int = 500, whole: bool = True) -> ContractLedger:
    """A ledger's contract pools."""
    changed = tuple(draw(st.lists(contract_pools(), max_size=6)))
    gone = () if whole else tuple(draw(st.lists(st.sampled_from(CONTRACTS), max_size=3)))
    return ContractLedger(
        draw(closes(ledger)), changed, gone, whole, draw(outcomes), draw(ids), TERMS if whole else None
    )


held_signals = st.builds(
    HeldSignal,
    st.integers(1, 2**32 - 1),
    st.booleans(),
    st.builds(
        Signal,
        asset=st.text(max_size=12),
        buy_exchange=st.just("soroswap"),
        sell_exchange=st.just("phoenix"),
        buy_price=st.integers(-(2**127), 2**127 - 1),
        sell_price=stroops,
        available_amount=stroops,
        estimated_profit=stroops,
        confidence_score=stroops,
        expiry_time=st.integers(0, 2**64 - 1),
    ),
    outcomes,
    st.text(max_size=32),
)


def written(writer: RecordWriter, ledger: Ledger) -> list[bytes]:
    """The messages of the next record."""
    match ledger:
        case ClassicLedger():
            place = writer.place("classic", ledger.update.close.ledger, whole=ledger.update.whole)
        case ContractLedger():
            place = writer.place("contracts", ledger.close.ledger, whole=ledger.whole)
        case HeldSignal():
            place = writer.place("signals", ledger.ledger, whole=True)
    return writer.written(place, ledger)


def read(messages: Iterable[bytes]) -> list[Recorded | Gap]:
    """What the messages say."""
    reader = RecordReader()
    return [item for message in messages for item in reader.read(message)]
