"""Contract pools of a still local network: one pushed away, and the route that pays then, by the scanner's own code."""

import hashlib
import json
import urllib.request
from contextlib import suppress
from typing import Any

from support.arbitrage import PASSPHRASE, applied
from support.localnet import Localnet

from arb.contracts.entries import AccountKey, AccountState, decode_entry, key_text
from arb.contracts.horizon import HorizonClient
from arb.contracts.interfaces import InterfaceCache
from arb.contracts.invocation.attended import Attended
from arb.contracts.invocation.operations import InvokeContract
from arb.contracts.invocation.outcomes import Succeeded
from arb.contracts.routes.call import Venue
from arb.contracts.rpc import RpcClient
from arb.contracts.transactions import Signer, build_transaction, change_trust, sign
from arb.contracts.venues.pool_entries import PoolAt
from arb.contracts.venues.reserves import ReserveReader
from arb.contracts.venues.soroswap import SoroswapFactory
from arb.markets.amount import parse_amount
from arb.markets.asset import NATIVE
from arb.markets.soroban.routes import best_route
from arb.markets.soroban.tokens import AssetTokens, asset_contract
from arb.markets.universe import default_universe
from arb.messages.events.opportunity import OpportunityFound, opportunity_id
from arb.messages.plan import Plan
from arb.runtime.clock import SystemClock
from arb.scanner.adapters.contract_pools import ContractPools
from arb.scanner.domain.contract_plans import RoutePlanner
from arb.scanner.ports import LedgerClose, MarketUnreadError

FEE = 1_000_000
XLM = asset_contract(NATIVE, PASSPHRASE)
USDC = next(asset for asset in default_universe("LOCAL") if asset.code == "USDC")
DOLLARS = asset_contract(USDC, PASSPHRASE)
FOREVER = 2**64 - 1


def deployed(network: Localnet) -> dict[str, Any]:
    """The contracts of the seeded market."""
    with urllib.request.urlopen(f"{network.url}/localnet/contracts", timeout=5) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


class Stranger:
    """An account of somebody else who swaps XLM for USDC on the Soroswap pair, and back."""

    def __init__(self, network: Localnet, name: str = "stranger") -> None:
        self._network = network
        self._signer = Signer(hashlib.sha256(name.encode()).digest())
        self._router = deployed(network)["soroswap_router"]

    async def arrive(self) -> None:
        """Funded, with a trustline for USDC."""
        horizon, rpc = HorizonClient(self._network.url), RpcClient([self._network.rpc_url])
        try:
            await horizon.friendbot(f"{self._network.url}/friendbot", self._signer.address)
            key = key_text(AccountKey(self._signer.address))
            state = decode_entry((await rpc.get_ledger_entries([key])).entries[key])
            assert isinstance(state, AccountState)
            unsigned = build_transaction(
                [change_trust(USDC, 2**63 - 1)],
                source=self._signer.address,
                sequence=state.sequence + 1,
                fee=1_000,
                max_time=2**40,
                passphrase=PASSPHRASE,
            )
            sent = await rpc.send_transaction(sign(unsigned, self._signer).envelope_xdr)
            assert await applied(rpc, sent.hash)
        finally:
            await horizon.close()
            await rpc.close()

    async def swap(self, amount: int) -> None:
        """Exactly `amount` stroops of XLM into the pair; returns once it is in a ledger."""
        await self._swap(amount, [XLM, DOLLARS])

    async def swap_back(self) -> None:
        """All the USDC held into the pair: its price returns to about where it was."""
        horizon = HorizonClient(self._network.url)
        try:
            account = await horizon.account(self._signer.address)
        finally:
            await horizon.close()
        assert account is not None
        (held,) = (line["balance"] for line in account["balances"] if line.get("asset_code") == USDC.code)
        await self._swap(parse_amount(held), [DOLLARS, XLM])

    async def _swap(self, amount: int, path: list[str]) -> None:
        rpc = RpcClient([self._network.rpc_url])
        try:
            interface = (await InterfaceCache().of(rpc, self._router))[1]
            arguments = interface.encode_arguments(
                "swap_exact_tokens_for_tokens", [amount, 0, path, self._signer.address, FOREVER]
            )
            call = InvokeContract(self._router, "swap_exact_tokens_for_tokens", tuple(arguments))
            outcome = await Attended(rpc, PASSPHRASE, self._signer).run(call)
            assert isinstance(outcome, Succeeded), outcome
        finally:
            await rpc.close()


async def find_route(
    network: Localnet, *, largest: int = 1_000_0000000, executor: str | None = None
) -> OpportunityFound:
    """What the scanner finds in the contract pools at the network's newest ledger."""
    contracts = deployed(network)
    rpc, horizon = RpcClient([network.rpc_url]), HorizonClient(network.url)
    try:
        named = [PoolAt(Venue.AQUARIUS, pool["contract"]) for pool in contracts["aquarius_pools"]]
        named += [PoolAt(Venue.PHOENIX, pool["contract"]) for pool in contracts["phoenix_pools"]]
        factory = SoroswapFactory(rpc, contracts["soroswap_factory"], InterfaceCache())
        market = ContractPools(ReserveReader(rpc), named, factory)
        async for closed in horizon.stream_ledgers():
            close = LedgerClose(closed.sequence, closed.closed_at, closed.base_fee, SystemClock().micros())
            with suppress(MarketUnreadError):  # on a slow machine the next ledger may have closed by now
                seen = await market.read(close)
                break
    finally:
        await rpc.close()
        await horizon.close()
    assert not seen.skipped
    route = best_route(seen.pools, XLM, cost=FEE, largest=largest, most_hops=3)
    assert route is not None, "the contract pools hold no arbitrage"
    tokens = AssetTokens(PASSPHRASE, default_universe("LOCAL"))
    plan = RoutePlanner(executor or contracts["route_executor"], tokens, FEE).plan(route)
    return opportunity_of(plan, close)


def opportunity_of(plan: Plan, close: LedgerClose) -> OpportunityFound:
    """The event of a plan."""
    return OpportunityFound(
        id=opportunity_id(PASSPHRASE, close.ledger, plan),
        network_passphrase=PASSPHRASE,
        ledger=close.ledger,
        close_time=close.close_time,
        seen_at_us=close.seen_at_us,
        base_fee=close.base_fee,
        plan=plan,
    )
