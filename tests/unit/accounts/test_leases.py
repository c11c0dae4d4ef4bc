"""Of one channel, and of one trade, at most one envelope that may still be applied is ever signed."""

import asyncio
import contextlib
from collections import defaultdict
from typing import TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.sequences import Sequences

from arb.accounts.adapters.signers import KeystoreSigner
from arb.accounts.books import Books
from arb.accounts.domain.policy import Present, SigningPolicy
from arb.accounts.signing import SigningDesk
from arb.contracts.transactions import Cycle, build_basket
from arb.eventlog import MemoryEventStore, MemoryStream
from arb.markets.asset import NATIVE
from arb.markets.universe import default_universe
from arb.messages.base import Fact
from arb.messages.commands.accounts import SignedTransaction
from arb.messages.events.account import AccountAdopted, SigningRefused, TradeEnvelopeSigned
from arb.messages.subjects import account, every
from arb.runtime.clock import SystemClock
from arb.runtime.errors import Refusal

PASSPHRASE = "Standalone Network ; February 2017"
NOW = 1_700_000_000
LIFE = 60
TRADER, ONE, TWO = (KeystoreSigner(seed * 32) for seed in (b"t", b"1", b"2"))
CHANNELS = (ONE.address, TWO.address)
POLICY = SigningPolicy(TRADER.address, frozenset(CHANNELS), max_fee=10_000_000, max_amount=10**12)
F = TypeVar("F", bound=Fact)
CYCLE = Cycle((NATIVE, default_universe("LOCAL")[-1], NATIVE), 100, 101)


def envelope(channel: str, sequence: int, *, max_time: int = NOW + LIFE, fee: int = 100) -> str:
    return build_basket(
        [CYCLE], channel=channel, trading=TRADER.address, sequence=sequence, fee=fee, max_time=max_time,
        passphrase=PASSPHRASE,
    ).envelope_xdr  # fmt: skip


class Desk:
    """One life of the signer over a record that outlives it."""

    def __init__(self, stream: MemoryStream, sequences: Sequences) -> None:
        self.closed_at = NOW
        self.books = Books(MemoryEventStore("/arb/accounts", stream), SystemClock().now)
        self.signing = SigningDesk(
            self.books,
            {signer.address: signer for signer in (TRADER, ONE, TWO)},
            POLICY,
            PASSPHRASE,
            lambda: Present(self.closed_at, NOW),
            sequences,
        )

    async def adopt(self) -> "Desk":
        await self.books.adopt(
            AccountAdopted(account=address, role="channel", index=index, network_passphrase=PASSPHRASE)
            for index, address in enumerate(CHANNELS)
        )
        return self


class World:
    def __init__(self) -> None:
        self.stream = MemoryStream()
        self.sequences = Sequences()

    async def desk(self) -> Desk:
        return await Desk(self.stream, self.sequences).adopt()

    async def facts(self, kind: type[F]) -> list[F]:
        store = MemoryEventStore("/test", self.stream)
        return [r.fact async for r in store.replay(every("account")) if isinstance(r.fact, kind)]


@pytest.fixture
def world() -> World:
    return World()


async def refused(desk: Desk, envelope_xdr: str, trade_id: str) -> str:
    with pytest.raises(Refusal) as refusal:
        await desk.signing.sign(envelope_xdr, trade_id)
    assert refusal.value.retryable
    return refusal.value.code


async def test_a_channel_is_given_to_one_trade_until_its_number_is_used_up(world: World) -> None:
    desk = await world.desk()
    await desk.signing.sign(envelope(CHANNELS[0], 5), "first")
    # while the envelope may live nobody else gets the channel, whatever number he asks for
    assert await refused(desk, envelope(CHANNELS[0], 5), "second") == "channel_taken"
    assert await refused(desk, envelope(CHANNELS[0], 6), "second") == "channel_taken"
    # but any other
    await desk.signing.sign(envelope(CHANNELS[1], 5), "second")
    # and who saw the number used up before we did is believed once the ledger says so too
    world.sequences.ledger[CHANNELS[0]] = 5
    await desk.signing.sign(envelope(CHANNELS[0], 6), "third")
    assert [fact.trade_id for fact in await world.facts(TradeEnvelopeSigned)] == ["first", "second", "third"]


async def test_the_ledger_is_asked_only_when_the_last_look_does_not_settle_it(world: World) -> None:
    desk = await world.desk()
    await desk.signing.sign(envelope(CHANNELS[0], 5), "first")
    world.sequences.looked[CHANNELS[0]] = 5
    await desk.signing.sign(envelope(CHANNELS[0], 6), "second")
    assert await refused(desk, envelope(CHANNELS[0], 6), "third") == "channel_taken"
    assert world.sequences.reads == 0


async def test_a_channel_is_free_once_a_ledger_has_closed_after_the_envelopes_time(world: World) -> None:
    desk = await world.desk()
    await desk.signing.sign(envelope(CHANNELS[0], 5), "first")
    desk.closed_at = NOW + LIFE
    assert await refused(desk, envelope(CHANNELS[0], 5, max_time=NOW + 99), "second") == "channel_taken"
    desk.closed_at += 1
    await desk.signing.sign(envelope(CHANNELS[0], 5, max_time=NOW + 99), "second")


async def test_the_same_envelope_gets_the_same_answer_and_one_event(world: World) -> None:
    desk = await world.desk()
    wanted = envelope(CHANNELS[0], 5)
    answers = await asyncio.gather(*(desk.signing.sign(wanted, "first") for _ in range(5)))
    answers.append(await (await world.desk()).signing.sign(wanted, "first"))
    assert len(set(answers)) == 1
    assert len(await world.facts(TradeEnvelopeSigned)) == 1
    # for another trade it is another matter
    assert await refused(desk, wanted, "second") == "channel_taken"


async def test_a_trade_is_not_built_again_while_its_envelope_may_live(world: World) -> None:
    desk = await world.desk()
    await desk.signing.sign(envelope(CHANNELS[0], 5), "first")
    assert await refused(desk, envelope(CHANNELS[0], 5, fee=200), "first") == "channel_taken"
    assert await refused(desk, envelope(CHANNELS[1], 5), "first") == "envelope_lives"
    desk.closed_at = NOW + LIFE + 1
    await desk.signing.sign(envelope(CHANNELS[1], 5, max_time=NOW + 99), "first")


async def test_a_signer_that_was_started_again_knows_the_leases(world: World) -> None:
    await (await world.desk()).signing.sign(envelope(CHANNELS[0], 5), "first")
    again = await world.desk()
    assert await refused(again, envelope(CHANNELS[0], 5), "second") == "channel_taken"


async def test_of_many_who_ask_at_once_one_gets_the_channel(world: World) -> None:
    desk, other = await world.desk(), await world.desk()
    answers = await asyncio.gather(
        *(signer.signing.sign(envelope(CHANNELS[0], 5, fee=100 + n), f"trade-{n}") for n in range(6) for signer in
          ((desk, other)[n % 2],)),
        return_exceptions=True,
    )  # fmt: skip
    assert sum(isinstance(answer, SignedTransaction) for answer in answers) == 1
    assert {a.code for a in answers if isinstance(a, Refusal)} == {"channel_taken"}
    assert len(await world.facts(TradeEnvelopeSigned)) == 1


async def test_a_lease_that_is_asked_for_again_and_again_is_on_record_once(world: World) -> None:
    desk = await world.desk()
    for round_ in range(2):
        await desk.signing.sign(envelope(CHANNELS[0], 5 + round_), f"holder-{round_}")
        for number in range(4):
            await refused(desk, envelope(CHANNELS[0], 5 + round_), f"other-{number}")
        world.sequences.looked[CHANNELS[0]] = 5 + round_
    refusals = await world.facts(SigningRefused)
    assert [fact.code for fact in refusals] == ["channel_taken"] * 2
    assert "trade holder-0 until number 5 is used up or a ledger closes after" in refusals[0].reason
    assert len(await MemoryEventStore("/test", world.stream).load(account(TRADER.address))) == 2


ASKED = st.tuples(st.just("ask"), st.integers(0, 1), st.integers(1, 3), st.integers(0, 3), st.integers(10, 40))
APPLIED = st.tuples(st.just("applied"), st.integers(0, 1))
CLOSED = st.tuples(st.just("closed"), st.integers(1, 30))
RESTARTED = st.tuples(st.just("restarted"), st.integers(0, 1))


@example([("ask", 0, 1, 0, 11), ("ask", 0, 1, 0, 11), *[("ask", 0, 1, 0, 10)] * 2, ("ask", 1, 1, 0, 10)])
@given(st.lists(st.one_of(ASKED, ASKED, APPLIED, CLOSED, RESTARTED), max_size=40))
@settings(max_examples=60, deadline=None)
async def test_whatever_is_asked_no_two_envelopes_live_for_one_channel_or_trade(
    steps: list[tuple[object, ...]],
) -> None:
    """Two signers over one record, each started again at times; what was given is judged by the ledger alone."""
    world = World()
    desks = [await world.desk(), await world.desk()]
    used: defaultdict[str, int] = defaultdict(int)
    closed_at = NOW

    def living(fact: TradeEnvelopeSigned) -> bool:
        return fact.max_time >= closed_at and used[fact.source] < fact.sequence

    for number, step in enumerate(steps):
        match step:
            case ("ask", int(channel), int(ahead), int(trade), int(life)):
                wanted = envelope(CHANNELS[channel], used[CHANNELS[channel]] + ahead, max_time=closed_at + life)
                before = await world.facts(TradeEnvelopeSigned)
                with contextlib.suppress(Refusal):
                    await desks[number % 2].signing.sign(wanted, f"trade-{trade}")
                after = await world.facts(TradeEnvelopeSigned)
                if len(after) > len(before):
                    # Two signers see each other's leases of a channel, by its record; a trade asks one signer.
                    assert not [f for f in before if living(f) and f.source == after[-1].source]
            case ("applied", int(channel)):
                given_ = [f for f in await world.facts(TradeEnvelopeSigned) if f.source == CHANNELS[channel]]
                if given_ and living(given_[-1]) and given_[-1].sequence == used[CHANNELS[channel]] + 1:
                    used[CHANNELS[channel]] += 1
                    world.sequences.ledger[CHANNELS[channel]] = used[CHANNELS[channel]]
            case ("closed", int(seconds)):
                closed_at += seconds
                desks[0].closed_at = closed_at  # the other one's news is late
            case ("restarted", int(which)):
                desks[which] = await world.desk()
                desks[which].closed_at = 0 if which else closed_at
