"""The seeded market's contracts on a real node: deployed, holding, drifting within bounds, told of by the endpoint."""

from pathlib import Path
from typing import Any

import pytest
import requests
from stellar_sdk import StrKey
from support.localnet import running_localnet

from arb.localnet.node.node import Node
from arb.localnet.settings import PASSPHRASE, Settings
from arb.localnet.soroban import values as v
from arb.localnet.soroban.codec import unpack
from arb.localnet.soroban.values import HostValue
from arb.localnet.traffic.actors import actor, issuer
from arb.localnet.traffic.contracts import calls
from arb.localnet.traffic.contracts.caller import Caller
from arb.localnet.traffic.contracts.deployment import Deployment
from arb.localnet.traffic.contracts.oracle import DECIMALS, PRICED, QUOTE, asset_key
from arb.localnet.traffic.contracts.reserves import reserves
from arb.localnet.traffic.contracts.universe import CONTRACT_POOLS, LENDER_XLM, ContractPool, Kind
from arb.localnet.traffic.desk import Desk
from arb.localnet.traffic.errors import GenesisError
from arb.localnet.traffic.model import ReferencePrices
from arb.localnet.traffic.seeded import SeededMarket
from arb.localnet.traffic.universe import ANCHORS, CODES
from arb.markets.amount import STROOPS_PER_UNIT

_READER = actor("taker 0")
_RESOLUTION = 5


class World:
    """A market whose ledgers close one second after another until `now` is set; reads by simulation."""

    def __init__(self, settings: Settings, genesis_time: int = 1_700_000_000) -> None:
        self.now = 0.0
        self.node = Node(PASSPHRASE, now=lambda: self.now, genesis_time=genesis_time, ledger_seconds=1.0)
        self.market = SeededMarket(self.node, settings)

    async def start(self) -> "World":
        await self.market.start()
        self.node.open(max_operations=1_000, damping_seed=7)
        return self

    @property
    def at(self) -> Deployment:
        assert self.market.contracts is not None
        return self.market.contracts

    def read(self, contract: str, function: str, *arguments: HostValue) -> Any:
        """The payload of what a function returns, its error's text where it fails."""
        caller = Caller(self.node, Desk(self.node, self.node.ledger.root))
        found = caller.simulate(_READER, calls.invoke(_READER, contract, function, *arguments))
        return found.error if found.result is None else unpack(found.result)[1]

    def reserves(self, pool: ContractPool) -> dict[str, int]:
        held = reserves(self.node.ledger.root, self.at, pool)
        assert held is not None, pool.name
        return held

    def prices(self) -> dict[ContractPool, float]:
        held = {pool: self.reserves(pool) for pool in CONTRACT_POOLS}
        return {pool: held[pool][pool.quote] / held[pool][pool.base] for pool in CONTRACT_POOLS}


async def _world(**settings: Any) -> World:
    return await World(Settings(**settings)).start()


def _drawn(seed: int, steps: int) -> ReferencePrices:
    reference = ReferencePrices(seed)
    for _ in range(steps):
        reference.step()
    return reference


@pytest.mark.parametrize("seed", [1, 7])
async def test_at_genesis_every_pool_holds_its_depth_at_reference_prices(seed: int) -> None:
    world = await _world(seed=seed, traffic_rate=0.0)
    reference = ReferencePrices(seed)
    for pool in CONTRACT_POOLS:
        expected = {code: reference.stroops(code, pool.depth_xlm) for code in (pool.base, pool.quote)}
        assert world.reserves(pool) == expected
        # and the tokens are really there
        for code, amount in expected.items():
            assert world.read(world.at.tokens[code], "balance", v.contract(world.at.pools[pool])) == amount


async def test_contracts_are_where_they_are_said_to_be_and_know_each_other() -> None:
    world = await _world(traffic_rate=0.0)
    at = world.at
    pairs = [pool for pool in CONTRACT_POOLS if pool.kind is Kind.SOROSWAP]
    assert world.read(at.single("factory"), "all_pairs_length") == len(pairs)
    for number, pool in enumerate(pairs):
        asked = (at.token(pool.base), at.token(pool.quote))
        assert v.strkey((v.ADDRESS, world.read(at.single("router"), "router_pair_for", *asked))) == at.pools[pool]
        assert (v.ADDRESS, world.read(at.single("factory"), "all_pairs", v.u32(number))) == v.contract(at.pools[pool])
    for pool in CONTRACT_POOLS:
        if pool.kind is Kind.AQUARIUS:
            assert world.read(at.pools[pool], "get_fee_fraction") == pool.fee_bps
    lent = world.read(at.tokens["XLM"], "balance", v.contract(at.single("flash_lender")))
    assert lent == LENDER_XLM * STROOPS_PER_UNIT


async def test_every_swap_succeeds_and_prices_drift_apart_but_not_away() -> None:
    # given two pools of a pair whose prices agree at first
    world = await _world()
    ledgers = 150
    spread: list[float] = []
    touched: set[str] = set()
    for _ in range(ledgers):
        closed = world.node.close()
        swaps = [tx for tx in closed.txs if tx.frame.soroban is not None]
        assert 1 <= len(swaps) <= 6
        assert all(tx.successful for tx in swaps)
        touched |= {tx.frame.source for tx in swaps}
        prices = world.prices()
        dollars = [price for pool, price in prices.items() if (pool.base, pool.quote) == ("XLM", "USDC")]
        spread.append(max(dollars) / min(dollars) - 1)
    # then they disagree by more than two venues' fees most of the time, and never by a lot
    assert len(touched) > 5
    assert sum(gap > 0.006 for gap in spread[20:]) > 0.8 * len(spread[20:])
    assert max(spread) < 0.2
    # and no pool is far from what its assets are worth
    reference = _drawn(7, ledgers)
    for pool, price in world.prices().items():
        assert abs(price / reference.price(pool.base, pool.quote) - 1) < 0.1, pool.name
        assert 0.8 < world.reserves(pool)[pool.base] / reference.stroops(pool.base, pool.depth_xlm) < 1.25


async def test_the_oracle_says_what_the_books_say_in_every_period() -> None:
    world = await _world()
    oracle, reference = world.at.single("oracle"), ReferencePrices(7)
    assert world.read(oracle, "resolution") == _RESOLUTION
    assert world.read(oracle, "decimals") == DECIMALS
    for _ in range(30):
        world.node.close()
        reference.step()
        now = world.node.ledger.last.close_time
        for code in PRICED:
            answer = world.read(oracle, "lastprice", asset_key(world.at.token(code)))
            record = {key[1]: value[1] for key, value in answer}
            assert record["timestamp"] % _RESOLUTION == 0
            assert now - 2 * _RESOLUTION < record["timestamp"] <= now
            assert abs(record["price"] / 10**DECIMALS / reference.price(code, QUOTE) - 1) < 0.05, code
    history = world.read(oracle, "prices", asset_key(world.at.token("XLM")), v.u32(4))
    times = [{key[1]: value[1] for key, value in record[1]}["timestamp"] for record in history]
    assert [later - earlier for earlier, later in zip(times[1:], times, strict=False)] == [_RESOLUTION] * 3


async def test_the_first_ledger_after_a_pause_brings_prices_of_its_own_time() -> None:
    # given a market that was set up long ago, as every market is when its port opens
    world = await _world()
    world.now = 1_700_001_003.5
    # when one ledger closes
    world.node.close()
    # then the price is of this period
    answer = world.read(world.at.single("oracle"), "lastprice", asset_key(world.at.token("XLM")))
    assert {key[1]: value[1] for key, value in answer}["timestamp"] == 1_700_001_000


async def test_the_detector_lists_the_assets_and_reports_what_drifted_apart() -> None:
    world = await _world()
    detector = world.at.single("detector")
    listed = [{key[1]: value[1] for key, value in entry[1]} for entry in world.read(detector, "get_supported_assets")]
    assert [entry["code"].decode() for entry in listed] == list(CODES)
    assert [entry["issuer"].decode() for entry in listed] == [issuer(code).account_id for code in CODES]
    assert world.read(detector, "is_asset_supported", v.string("EURC")) is True
    everything = v.vec(v.string(code) for code in CODES)
    assert "#3" in world.read(detector, "scan_opportunities", everything, v.i128(1))  # nothing yet: prices agree
    for _ in range(40):
        world.node.close()
    reports = world.read(detector, "scan_opportunities", everything, v.i128(STROOPS_PER_UNIT // 100))
    best = {key[1]: value[1] for key, value in reports[0][1]}
    assert best["estimated_profit"] >= STROOPS_PER_UNIT // 100
    assert 0 < best["buy_price"] < best["sell_price"]
    assert best["confidence_score"] > 9_000


async def test_the_time_of_day_does_not_change_the_pools() -> None:
    morning = await _world()
    evening = await World(Settings(), 1_700_043_211).start()
    for _ in range(10):
        assert morning.node.close().hash != evening.node.close().hash
    assert [morning.reserves(pool) for pool in CONTRACT_POOLS] == [evening.reserves(pool) for pool in CONTRACT_POOLS]


def test_a_running_network_tells_where_its_contracts_are() -> None:
    with running_localnet(traffic="on", manual="on") as network:
        answer = requests.get(f"{network.url}/localnet/contracts", timeout=10).json()
    assert answer["network_passphrase"] == PASSPHRASE
    named = (
        "soroswap_factory",
        "soroswap_router",
        "route_executor",
        "flash_lender",
        "flash_route",
        "oracle",
        "detector",
    )
    found = [answer[name] for name in named]
    tokens = {entry["asset"].split(":")[0]: entry["contract"] for entry in answer["assets"]}
    assert set(tokens) == {"native", *CODES}
    assert len(tokens) == len(ANCHORS)
    pools = [*answer["pairs"], *answer["aquarius_pools"], *answer["phoenix_pools"]]
    assert len(pools) == len(CONTRACT_POOLS)
    for pool in pools:
        assert set(pool["tokens"]) <= set(tokens.values())
        assert sorted(pool["tokens"], key=StrKey.decode_contract) == pool["tokens"]
    assert {pool["fee_bps"] for pool in answer["aquarius_pools"]} == {10, 30}
    found += [pool["contract"] for pool in pools] + list(tokens.values())
    assert len(set(found)) == len(found)
    assert all(StrKey.is_valid_contract(contract) for contract in found)


@pytest.mark.parametrize("options", [{"traffic": "off"}, {"traffic": "on", "soroban": "off"}])
def test_a_network_without_contracts_knows_no_such_page(options: dict[str, str]) -> None:
    with running_localnet(manual="on", **options) as network:
        assert requests.get(f"{network.url}/localnet/contracts", timeout=10).status_code == 404


async def test_code_that_was_tampered_with_is_not_deployed(tmp_path: Path) -> None:
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  oracle.wasm\n")
    (tmp_path / "oracle.wasm").write_bytes(b"\0asm")
    with pytest.raises(GenesisError, match=r"oracle\.wasm is not the file"):
        await _world(wasm_dir=tmp_path)


async def test_a_folder_without_contracts_is_named(tmp_path: Path) -> None:
    with pytest.raises(GenesisError, match="ARB_LOCALNET_WASM_DIR"):
        await _world(wasm_dir=tmp_path)
