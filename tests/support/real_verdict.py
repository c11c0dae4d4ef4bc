"""What a run of the real platform is held to: by its ledger and by the verifier of its record."""

import asyncio
from collections import Counter, defaultdict
from contextlib import suppress

from support.fault_ledger import ENDS, OnLedger, transactions_since
from support.real_platform import RealPlatform

from arb.cli import ledger_balances, record
from arb.contracts.rpc import RpcClient
from arb.eventlog.audit import AuditReport
from arb.messages.events.account import AccountTransactionSigned, MovedByOthers
from arb.messages.events.trade import TradeConfirmed, TradeFailed, TradeRebid, TradeSigned
from arb.messages.subjects import every

BOOKING_SECONDS = 10.0
"""What others did in the last ledgers may still be about to be booked."""


async def is_exact(platform: RealPlatform) -> Counter[str]:
    """Hold a run that has come to rest to all laws; how its trades ended.

    Every trade has one end and at most one envelope; what is in the ledger is what the ends say, and nothing else is
    there from our accounts; balances are what the events add up to, to the stroop; the record is whole.
    """
    found, off = await _differences(platform)
    with suppress(TimeoutError):
        async with asyncio.timeout(BOOKING_SECONDS):
            while off:
                found, off = await _differences(platform)
    assert off == []
    verdict = await record.verify(platform.bus.store, platform.state.path)
    assert verdict.ok, verdict.first_bad
    ends = await _ends_by_ledger(platform, await _on_ledger(platform, set(found.balances)))
    assert not [log for log in platform.state.logs.glob("*.log") if "record_not_trusted" in log.read_text()]
    return ends


async def _differences(platform: RealPlatform) -> tuple[AuditReport, list[ledger_balances.Difference]]:
    found = await record.report(platform.bus.store)
    held = await ledger_balances.on_ledger(found.balances, platform.network.url)
    return found, ledger_balances.differences(found, held)


async def _on_ledger(platform: RealPlatform, own: set[str]) -> dict[str, OnLedger]:
    """Every transaction of ours, by hash."""
    rpc = RpcClient([platform.network.rpc_url])
    try:
        return {each.hash: each for each in await transactions_since(rpc, 2, own) if each.ours}
    finally:
        await rpc.close()


async def _ends_by_ledger(platform: RealPlatform, ledger: dict[str, OnLedger]) -> Counter[str]:
    envelopes: dict[str, TradeSigned] = {}
    hashes: defaultdict[str, set[str]] = defaultdict(set)
    """By trade: its envelope's and, if one was made, that of the fee bump around the same transaction."""
    ends: dict[str, str] = {}
    planned, booked = set(), set()
    places: Counter[tuple[str, int]] = Counter()
    async for recorded in platform.bus.store.replay(every("trade")):
        trade, fact = recorded.aggregate.id, recorded.fact
        planned.add(trade)
        if isinstance(fact, TradeSigned):
            assert trade not in envelopes, f"trade {trade} has a second envelope"
            envelopes[trade] = fact
            hashes[trade].add(fact.tx_hash)
        elif isinstance(fact, TradeRebid):
            hashes[trade].add(fact.tx_hash)
        elif isinstance(fact, ENDS):
            assert trade not in ends, f"trade {trade} ends twice"
            ends[trade] = recorded.type.split(".")[2]
            found = [ledger[tx_hash] for tx_hash in hashes[trade] if tx_hash in ledger]
            assert len(found) <= 1, f"trade {trade} is in the ledger twice"
            included = found[0] if found else None
            due = {TradeConfirmed: True, TradeFailed: False}.get(type(fact))
            assert (included.successful if included else None) == due, f"trade {trade} is {recorded.type}: {included}"
            if included:
                places[envelopes[trade].source, envelopes[trade].sequence] += 1
    assert planned == set(ends), f"without an end: {planned - set(ends)}"
    assert not places or max(places.values()) == 1
    async for recorded in platform.bus.store.replay(every("account")):
        if isinstance(recorded.fact, AccountTransactionSigned | MovedByOthers):
            booked.add(recorded.fact.tx_hash)
    unknown = set(ledger) - booked - set().union(*hashes.values())
    assert not unknown, f"in the ledger, and on no record: {unknown}"
    return Counter(ends.values())
