"""Sets the contracts of the seeded market up: real transactions with one call each, as few ledgers as they fit in."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Final

from stellar_sdk import xdr

from arb.localnet.node.node import Node
from arb.localnet.soroban import values as v
from arb.localnet.soroban.identity import wasm_hash
from arb.localnet.soroban.values import HostValue
from arb.localnet.traffic.actors import Actor, issuer
from arb.localnet.traffic.contracts import calls
from arb.localnet.traffic.contracts.caller import Caller
from arb.localnet.traffic.contracts.deployment import SINGLE, Deployment, deployer, keeper
from arb.localnet.traffic.contracts.oracle import DECIMALS, PRICED, QUOTE, asset_key
from arb.localnet.traffic.contracts.universe import CONTRACT_POOLS, LENDER_XLM, ContractPool, Kind
from arb.localnet.traffic.desk import Desk
from arb.localnet.traffic.errors import GenesisError
from arb.localnet.traffic.genesis import close
from arb.localnet.traffic.model import ReferencePrices
from arb.localnet.traffic.treasury import Endowment, treasury
from arb.localnet.traffic.universe import CODES, asset
from arb.markets.amount import STROOPS_PER_UNIT

UPLOADED: Final = (*SINGLE, "pair", "aquarius_pool", "phoenix_pool")
"""The wasm that goes on the ledger; `token` is for networks without classic assets."""
_SPREAD_BPS: Final = 1_000
"""What Phoenix's pools let one trade move them."""
_DEPLOYER_XLM: Final = 2_000.0
_SPARE_XLM: Final = 1_000.0

Step = tuple[Actor, xdr.Operation]


def endowments() -> Iterator[Endowment]:
    """What those who deploy and keep contracts hold: worth in XLM by code."""
    for wasm in UPLOADED:
        yield Endowment(deployer(wasm), {"XLM": _DEPLOYER_XLM})
    for pool in CONTRACT_POOLS:
        worth = {"XLM": _SPARE_XLM, pool.base: float(pool.depth_xlm), pool.quote: float(pool.depth_xlm)}
        if pool.base == "XLM":
            worth["XLM"] += _SPARE_XLM
        yield Endowment(keeper(pool), worth)


class ContractGenesis:
    """Deploys everything once the accounts and their balances are there."""

    def __init__(
        self, node: Node, desk: Desk, reference: ReferencePrices, deployment: Deployment, wasm: Mapping[str, bytes]
    ) -> None:
        self._node = node
        self._desk = desk
        self._caller = Caller(node, desk)
        self._reference = reference
        self._at = deployment
        self._wasm = wasm

    def run(self, resolution: int) -> None:
        """Deploy; the oracle's records carry multiples of `resolution` seconds.

        Raises:
            GenesisError: a contract's code is missing, or the network refused a part.
        """
        missing = [name for name in UPLOADED if name not in self._wasm]
        if missing:
            raise GenesisError(f"genesis: no code of {', '.join(missing)} among the contracts")
        self.ledger((*self._uploads(), *self._asset_contracts()))
        self.ledger((*self._singles(resolution), *self._pools()))
        self.ledger((*self._first_calls(), *self._deposits()))
        # Each in a ledger of its own, so that lists of contracts do not hang on the order of application.
        for side_by_side in zip_longest(self._pairs(), self._detector_calls()):
            self.ledger(step for step in side_by_side if step is not None)

    def ledger(self, steps: Iterable[Step]) -> None:
        """One ledger with these calls. Raises GenesisError unless all succeed."""
        for source, operation in steps:
            refusal = self._caller.send(source, operation)
            if refusal is not None:
                raise GenesisError(f"genesis: the call of {source.role} was refused: {refusal}")
        close(self._node, self._desk)

    def _uploads(self) -> Iterator[Step]:
        for name in UPLOADED:
            yield deployer(name), calls.upload(deployer(name), self._wasm[name])

    def _asset_contracts(self) -> Iterator[Step]:
        for code in self._at.tokens:
            who = issuer(code) if code in CODES else treasury()
            yield who, calls.create_asset_contract(who, asset(code))

    def _singles(self, resolution: int) -> Iterator[Step]:
        oracle, detector = (v.account(deployer(name).account_id) for name in ("oracle", "detector"))
        priced = v.vec(asset_key(self._at.token(code)) for code in PRICED)
        base = asset_key(self._at.token(QUOTE))
        constructed: dict[str, tuple[HostValue, ...]] = {
            "oracle": (oracle, base, priced, v.u32(DECIMALS), v.u32(resolution)),
            "detector": (detector, self._at.token("XLM")),
        }
        for name in SINGLE:
            yield deployer(name), self._creation(deployer(name), name, *constructed.get(name, ()))

    def _pools(self) -> Iterator[Step]:
        for pool in CONTRACT_POOLS:
            who, tokens = keeper(pool), [self._at.token(code) for code in self._at.sorted_codes(pool)]
            if pool.kind is Kind.AQUARIUS:
                yield who, self._creation(who, "aquarius_pool", v.vec(tokens), v.u32(pool.fee_bps))
            elif pool.kind is Kind.PHOENIX:
                numbers = v.i64(pool.fee_bps), v.i64(_SPREAD_BPS), v.account(who.account_id)
                yield who, self._creation(who, "phoenix_pool", *tokens, *numbers)

    def _creation(self, who: Actor, name: str, *arguments: HostValue) -> xdr.Operation:
        return calls.create(who, wasm_hash(self._wasm[name]), *arguments)

    def _first_calls(self) -> Iterator[Step]:
        pair_code = v.bytes_(wasm_hash(self._wasm["pair"]))
        yield self._call("factory", "initialize", v.account(deployer("factory").account_id), pair_code)
        yield self._call("router", "initialize", v.contract(self._at.single("factory")))
        oracle = v.contract(self._at.single("oracle"))[1][1]
        yield self._call("detector", "set_reflector_contract_id", v.bytes_(oracle))
        lent = v.i128(LENDER_XLM * STROOPS_PER_UNIT)
        sides = v.account(treasury().account_id), v.contract(self._at.single("flash_lender"))
        yield treasury(), calls.invoke(treasury(), self._at.tokens["XLM"], "transfer", *sides, lent)

    def _deposits(self) -> Iterator[Step]:
        """Into the pools that no factory makes, at reference prices."""
        for pool, address in self._at.pools.items():
            who, (a, b) = keeper(pool), self._amounts(pool, *self._at.sorted_codes(pool))
            me = v.account(who.account_id)
            if pool.kind is Kind.AQUARIUS:
                amounts = v.vec((v.u128(a), v.u128(b)))
                yield who, calls.invoke(who, address, "deposit", me, amounts, v.u128(0))
            elif pool.kind is Kind.PHOENIX:
                wanted = v.i128(a), v.VOID, v.i128(b), v.VOID, v.VOID, v.VOID, v.FALSE
                yield who, calls.invoke(who, address, "provide_liquidity", me, *wanted)

    def _pairs(self) -> Iterator[Step]:
        """The router has the factory make a pair for the first deposit."""
        for pool in CONTRACT_POOLS:
            if pool.kind is Kind.SOROSWAP:
                who, codes = keeper(pool), (pool.base, pool.quote)
                amounts = [v.i128(amount) for amount in self._amounts(pool, *codes)]
                tokens = [self._at.token(code) for code in codes]
                rest = v.i128(0), v.i128(0), v.account(who.account_id), calls.FOREVER
                router = self._at.single("router")
                yield who, calls.invoke(who, router, "add_liquidity", *tokens, *amounts, *rest)

    def _detector_calls(self) -> Iterator[Step]:
        """The assets, then the pools of each against XLM; pairs last, for they are being made meanwhile."""
        for code in CODES:
            listed = v.string(code), v.string(issuer(code).account_id), self._at.token(code)
            yield self._call("detector", "add_asset", *listed)
        for pool in sorted(CONTRACT_POOLS, key=lambda pool: pool.kind is Kind.SOROSWAP):
            if pool.base == "XLM":
                address = v.contract(self._at.pools[pool])
                market = v.string(pool.quote), v.string(pool.name), v.u32(pool.kind.value), address
                yield self._call("detector", "add_market", *market)

    def _call(self, name: str, function: str, *arguments: HostValue) -> Step:
        """A call on one of `SINGLE` by its deployer."""
        return deployer(name), calls.invoke(deployer(name), self._at.single(name), function, *arguments)

    def _amounts(self, pool: ContractPool, *codes: str) -> tuple[int, ...]:
        return tuple(self._reference.stroops(code, pool.depth_xlm) for code in codes)
