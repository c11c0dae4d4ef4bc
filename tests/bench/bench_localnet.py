"""How much of one core localnet needs for 1 s ledgers full of transactions, and how long a contract call takes.

Run by hand (PYTHONPATH=tests) or by `arb bench localnet`: prints one JSON object on one line. The load, sent one by
one through RPC: 200 funded accounts, each with one transaction a ledger, in turn a path payment strict send, one strict
receive, a new offer and a payment; then 100 of those beside 20 swaps through a router over two pools.
"""

import argparse
import asyncio
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

import aiohttp
import uvloop
from stellar_sdk import Account, Asset, Keypair, LiquidityPoolAsset, Network, TransactionBuilder, TransactionEnvelope
from support.contract_load import ContractLoad
from support.localnet import Localnet, running_localnet

TRANSACTIONS, BESIDE_CONTRACTS, SWAPS = 200, 100, 20
SIMULATIONS = 40
CALL_MS = 15.0
"""What each of 20 swaps may take of the half second that 100 classic transactions share with them."""
MEMORY_MIB = 300.0
SENDERS_AT_ONCE = 20
GOAL = 0.5
"""Share of one core that may be used."""


class Load:
    """Accounts with trustlines, a market between XLM and one asset, and transactions for it."""

    def __init__(self, session: aiohttp.ClientSession, url: str, accounts: int) -> None:
        self._session = session
        self._url = url
        self._issuer = Keypair.random()
        self._accounts = [Keypair.random() for _ in range(accounts)]
        self._sequences: dict[str, int] = {}
        self._asset = Asset("USDC", self._issuer.public_key)

    async def call(self, method: str, **params: object) -> dict[str, Any]:
        """One JSON-RPC call."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        async with self._session.post(f"{self._url}/rpc", json=body) as response:
            answer = await response.json()
        return dict(answer["result"])

    async def prepare(self) -> None:
        """Fund the accounts, give each 10,000 of the asset, and open a book and a pool."""
        everyone = [self._issuer, *self._accounts]
        await asyncio.gather(*(self._fund(key) for key in everyone))
        native = Asset.native()
        for key in self._accounts:
            builder = self._builder(key).append_change_trust_op(self._asset)
            await self._send(self._signed(builder, key))
        await self._ledgers(2)
        for batch in range(0, len(self._accounts), 50):
            builder = self._builder(self._issuer)
            for key in self._accounts[batch : batch + 50]:
                builder.append_payment_op(key.public_key, self._asset, "10000")
            await self._send(self._signed(builder, self._issuer))
            await self._ledgers(2)
        maker = self._accounts[0]
        pool = LiquidityPoolAsset(native, self._asset)
        builder = self._builder(maker).append_change_trust_op(pool)
        builder.append_liquidity_pool_deposit_op(pool.liquidity_pool_id, "5000", "5000", "0.1", "10")
        await self._send(self._signed(builder, maker))
        builder = self._builder(self._accounts[1])
        for step in range(20):
            builder.append_manage_sell_offer_op(self._asset, native, "200", f"1.{step:02d}")
        await self._send(self._signed(builder, self._accounts[1]))
        await self._ledgers(2)

    def transactions(self) -> list[TransactionEnvelope]:
        """One signed transaction of every account, four kinds in turn."""
        native, asset, built = Asset.native(), self._asset, []
        for index, key in enumerate(self._accounts):
            builder = self._builder(key)
            to = self._accounts[(index + 1) % len(self._accounts)].public_key
            if index % 4 == 0:
                builder.append_path_payment_strict_send_op(to, native, "0.5", asset, "0.0000001", [])
            elif index % 4 == 1:
                builder.append_path_payment_strict_receive_op(to, asset, "5", native, "0.1", [])
            elif index % 4 == 2:
                builder.append_manage_sell_offer_op(asset, native, "1", f"2.{index:03d}")
            else:
                builder.append_payment_op(to, native, "0.1")
            built.append(self._signed(builder, key))
        return built

    async def contracts(self, traders: int) -> ContractLoad:
        """Contracts of the same issuer and as many new accounts that trade through them."""
        keys = [Keypair.random() for _ in range(traders)]
        await asyncio.gather(*(self._fund(key) for key in keys))
        load = ContractLoad(self.call, self._builder, self._ledgers, self._issuer, keys)
        await load.prepare()
        return load

    async def send_all(self, envelopes: list[str]) -> dict[str, int]:
        """Send packed envelopes, some at once; the answers by status."""
        statuses: dict[str, int] = {}
        waiting = iter(envelopes)

        async def sender() -> None:
            for envelope in waiting:
                status = (await self.call("sendTransaction", transaction=envelope))["status"]
                statuses[status] = statuses.get(status, 0) + 1

        await asyncio.gather(*(sender() for _ in range(SENDERS_AT_ONCE)))
        return statuses

    async def latest(self) -> int:
        """The number of the last closed ledger."""
        return int((await self.call("getLatestLedger"))["sequence"])

    async def applied(self, start: int) -> dict[int, list[str]]:
        """The outcome of every transaction since a ledger, by ledger."""
        outcomes: dict[int, list[str]] = {}
        params: dict[str, object] = {"startLedger": start, "pagination": {"limit": 200}}
        while True:
            page = await self.call("getTransactions", **params)
            for transaction in page["transactions"]:
                outcomes.setdefault(transaction["ledger"], []).append(transaction["status"])
            if len(page["transactions"]) < 200:
                return outcomes
            params = {"pagination": {"limit": 200, "cursor": page["cursor"]}}

    async def _fund(self, key: Keypair) -> None:
        async with self._session.get(f"{self._url}/friendbot", params={"addr": key.public_key}) as response:
            response.raise_for_status()
        async with self._session.get(f"{self._url}/accounts/{key.public_key}") as response:
            self._sequences[key.public_key] = int((await response.json())["sequence"])

    def _builder(self, key: Keypair) -> TransactionBuilder:
        account = Account(key.public_key, self._sequences[key.public_key])
        self._sequences[key.public_key] += 1
        return TransactionBuilder(account, Network.STANDALONE_NETWORK_PASSPHRASE, 100).add_time_bounds(0, 0)

    def _signed(self, builder: TransactionBuilder, key: Keypair) -> TransactionEnvelope:
        envelope = builder.build()
        envelope.sign(key)
        return envelope

    async def _send(self, envelope: TransactionEnvelope) -> None:
        answer = await self.call("sendTransaction", transaction=envelope.to_xdr())
        if answer["status"] != "PENDING":
            raise RuntimeError(f"the load could not be prepared: {answer}")

    async def _ledgers(self, count: int) -> None:
        await self.reach(await self.latest() + count)

    async def reach(self, ledger: int) -> None:
        """Wait until a ledger has closed."""
        while await self.latest() < ledger:  # noqa: ASYNC110 - the network is another process
            await asyncio.sleep(0.05)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def row(name: str, value: float, unit: str, peer: str, most: float) -> dict[str, Any]:
    """A figure that has to stay at or below its peer's."""
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "peer": peer,
        "peer_value": most,
        "ratio": round(value / most, 3),
        "goal": 1.0,
        "holds": value <= most,
    }


def rate(name: str, milliseconds: float) -> dict[str, Any]:
    """Calls a second of something that takes so long; the ratio is of times, as in every row."""
    per_second = {"value": round(1_000 / milliseconds, 1), "unit": "calls/s", "peer_value": round(1_000 / CALL_MS, 1)}
    return {**row(name, milliseconds, "ms", "as many as 15 ms each allow", CALL_MS), **per_second}


async def share_of_a_core(
    load: Load, contracts: ContractLoad | None, network: Localnet, ledgers: int
) -> tuple[float, dict[str, Any]]:
    """The share of a core that as many full ledgers take, and how their transactions went."""
    pid, start = network.process.pid, await load.latest()
    cpu = wall = 0.0
    statuses: dict[str, int] = {}
    for _ in range(ledgers):
        built = load.transactions() + (contracts.transactions() if contracts is not None else [])
        envelopes = [envelope.to_xdr() for envelope in built]
        before, began, latest = cpu_seconds(pid), time.monotonic(), await load.latest()
        for status, count in (await load.send_all(envelopes)).items():
            statuses[status] = statuses.get(status, 0) + count
        await load.reach(latest + 2)
        cpu += cpu_seconds(pid) - before
        wall += time.monotonic() - began
    outcomes = await load.applied(start + 1)
    counts = [len(found) for found in outcomes.values()]
    failed = sum(status != "SUCCESS" for found in outcomes.values() for status in found)
    detail = {"applied": sum(counts), "failed": failed, "largest_ledger": max(counts)}
    return cpu / ledgers, {**detail, "statuses": statuses, "wall": round(wall, 3)}


def peak_mib(pid: int) -> float:
    """The most memory a process has held so far."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1_024


async def measure(ledgers: int) -> dict[str, Any]:
    """Every figure, each network a process of its own."""
    with running_localnet(ledger_seconds=1.0, damping="off") as network:
        async with aiohttp.ClientSession() as session:
            load = Load(session, network.url, TRANSACTIONS)
            await load.prepare()
            classic, detail = await share_of_a_core(load, None, network, ledgers)
    with running_localnet(ledger_seconds=1.0, damping="off") as network:
        async with aiohttp.ClientSession() as session:
            load = Load(session, network.url, BESIDE_CONTRACTS)
            await load.prepare()
            contracts = await load.contracts(SWAPS)
            mixed, mixed_detail = await share_of_a_core(load, contracts, network, ledgers)
            executed = await milliseconds_of_a_swap(load, contracts, network)
            simulated = await milliseconds_of_a_simulation(load, contracts, network)
            memory = peak_mib(network.process.pid)
    half, calls = "half a core", "what a 1 s ledger leaves each of 20"
    rows = [
        row("core share at 200 transactions a 1 s ledger", classic, "cores", half, GOAL),
        row("core share at 100 classic and 20 contract transactions a 1 s ledger", mixed, "cores", half, GOAL),
        row("a swap over two pools, executed", executed, "ms", calls, CALL_MS),
        row("a swap over two pools, simulated", simulated, "ms", calls, CALL_MS),
        rate("swaps over two pools executed on one core", executed),
        rate("swaps over two pools simulated on one core", simulated),
        row("peak memory with contracts", memory, "MiB", "a small container", MEMORY_MIB),
    ]
    return {"bench": "localnet", "rows": rows, "detail": {**detail, "mixed": mixed_detail}}


async def milliseconds_of_a_swap(load: Load, contracts: ContractLoad, network: Localnet) -> float:
    """Median CPU time of a swap from submission to its closed ledger, over ledgers of nothing but swaps."""
    times = []
    for _ in range(5):
        envelopes = [envelope.to_xdr() for envelope in contracts.transactions()]
        latest, before = await load.latest(), cpu_seconds(network.process.pid)
        await load.send_all(envelopes)
        await load.reach(latest + 2)
        times.append((cpu_seconds(network.process.pid) - before) * 1_000 / SWAPS)
    return statistics.median(times)


async def milliseconds_of_a_simulation(load: Load, contracts: ContractLoad, network: Localnet) -> float:
    """Median CPU time of a simulateTransaction, request and answer included, over a few dozens at a time."""
    envelope, times = contracts.simulated_swap(), []
    for _ in range(5):
        before = cpu_seconds(network.process.pid)
        for _ in range(SIMULATIONS):
            answer = await load.call("simulateTransaction", transaction=envelope)
            assert "error" not in answer, answer
        times.append((cpu_seconds(network.process.pid) - before) * 1_000 / SIMULATIONS)
    return statistics.median(times)


def main() -> int:
    """Print the figures; exit code 1 if the goal is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ledgers", type=int, default=10)
    result = uvloop.run(measure(parser.parse_args().ledgers))
    print(json.dumps(result))
    return 0 if all(row["holds"] for row in result["rows"]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
