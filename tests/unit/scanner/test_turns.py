"""Contract routes wait until the basket of their ledger has left, and for nothing else."""

import asyncio

from arb.scanner.app.turns import BasketsFirst


async def test_routes_wait_for_the_basket_of_their_ledger() -> None:
    turns = BasketsFirst()
    turns.done(6)
    waiting = asyncio.create_task(turns.wait(7))
    await asyncio.sleep(0)
    assert not waiting.done()

    turns.done(7)
    await waiting


async def test_a_ledger_whose_basket_has_left_is_not_waited_for() -> None:
    turns = BasketsFirst()
    turns.done(8)
    # An older ledger that is reported late takes nothing back.
    turns.done(7)

    async with asyncio.timeout(5):
        await turns.wait(8)


async def test_a_market_that_is_being_read_anew_does_not_hold_up_routes_for_ever() -> None:
    async with asyncio.timeout(5):
        await BasketsFirst().wait(1)
