"""The route executor in a ledger: one transaction earns what the formulas say, or leaves the state hash as it was."""

import pytest
from stellar_sdk import xdr
from support.ledger_exchange import DEPTH, LedgerExchange
from support.ledger_state import Snapshot

from arb.localnet.soroban import values as v
from arb.localnet.soroban.errors import ErrorType
from arb.localnet.soroban.values import HostValue

AMOUNT = 10**8
PAIR, AQUARIUS = 0, 1
UNPROFITABLE = 8


class Cycle:
    """XLM and USD one to one on a pair, two to one on a pool: USD bought on the pair is dear on the pool."""

    def __init__(self) -> None:
        self.exchange = LedgerExchange("trader")
        xlm, usd = self.exchange.tokens[:2]
        self.pair = v.strkey(self.exchange.run("maker", self.exchange.factory, "get_pair", xlm, usd))
        tokens = sorted((xlm, usd))
        self.pool = self.exchange.deploy("aquarius_pool", v.vec(tokens), v.u32(30))
        sides = {xlm: 2 * DEPTH, usd: DEPTH}
        wanted = v.vec(v.u128(sides[token]) for token in tokens)
        self.exchange.run("maker", self.pool, "deposit", self.who("maker"), wanted, v.u128(0))
        self.executor = self.exchange.deploy("route_executor")

    def who(self, name: str) -> HostValue:
        return v.address(self.exchange.world.address(name))

    def steps(self, *, losing: bool = False) -> HostValue:
        xlm, usd = self.exchange.tokens[:2]
        there, back = (
            ((AQUARIUS, self.pool), (PAIR, self.pair)) if losing else ((PAIR, self.pair), (AQUARIUS, self.pool))
        )
        return v.vec([_step(*there, xlm, usd), _step(*back, usd, xlm)])

    def order(self, least: int, *, losing: bool = False) -> tuple[HostValue, ...]:
        xlm = self.exchange.tokens[0]
        return self.who("trader"), xlm, v.i128(AMOUNT), v.i128(least), self.steps(losing=losing)

    def profit(self) -> int:
        kept = AMOUNT - -(-3 * AMOUNT // 1000)
        bought = kept * DEPTH // (DEPTH + kept)
        sold = bought * 9_970 // 10_000
        return sold * 2 * DEPTH // (DEPTH + sold) - AMOUNT


def _step(venue: int, pool: str, token_in: HostValue, token_out: HostValue) -> HostValue:
    fields = {
        "min_out": v.i128(0),
        "pool": v.address(pool),
        "token_in": token_in,
        "token_out": token_out,
        "venue": v.u32(venue),
    }
    return v.map_((v.symbol(name), value) for name, value in fields.items())


@pytest.fixture
def cycle() -> Cycle:
    return Cycle()


def test_one_transaction_earns_what_the_formulas_say(cycle: Cycle) -> None:
    done = cycle.exchange.world.call("trader", cycle.executor, "execute", *cycle.order(cycle.profit()))
    assert (done.code, done.value) == ("SUCCESS", v.i128(cycle.profit()))


@pytest.mark.parametrize(("losing", "more"), [(True, 0), (False, 1)])
def test_a_route_that_does_not_pay_leaves_the_state_hash(cycle: Cycle, losing: bool, more: int) -> None:
    # given a route prepared while it paid, then turned round, or one unit more asked of it
    world = cycle.exchange.world
    least = 0 if losing else cycle.profit()
    envelope = world.prepared("trader", world.invocation("trader", cycle.executor, "execute", *cycle.order(least)))
    other = world.invocation("trader", cycle.executor, "execute", *cycle.order(least + more, losing=losing)).build()
    envelope.transaction.operations[0].host_function = other.transaction.operations[0].host_function  # type: ignore[attr-defined]
    root = envelope.transaction.operations[0].auth[0].root_invocation.function.contract_fn  # type: ignore[attr-defined]
    assert isinstance(root, xdr.InvokeContractArgs)
    root.args = other.transaction.operations[0].host_function.invoke_contract.args  # type: ignore[attr-defined]
    data = envelope.transaction.soroban_data
    assert data is not None
    data.resources.instructions = xdr.Uint32(50_000_000)
    data.resource_fee = xdr.Int64(20_000_000)
    envelope.transaction.fee = 20_000_100
    # when it is applied
    before = Snapshot.of(world.ledger)
    done = world.apply("trader", envelope)
    # then it fails by the executor's own error, and the ledger is as it was but for the fee
    assert done.code == "TRAPPED"
    assert (ErrorType.CONTRACT, UNPROFITABLE) in done.errors
    assert world.ledger.state_hash() == before.hash_after_paying(world.ledger, done.applied)


def test_a_flash_loan_needs_no_capital(cycle: Cycle) -> None:
    # given a lender of XLM, and a trader who keeps just enough for fees and reserve
    exchange = cycle.exchange
    lender, flash = exchange.deploy("flash_lender"), exchange.deploy("flash_route")
    xlm = exchange.tokens[0]
    exchange.run("maker", v.strkey(xlm), "transfer", cycle.who("maker"), v.address(lender), v.i128(10 * AMOUNT))
    account = exchange.world.ledger.root.account(exchange.world.address("trader"))
    assert account is not None
    rest = v.i128(account.balance - 6 * 10**7)
    exchange.run("trader", v.strkey(xlm), "transfer", cycle.who("trader"), cycle.who("maker"), rest)
    account = exchange.world.ledger.root.account(exchange.world.address("trader"))
    assert account is not None
    assert account.balance < AMOUNT
    # when the route runs inside the loan
    parties = (cycle.who("trader"), v.address(lender), v.address(cycle.executor), xlm)
    args = (*parties, v.i128(AMOUNT), v.i128(1), cycle.steps())
    done = exchange.world.call("trader", flash, "run", *args)
    # then the whole profit is the trader's, and the lender is whole
    assert (done.code, done.value) == ("SUCCESS", v.i128(cycle.profit()))
    after = exchange.world.ledger.root.account(exchange.world.address("trader"))
    assert after is not None
    assert after.balance == account.balance + cycle.profit() - done.applied.fee_charged
    assert exchange.world.read("maker", v.strkey(xlm), "balance", v.address(lender)) == v.i128(10 * AMOUNT)
