"""Our contracts on a running localnet, through the unmodified Python SDK, with the assets' own contracts as tokens."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import requests
from stellar_sdk import (
    Address,
    Asset,
    Keypair,
    Network,
    SorobanServer,
    TransactionBuilder,
    TransactionEnvelope,
    scval,
    xdr,
)
from stellar_sdk.exceptions import PrepareTransactionException
from stellar_sdk.soroban_rpc import GetTransactionResponse, SendTransactionStatus
from support.localnet import Localnet, running_localnet

PASSPHRASE = Network.STANDALONE_NETWORK_PASSPHRASE
WASM = Path(__file__).parents[3] / "soroban" / "wasm"
PAIR, AQUARIUS = 0, 1
XLM_SIDE, CHEAP_USD, DEAR_USD = 10**9, 2 * 10**9, 10**9
AMOUNT = 10**7


class Chain:
    """A network whose ledgers close when told to; deploys, calls and reads."""

    def __init__(self, network: Localnet) -> None:
        self.url = network.url
        self.server = SorobanServer(network.rpc_url)
        self.issuer, self.trader = self._account(), self._account()
        self.xlm = self._asset_contract(Asset.native())
        self.usd = self._asset_contract(Asset("USD", self.issuer.public_key))

    def _account(self) -> Keypair:
        key = Keypair.random()
        asked = requests.Request("GET", f"{self.url}/friendbot", params={"addr": key.public_key}).prepare()
        waiting = Thread(target=lambda: requests.Session().send(asked, timeout=20))
        waiting.start()
        while waiting.is_alive():
            requests.post(f"{self.url}/localnet/close", timeout=10).raise_for_status()
            time.sleep(0.01)
        return key

    def _asset_contract(self, asset: Asset) -> str:
        builder = self._builder(self.issuer).append_create_stellar_asset_contract_from_asset_op(asset)
        return scval.from_address(self._run(builder, self.issuer)).address

    def deploy(self, name: str, *args: xdr.SCVal) -> str:
        """Upload and create a contract; its address."""
        code = (WASM / f"{name}.wasm").read_bytes()
        upload = self._run(self._builder(self.issuer).append_upload_contract_wasm_op(code), self.issuer)
        create = self._builder(self.issuer).append_create_contract_op(
            scval.from_bytes(upload), self.issuer.public_key, list(args)
        )
        return scval.from_address(self._run(create, self.issuer)).address

    def call(self, key: Keypair, contract: str, function: str, *args: xdr.SCVal) -> xdr.SCVal:
        """Simulate, sign and send one call as one transaction; its result."""
        builder = self._builder(key).append_invoke_contract_function_op(contract, function, list(args))
        return self._run(builder, key)

    def balance(self, token: str, owner: str) -> int:
        """Units of a token, by simulation only."""
        builder = self._builder(self.issuer)
        call = builder.append_invoke_contract_function_op(token, "balance", [scval.to_address(owner)])
        simulated = self.server.simulate_transaction(call.build())
        assert simulated.results, simulated.error
        return scval.from_int128(simulated.results[0].xdr)

    def _builder(self, key: Keypair) -> TransactionBuilder:
        return TransactionBuilder(self.server.load_account(key.public_key), PASSPHRASE, 100).set_timeout(600)

    def prepared(self, key: Keypair, contract: str, function: str, *args: xdr.SCVal) -> TransactionEnvelope:
        """A call, simulated and signed, not yet sent."""
        builder = self._builder(key).append_invoke_contract_function_op(contract, function, list(args))
        envelope = self.server.prepare_transaction(builder.build())
        envelope.sign(key)
        return envelope

    def sent(self, envelope: TransactionEnvelope) -> GetTransactionResponse:
        """What became of a transaction in the next ledger."""
        answer = self.server.send_transaction(envelope)
        assert answer.status is SendTransactionStatus.PENDING, answer
        requests.post(f"{self.url}/localnet/close", timeout=10).raise_for_status()
        return self.server.get_transaction(answer.hash)

    def _run(self, builder: TransactionBuilder, key: Keypair) -> xdr.SCVal:
        envelope = self.server.prepare_transaction(builder.build())
        envelope.sign(key)
        done = self.sent(envelope)
        assert done.status.value == "SUCCESS", (done.result_xdr, done.diagnostic_events_xdr)
        assert done.result_meta_xdr is not None
        meta = xdr.TransactionMeta.from_xdr(done.result_meta_xdr).v4
        assert meta is not None
        assert meta.soroban_meta is not None
        assert meta.soroban_meta.return_value is not None
        return meta.soroban_meta.return_value


class Market:
    """XLM and USD on a pair where USD is cheap and on a pool where it is dear."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.executor = chain.deploy("route_executor")
        self.pair = self._pair()
        self.pool = self._pool()

    def _pair(self) -> str:
        pair = self.chain.deploy("pair")
        issuer, tokens = self.chain.issuer, self.tokens()
        factory = scval.to_address(issuer.public_key)
        self.chain.call(issuer, pair, "initialize", factory, *map(scval.to_address, tokens))
        for token, amount in ((self.chain.xlm, XLM_SIDE), (self.chain.usd, CHEAP_USD)):
            paid = (scval.to_address(issuer.public_key), scval.to_address(pair), scval.to_int128(amount))
            self.chain.call(issuer, token, "transfer", *paid)
        self.chain.call(issuer, pair, "deposit", scval.to_address(issuer.public_key))
        return pair

    def _pool(self) -> str:
        tokens = self.tokens()
        pool = self.chain.deploy(
            "aquarius_pool", scval.to_vec(list(map(scval.to_address, tokens))), scval.to_uint32(30)
        )
        sides = {self.chain.xlm: XLM_SIDE, self.chain.usd: DEAR_USD}
        wanted = scval.to_vec([scval.to_uint128(sides[token]) for token in tokens])
        owner = scval.to_address(self.chain.issuer.public_key)
        self.chain.call(self.chain.issuer, pool, "deposit", owner, wanted, scval.to_uint128(0))
        return pool

    def tokens(self) -> list[str]:
        return sorted((self.chain.xlm, self.chain.usd), key=lambda token: Address(token).key)

    def cycle(self, *, reversed_: bool = False) -> xdr.SCVal:
        """XLM to USD where USD is cheap and back where it is dear, or the other way round."""
        first, second = (
            ((AQUARIUS, self.pool), (PAIR, self.pair)) if reversed_ else ((PAIR, self.pair), (AQUARIUS, self.pool))
        )
        return scval.to_vec(
            [step(*first, self.chain.xlm, self.chain.usd), step(*second, self.chain.usd, self.chain.xlm)]
        )


def step(venue: int, pool: str, token_in: str, token_out: str) -> xdr.SCVal:
    return scval.to_struct(
        {
            "venue": scval.to_uint32(venue),
            "pool": scval.to_address(pool),
            "token_in": scval.to_address(token_in),
            "token_out": scval.to_address(token_out),
            "min_out": scval.to_int128(0),
        }
    )


def expected_profit(amount: int, paired: tuple[int, int], pooled: tuple[int, int]) -> int:
    """Buy on the pair, sell on the pool; reserves in and out."""
    kept = amount - -(-3 * amount // 1000)
    bought = kept * paired[1] // (paired[0] + kept)
    sold = bought * 9_970 // 10_000
    return sold * pooled[1] // (pooled[0] + sold) - amount


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    with running_localnet(manual="on") as running:
        yield Chain(running)


@pytest.fixture
def market(chain: Chain) -> Market:
    return Market(chain)


def test_one_transaction_trades_the_cycle_and_pays_the_trader(chain: Chain, market: Market) -> None:
    # given XLM that buys twice the USD on the pair
    expected = expected_profit(AMOUNT, (XLM_SIDE, CHEAP_USD), (DEAR_USD, XLM_SIDE))
    order = (scval.to_address(chain.trader.public_key), scval.to_address(chain.xlm), scval.to_int128(AMOUNT))
    # when the trader, who holds no USD and no trustline, sends one call
    profit = chain.call(chain.trader, market.executor, "execute", *order, scval.to_int128(expected), market.cycle())
    # then it earned the formulas' profit, and the pools hold what they should
    assert scval.from_int128(profit) == expected > 0
    assert chain.balance(chain.xlm, market.pair) == XLM_SIDE + AMOUNT
    assert chain.balance(chain.xlm, market.pool) == XLM_SIDE - AMOUNT - expected
    assert chain.balance(chain.xlm, market.executor) == chain.balance(chain.usd, market.executor) == 0


def test_a_losing_cycle_does_not_get_past_simulation(chain: Chain, market: Market) -> None:
    order = (scval.to_address(chain.trader.public_key), scval.to_address(chain.xlm), scval.to_int128(AMOUNT))
    with pytest.raises(PrepareTransactionException) as error:
        chain.call(chain.trader, market.executor, "execute", *order, scval.to_int128(0), market.cycle(reversed_=True))
    assert "Error(Contract, #8)" in str(error.value.simulate_transaction_response.error)


def test_a_route_that_somebody_took_first_is_as_if_never_sent(chain: Chain, market: Market) -> None:
    # given a profitable route, prepared and signed
    expected = expected_profit(AMOUNT, (XLM_SIDE, CHEAP_USD), (DEAR_USD, XLM_SIDE))
    args = (scval.to_address(chain.xlm), scval.to_int128(AMOUNT), scval.to_int128(expected), market.cycle())
    trader = scval.to_address(chain.trader.public_key)
    late = chain.prepared(chain.trader, market.executor, "execute", trader, *args)
    # when somebody else trades it first
    chain.call(chain.issuer, market.executor, "execute", scval.to_address(chain.issuer.public_key), *args)
    footprint = late.transaction.soroban_data.resources.footprint  # type: ignore[union-attr]
    keys = [key for key in footprint.read_write if key.account is None]
    before = [entry.xdr for entry in chain.server.get_ledger_entries(keys).entries or []]
    balance = chain.balance(chain.xlm, chain.trader.public_key)
    done = chain.sent(late)
    # then the transaction fails by the executor's own error, no entry has changed, and the trader paid the fee
    assert done.status.value == "FAILED"
    assert any(map(_is_unprofitable, done.diagnostic_events_xdr or []))
    assert before == [entry.xdr for entry in chain.server.get_ledger_entries(keys).entries or []]
    fee = xdr.TransactionResult.from_xdr(done.result_xdr or "").fee_charged.int64
    assert balance - chain.balance(chain.xlm, chain.trader.public_key) == fee < 1_000_000


def _is_unprofitable(event: str) -> bool:
    body = xdr.DiagnosticEvent.from_xdr(event).event.body.v0
    assert body is not None
    error = [topic.error for topic in body.topics if topic.error is not None]
    return any(found.contract_code is not None and found.contract_code.uint32 == 8 for found in error)


def test_a_flash_loan_trades_with_the_lenders_money(chain: Chain, market: Market) -> None:
    # given a lender with XLM, and a trader who puts in none
    lender, flash = chain.deploy("flash_lender"), chain.deploy("flash_route")
    funds = (scval.to_address(chain.issuer.public_key), scval.to_address(lender), scval.to_int128(10 * AMOUNT))
    chain.call(chain.issuer, chain.xlm, "transfer", *funds)
    parties = [chain.trader.public_key, lender, market.executor, chain.xlm]
    # when the route runs inside the loan
    numbers = (scval.to_int128(AMOUNT), scval.to_int128(1))
    profit = chain.call(chain.trader, flash, "run", *map(scval.to_address, parties), *numbers, market.cycle())
    # then the profit is the same, and the lender is whole
    assert scval.from_int128(profit) == expected_profit(AMOUNT, (XLM_SIDE, CHEAP_USD), (DEAR_USD, XLM_SIDE))
    assert chain.balance(chain.xlm, lender) == 10 * AMOUNT
