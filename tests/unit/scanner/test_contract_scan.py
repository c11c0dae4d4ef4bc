"""Contract pools ledger by ledger: what is published, what is left out, and that both are on record."""

from itertools import pairwise

from support.contract_market import DOLLARS, EXECUTOR, FEE, PAIR, PHOENIX, USDC, XLM, Scans, close, pools

from arb.messages import subjects
from arb.messages.events.venue import VenueReadmitted, VenueSkipped
from arb.messages.routes import SorobanRoute
from arb.scanner.ports import PoolOut

OUT = PoolOut(PHOENIX, "phoenix", "archived", "its data is archived")


async def test_a_route_that_pays_is_published_with_the_pools_own_figures() -> None:
    scans = Scans()
    found = await scans.routes.on_ledger(close(7))
    assert found is not None
    plan = found.plan
    assert isinstance(plan, SorobanRoute)
    assert (plan.base, plan.base_token, plan.executor) == ("native", XLM, EXECUTOR)
    # Each step is what its pool quotes for what the step before brought
    by_contract = {pool.contract: pool for pool in pools()}
    for step in plan.steps:
        assert by_contract[step.pool].quote_in(step.token_in, step.token_out, step.amount_in) == step.amount_out
    assert all(before.amount_out == after.amount_in for before, after in pairwise(plan.steps))
    assert plan.profit == plan.steps[-1].amount_out - plan.amount_in
    assert plan.net_profit == plan.profit - FEE > 0
    assert plan.min_profit == FEE
    # and reads as what it is
    assert plan.paths == (("native", str(USDC), "native"),)
    assert plan.claims == {PAIR, PHOENIX}
    assert [swap[:2] for swap in plan.swaps] == [("native", str(USDC)), (str(USDC), "native")]
    assert {step.token_out for step in plan.steps} == {XLM, DOLLARS}


async def test_pools_in_balance_give_nothing() -> None:
    scans = Scans()
    scans.script.pools = pools(off_bps=0)
    assert await scans.routes.on_ledger(close(7)) is None
    assert (scans.routes.scanned, len(scans.routes.pools)) == (1, 2)


async def test_nothing_is_searched_while_the_engine_stands_or_once_a_newer_ledger_closed() -> None:
    idle = Scans(running=False)
    assert await idle.routes.on_ledger(close(7)) is None
    assert (idle.routes.scanned, len(idle.routes.pools)) == (0, 2)
    late = Scans()
    late.script.newest = 8
    assert await late.routes.on_ledger(close(7)) is None
    assert late.publisher.dropped == {"contract_ledger_outdated": 1}


async def test_pools_that_cannot_be_read_are_counted_and_tried_again() -> None:
    scans = Scans()
    scans.script.unread = True
    assert await scans.routes.on_ledger(close(6)) is None
    assert scans.publisher.dropped == {"contract_pools_unread": 1}
    scans.script.unread = False
    assert await scans.routes.on_ledger(close(7)) is not None


async def test_a_pool_left_out_is_one_event_until_it_is_back() -> None:
    scans = Scans()
    scans.script.pools, scans.script.skipped = pools()[:1], (OUT,)
    for ledger in (5, 6, 7):
        assert await scans.routes.on_ledger(close(ledger)) is None
    skipped = VenueSkipped(venue="phoenix", ledger=5, code="archived", reason="its data is archived")
    assert await scans.facts(subjects.every("venue")) == [skipped]
    # when it is out for another reason, that is said; a restarted scanner knows; and its return is said too
    again = Scans(scans.stream)
    await again.venues.load()
    again.script.pools, again.script.skipped = pools()[:1], (OUT._replace(code="empty"),)
    await again.routes.on_ledger(close(7))
    again.script.pools, again.script.skipped = pools(), ()
    await again.routes.on_ledger(close(7))
    facts = await again.facts(subjects.every("venue"))
    assert [type(fact) for fact in facts] == [VenueSkipped, VenueSkipped, VenueReadmitted]
    assert [fact.code for fact in facts if isinstance(fact, VenueSkipped)] == ["archived", "empty"]
