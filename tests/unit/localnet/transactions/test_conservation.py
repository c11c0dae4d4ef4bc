"""Whatever is sent: no coin appears or vanishes, the books balance, and a failure leaves no trace."""

from collections import Counter
from itertools import permutations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stellar_sdk import (
    AccountMerge,
    AuthorizationFlag,
    BumpSequence,
    ChangeTrust,
    CreateAccount,
    CreatePassiveSellOffer,
    LiquidityPoolAsset,
    LiquidityPoolDeposit,
    LiquidityPoolWithdraw,
    ManageBuyOffer,
    ManageData,
    ManageSellOffer,
    Operation,
    PathPaymentStrictReceive,
    PathPaymentStrictSend,
    Payment,
    SetOptions,
    SetTrustLineFlags,
    Signer,
    TrustLineFlags,
)
from stellar_sdk import Asset as SdkAsset
from support.network import Network, address, credit, op_codes

from arb.localnet.ledger.assets import PoolShare
from arb.localnet.ledger.balances import min_balance
from arb.localnet.ledger.closed import AppliedTx
from arb.localnet.ledger.state import LedgerState
from arb.markets.asset import NATIVE, Asset
from arb.markets.exchange import offer_liabilities

NAMES = ("alice", "bob", "carol", "issuer")
ASSETS = (SdkAsset.native(), credit("EUR"), credit("USD"))
POOLS = tuple(LiquidityPoolAsset(a, b) for a, b in ((ASSETS[0], ASSETS[1]), (ASSETS[1], ASSETS[2])))

name, asset = st.sampled_from(NAMES), st.sampled_from(ASSETS)
amount = st.sampled_from(("0.0000001", "0.0000029", "1", "7.7777777", "60", "400", "1000"))
price = st.sampled_from(("0.5", "0.9999999", "1", "1.01", "3"))
pool = st.sampled_from(POOLS)
pair = st.sampled_from(list(permutations(ASSETS, 2)))
limit = st.sampled_from(("0", "0.0000001", "50", "900", "100000"))
account_id = name.map(address)

operation: st.SearchStrategy[Operation] = st.one_of(
    st.builds(Payment, account_id, asset, amount),
    st.builds(CreateAccount, account_id, amount),
    st.builds(AccountMerge, account_id),
    st.builds(BumpSequence, st.integers(0, 2**40)),
    st.builds(ChangeTrust, st.one_of(st.sampled_from(ASSETS[1:]), pool), limit),
    st.builds(lambda pair, *terms: ManageSellOffer(*pair, *terms), pair, amount, price),
    st.builds(lambda pair, *terms: ManageSellOffer(*pair, *terms), pair, st.just("0"), price, st.integers(1, 6)),
    st.builds(lambda pair, *terms: ManageBuyOffer(*pair, *terms), pair, amount, price),
    st.builds(lambda pair, *terms: CreatePassiveSellOffer(*pair, *terms), pair, amount, price),
    st.builds(
        PathPaymentStrictSend, account_id, asset, amount, asset, st.just("0.0000001"), st.lists(asset, max_size=2)
    ),
    st.builds(PathPaymentStrictReceive, account_id, asset, st.just("1000"), asset, amount, st.lists(asset, max_size=2)),
    st.builds(
        LiquidityPoolDeposit,
        pool.map(lambda each: each.liquidity_pool_id),
        amount,
        amount,
        st.just("0.01"),
        st.just("100"),
    ),
    st.builds(LiquidityPoolWithdraw, pool.map(lambda each: each.liquidity_pool_id), amount, st.just("0"), st.just("0")),
    st.builds(ManageData, st.sampled_from(("a", "b")), st.sampled_from((None, "x"))),
    st.builds(
        lambda who, weight: SetOptions(signer=Signer.ed25519_public_key(who, weight)), account_id, st.integers(0, 1)
    ),
    st.builds(
        lambda who, asset, flag, grants: SetTrustLineFlags(who, asset, *((None, flag) if grants else (flag, None))),
        account_id,
        st.sampled_from(ASSETS[1:]),
        st.just(TrustLineFlags.AUTHORIZED_FLAG),
        st.booleans(),
    ),
)
transaction = st.tuples(name, st.lists(st.tuples(st.one_of(st.none(), name), operation), min_size=1, max_size=2))


def market() -> Network:
    """Four accounts that trust each other's world, with an offer and pools to run into."""
    network = Network()
    network.fund(*NAMES)
    network.run("issuer", SetOptions(set_flags=AuthorizationFlag.AUTHORIZATION_REVOCABLE))
    lines = [ChangeTrust(asset, "1000") for asset in ASSETS[1:]]
    shares = [ChangeTrust(pool, "100000") for pool in POOLS]
    for who in NAMES[:3]:
        network.run(who, *lines, *shares)
        network.run("issuer", *(Payment(address(who), asset, "400") for asset in ASSETS[1:]))
    for pool in POOLS:
        network.run("alice", LiquidityPoolDeposit(pool.liquidity_pool_id, "100", "120", "0.01", "100"))
    network.run(
        "bob", ManageSellOffer(ASSETS[1], ASSETS[2], "50", "1.01"), ManageSellOffer(ASSETS[0], ASSETS[1], "9", "1")
    )
    return network


def check_native(network: Network) -> None:
    """All coins are in accounts, pools and the fee pool."""
    state = network.ledger.root
    in_pools = sum((pool.a == NATIVE) * pool.reserve_a + (pool.b == NATIVE) * pool.reserve_b for pool in state.pools())
    in_accounts = sum(account.balance for account in state.accounts())
    assert in_accounts + in_pools + state.header.fee_pool == state.header.total_coins


def check_liabilities(state: LedgerState) -> None:
    """What is reserved is exactly what the open offers ask for, and it is there."""
    buying: Counter[tuple[str, Asset]] = Counter()
    selling: Counter[tuple[str, Asset]] = Counter()
    for offer in state.all_offers():
        buys, sells = offer_liabilities(offer.n, offer.d, offer.amount)
        buying[offer.seller, offer.buying] += buys
        selling[offer.seller, offer.selling] += sells
    for account in state.accounts():
        assert account.buying_liabilities == buying[account.account_id, NATIVE]
        assert account.selling_liabilities == selling[account.account_id, NATIVE]
    for line in state.trustlines():
        if isinstance(line.asset, Asset):
            assert line.buying_liabilities == buying[line.account_id, line.asset]
            assert line.selling_liabilities == selling[line.account_id, line.asset]
            assert line.selling_liabilities <= line.balance <= line.limit - line.buying_liabilities


def check_entries(state: LedgerState) -> None:
    """Subentries, pool members and pool shares are counted right; lines in use are known to be."""
    uses: Counter[tuple[str, Asset]] = Counter()
    members, held = Counter[str](), Counter[str]()
    for line in state.trustlines():
        if isinstance(line.asset, PoolShare):
            pool = state.pool(line.asset.pool_id)
            assert pool is not None
            members[pool.pool_id] += 1
            held[pool.pool_id] += line.balance
            uses.update((line.account_id, asset) for asset in (pool.a, pool.b))
    for pool in state.pools():
        assert (pool.trustline_count, pool.total_shares) == (members[pool.pool_id], held[pool.pool_id])
    for line in state.trustlines():
        if isinstance(line.asset, Asset):
            assert line.pool_use_count == uses[line.account_id, line.asset]
    for account in state.accounts():
        weights = [2 if isinstance(line.asset, PoolShare) else 1 for line in state.trustlines_of(account.account_id)]
        offers, data = state.offers_of(account.account_id), state.data_of(account.account_id)
        assert account.num_sub_entries == sum(weights) + len([*offers, *data]) + len(account.signers)
        assert account.balance >= 0
        assert min_balance(state.header, account) >= 2 * state.header.base_reserve


def picture(state: LedgerState) -> dict[str, object]:
    """Everything but fees and sequence numbers of accounts, and when they were used."""
    told: dict[str, object] = {}
    for account in state.accounts():
        copy = account.copy()
        copy.seq_num = copy.seq_ledger = copy.seq_time = copy.last_modified = copy.balance = 0
        told[account.account_id] = copy
    for index, entry in enumerate([*state.trustlines(), *state.all_offers(), *state.pools()]):
        told[str(index)] = entry.packed()
    return told


def check_failure_left_no_trace(network: Network, before: dict[str, object], coins: int, applied: AppliedTx) -> None:
    """Only the fee and the sequence number are gone."""
    assert picture(network.ledger.root) == before
    account = network.ledger.root.account(applied.source)
    assert account is not None
    assert account.balance == coins - applied.fee_charged
    assert account.seq_num == applied.frame.seq_num


@given(st.lists(transaction, min_size=12, max_size=24))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_appears_or_vanishes_and_failures_leave_no_trace(
    transactions: list[tuple[str, list[tuple[str | None, Operation]]]],
) -> None:
    # given a small market, when any transactions are applied to it, one ledger each
    network = market()
    for source, operations in transactions:
        if network.ledger.root.account(address(source)) is None:
            continue
        operations = [("issuer" if isinstance(each, SetTrustLineFlags) else who, each) for who, each in operations]
        for who, each in operations:
            each.source = None if who is None else network.builder(who).source_account.account
        signers = {source} | {who for who, _ in operations if who is not None}
        frame = network.frame(source, *(each for _, each in operations), signers=sorted(signers))
        before, account = picture(network.ledger.root), network.ledger.root.account(frame.source)
        assert account is not None
        coins = account.balance
        closed = network.close(frame)
        # then everything adds up after each
        check_native(network)
        check_liabilities(network.ledger.root)
        check_entries(network.ledger.root)
        for applied in closed.txs:
            assert "txINTERNAL_ERROR" not in network.result(applied).result.code.name
            if not applied.successful:
                assert op_codes(network.result(applied))
                check_failure_left_no_trace(network, before, coins, applied)
        if closed.dropped:
            assert picture(network.ledger.root) == before
