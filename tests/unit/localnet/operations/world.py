"""A ledger in the making for tests of DEX operations: entries put in place directly, operations applied one by one."""

from collections import Counter
from functools import lru_cache
from hashlib import sha256

from stellar_sdk import Asset as SdkAsset
from stellar_sdk import (
    CreatePassiveSellOffer,
    Keypair,
    LiquidityPoolDeposit,
    LiquidityPoolWithdraw,
    ManageBuyOffer,
    ManageSellOffer,
    Operation,
    PathPaymentStrictReceive,
    PathPaymentStrictSend,
    Price,
    xdr,
)
from unit.localnet.operations.outcome import Outcome, outcome_of

from arb.localnet.ledger.assets import PoolShare, pool_id_of
from arb.localnet.ledger.balances import acquire_liabilities, holding, min_balance
from arb.localnet.ledger.entries import Account, OfferEntry, PoolEntry, TrustLine
from arb.localnet.ledger.header import Header
from arb.localnet.ledger.state import LedgerState
from arb.localnet.ledger.txn import LedgerTxn
from arb.localnet.operations.handler import OpContext, OperationError
from arb.localnet.operations.registry import HANDLERS
from arb.markets.amount import INT64_MAX, format_amount
from arb.markets.asset import NATIVE, Asset
from arb.markets.book import Offer
from arb.markets.exchange import offer_liabilities
from arb.markets.market import Market
from arb.markets.pool import Pool

XLM = 10**7
PriceOf = tuple[int, int]


@lru_cache
def address(name: str) -> str:
    """The address of an account called so in a test."""
    return Keypair.from_raw_ed25519_seed(sha256(name.encode()).digest()).public_key


def credit(code: str) -> Asset:
    """The asset of that code issued by the account "issuer"."""
    return Asset(code, address("issuer"))


def _sdk(asset: Asset) -> SdkAsset:
    return SdkAsset.native() if asset.issuer is None else SdkAsset(asset.code, asset.issuer)


class World:
    """Accounts are named; amounts are stroops. Every successful operation is committed to `state`."""

    def __init__(self) -> None:
        self.state = LedgerState(Header(ledger_seq=2, close_time=1_700_000_000))
        self.account("issuer")

    # -- putting entries in place

    def account(self, name: str, balance: int = 1_000 * XLM) -> str:
        with LedgerTxn(self.state) as ltx:
            ltx.create(Account(address(name), balance, seq_num=0))
            ltx.commit()
        return address(name)

    def trust(self, name: str, asset: Asset, balance: int = 0, limit: int = INT64_MAX, flags: int = 1) -> None:
        """A trustline, or the same with new numbers where there is one."""
        with LedgerTxn(self.state) as ltx:
            line = ltx.load_trustline(address(name), asset)
            if line is None:
                account = ltx.load_account(address(name))
                assert account is not None
                account.num_sub_entries += 1
                line = ltx.create(TrustLine(address(name), asset, balance, limit))
            line.balance, line.limit, line.flags = balance, limit, flags
            ltx.commit()

    def trader(self, name: str, *assets: Asset, balance: int = 1_000_000) -> str:
        """An account that holds `balance` of each asset."""
        who = self.account(name)
        for asset in assets:
            self.trust(name, asset, balance)
        return who

    def put_offer(self, name: str, selling: Asset, buying: Asset, amount: int, price: PriceOf) -> int:
        """An offer that is just there, whatever it would cross; returns its id."""
        with LedgerTxn(self.state) as ltx:
            ltx.header.id_pool += 1
            account = ltx.load_account(address(name))
            assert account is not None
            account.num_sub_entries += 1
            offer = ltx.create(OfferEntry(address(name), ltx.header.id_pool, selling, buying, amount, *price))
            acquire_liabilities(ltx, offer)
            ltx.commit()
        return offer.offer_id

    def put_pool(self, name: str, a: Asset, b: Asset, reserve_a: int, reserve_b: int, shares: int) -> str:
        """A pool whose shares are all held by one account; a has to sort before b."""
        pool_id = pool_id_of(a, b)
        with LedgerTxn(self.state) as ltx:
            ltx.create(PoolEntry(pool_id, a, b, reserve_a, reserve_b, shares, trustline_count=1))
            ltx.commit()
        self.trust_shares(name, pool_id, shares)
        return pool_id

    def trust_shares(self, name: str, pool_id: str, balance: int = 0, limit: int = INT64_MAX) -> None:
        with LedgerTxn(self.state) as ltx:
            account = ltx.load_account(address(name))
            assert account is not None
            account.num_sub_entries += 2
            ltx.create(TrustLine(address(name), PoolShare(pool_id), balance, limit))
            ltx.commit()

    # -- reading

    def balance(self, name: str, asset: Asset) -> int:
        entry = holding(self.state, address(name), asset)
        assert entry is not None
        return entry.balance

    def liabilities(self, name: str, asset: Asset) -> tuple[int, int]:
        """(buying, selling)."""
        entry = holding(self.state, address(name), asset)
        assert entry is not None
        return entry.buying_liabilities, entry.selling_liabilities

    def book(self, selling: Asset, buying: Asset) -> list[tuple[int, int]]:
        """(offer id, amount), best first."""
        return [(offer.offer_id, offer.amount) for offer in self.state.offers(selling, buying)]

    def pool(self, a: Asset, b: Asset) -> tuple[int, int, int]:
        """(reserve of a, reserve of b, shares)."""
        pool = self.state.pool(pool_id_of(a, b))
        assert pool is not None
        return pool.reserve_a, pool.reserve_b, pool.total_shares

    def market(self) -> Market:
        """The picture an observer of the ledger would have: offers and pools, nothing of balances."""
        market = Market()
        for o in self.state.all_offers():
            market.upsert_offer(Offer(o.offer_id, o.seller, o.selling, o.buying, o.amount, o.n, o.d, o.passive))
        for p in self.state.pools():
            market.upsert_pool(Pool(p.pool_id, p.a, p.b, p.reserve_a, p.reserve_b, p.total_shares, p.fee_bps))
        return market

    # -- operations

    def apply(self, name: str, operation: Operation) -> Outcome:
        return self.apply_body(name, operation.to_xdr_object().body)

    def apply_body(self, name: str, body: xdr.OperationBody) -> Outcome:
        handler, source = HANDLERS[body.type], address(name)
        malformed = handler.check_valid(source, body)
        if malformed is not None:
            return outcome_of(malformed)
        with LedgerTxn(self.state) as ltx:
            with ltx.child() as inner:
                ctx = OpContext(inner, source, source, 1, 0, b"\x00" * 32)
                try:
                    result = handler.apply(ctx, body)
                except OperationError as error:
                    return Outcome(error.code.name)
                outcome = outcome_of(result)
                if outcome.code != "SUCCESS":
                    return outcome
                inner.commit()
            ltx.changes()
            ltx.commit()
        return outcome

    def sell(self, name: str, selling: Asset, buying: Asset, amount: int, price: PriceOf, offer_id: int = 0) -> Outcome:
        body = (_sdk(selling), _sdk(buying), format_amount(amount), Price(*price), offer_id)
        return self.apply(name, ManageSellOffer(*body))

    def buy(self, name: str, selling: Asset, buying: Asset, amount: int, price: PriceOf, offer_id: int = 0) -> Outcome:
        body = (_sdk(selling), _sdk(buying), format_amount(amount), Price(*price), offer_id)
        return self.apply(name, ManageBuyOffer(*body))

    def sell_passive(self, name: str, selling: Asset, buying: Asset, amount: int, price: PriceOf) -> Outcome:
        body = (_sdk(selling), _sdk(buying), format_amount(amount), Price(*price))
        return self.apply(name, CreatePassiveSellOffer(*body))

    def send(self, name: str, path: list[Asset], amount: int, dest_min: int = 1, to: str | None = None) -> Outcome:
        first, *middle, last = map(_sdk, path)
        amounts = format_amount(amount), format_amount(dest_min)
        operation = PathPaymentStrictSend(address(to or name), first, amounts[0], last, amounts[1], middle)
        return self.apply(name, operation)

    def receive(
        self, name: str, path: list[Asset], amount: int, send_max: int = INT64_MAX, to: str | None = None
    ) -> Outcome:
        first, *middle, last = map(_sdk, path)
        amounts = format_amount(send_max), format_amount(amount)
        operation = PathPaymentStrictReceive(address(to or name), first, amounts[0], last, amounts[1], middle)
        return self.apply(name, operation)

    def deposit(
        self,
        name: str,
        pool_id: str,
        max_a: int,
        max_b: int,
        low: PriceOf = (1, 2**31 - 1),
        high: PriceOf = (2**31 - 1, 1),
    ) -> Outcome:
        amounts = format_amount(max_a), format_amount(max_b)
        return self.apply(name, LiquidityPoolDeposit(pool_id, *amounts, Price(*low), Price(*high)))

    def withdraw(self, name: str, pool_id: str, shares: int, min_a: int = 0, min_b: int = 0) -> Outcome:
        amounts = format_amount(shares), format_amount(min_a), format_amount(min_b)
        return self.apply(name, LiquidityPoolWithdraw(pool_id, *amounts))

    # -- laws

    def totals(self) -> Counter[Asset]:
        """What is held of each asset, in accounts, trustlines and pools together."""
        total: Counter[Asset] = Counter()
        for account in self.state.accounts():
            total[NATIVE] += account.balance
        for line in self.state.trustlines():
            if isinstance(line.asset, Asset):
                total[line.asset] += line.balance
        for pool in self.state.pools():
            total[pool.a] += pool.reserve_a
            total[pool.b] += pool.reserve_b
        return total

    def check_laws(self) -> None:
        """What holds in every ledger (core's invariants: liabilities, subentries, order book not crossed)."""
        owed: dict[tuple[str, Asset], list[int]] = {}
        entries: Counter[str] = Counter()
        for offer in self.state.all_offers():
            buying, selling = offer_liabilities(offer.n, offer.d, offer.amount)
            owed.setdefault((offer.seller, offer.buying), [0, 0])[0] += buying
            owed.setdefault((offer.seller, offer.selling), [0, 0])[1] += selling
            entries[offer.seller] += 1
            assert offer.amount > 0
        shares: Counter[str] = Counter()
        for line in self.state.trustlines():
            entries[line.account_id] += 2 if isinstance(line.asset, PoolShare) else 1
            due = owed.get((line.account_id, line.asset), [0, 0]) if isinstance(line.asset, Asset) else [0, 0]
            assert [line.buying_liabilities, line.selling_liabilities] == due
            assert line.selling_liabilities <= line.balance <= line.limit - line.buying_liabilities
            if isinstance(line.asset, PoolShare):
                shares[line.asset.pool_id] += line.balance
        for account in self.state.accounts():
            due = owed.get((account.account_id, NATIVE), [0, 0])
            assert [account.buying_liabilities, account.selling_liabilities] == due
            assert account.balance - min_balance(self.state.header, account) >= account.selling_liabilities
            assert account.num_sub_entries == entries[account.account_id]
        for pool in self.state.pools():
            assert pool.total_shares == shares[pool.pool_id]
        for sold, bought in self.state.books():
            for ask in self.state.offers(sold, bought):
                for bid in self.state.offers(bought, sold):
                    product, one = ask.n * bid.n, ask.d * bid.d
                    assert product > one or (product == one and (ask.passive or bid.passive)), (ask, bid)
