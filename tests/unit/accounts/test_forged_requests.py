"""Requests of somebody who took over a process that may ask for signatures: each refused, with its reason on record."""

import pytest
from stellar_sdk import Keypair, TransactionBuilder
from stellar_sdk.exceptions import BadSignatureError
from support.forged_requests import (
    CHANNEL,
    FORGED,
    NOW,
    PAGE,
    PASSPHRASE,
    POLICY,
    TESTNET,
    THIEF,
    TRADER,
    edited,
    envelope,
    route,
    table,
)
from support.sequences import Sequences

from arb.accounts.books import Books
from arb.accounts.domain.policy import Present
from arb.accounts.signing import SigningDesk
from arb.eventlog import MemoryEventStore
from arb.messages.events.account import SigningRefused, TradeEnvelopeSigned
from arb.messages.subjects import account, every
from arb.runtime.clock import SystemClock
from arb.runtime.errors import Refusal


class Desk:
    """The signer with its keys and a record in memory."""

    def __init__(self) -> None:
        self.store = MemoryEventStore("/arb/accounts")
        signers = {TRADER.address: TRADER, CHANNEL.address: CHANNEL}
        books = Books(self.store, SystemClock().now)
        self.signing = SigningDesk(books, signers, POLICY, PASSPHRASE, lambda: Present(NOW, NOW), Sequences())

    async def facts(self) -> list[object]:
        return [recorded.fact async for recorded in self.store.replay(every("account"))]


async def test_what_the_forged_ones_are_made_from_is_signed() -> None:
    """Else everything below could be refused for another reason."""
    for good, kind in (
        (envelope(), "classic_basket"),
        (edited(lambda _: None), "classic_basket"),
        (route(), "soroban_route"),
        (route(edit=lambda _: None), "soroban_route"),
    ):
        desk = Desk()
        await desk.signing.sign(good, "trade-1")
        [given] = [fact for fact in await desk.facts() if isinstance(fact, TradeEnvelopeSigned)]
        assert given.kind == kind
        assert len(await desk.store.load(account(CHANNEL.address))) == 1


@pytest.mark.parametrize("what", FORGED)
async def test_a_forged_request_is_refused_and_the_reason_is_an_event(what: str) -> None:
    envelope_xdr, code = FORGED[what]
    desk = Desk()

    with pytest.raises(Refusal) as refused:
        await desk.signing.sign(envelope_xdr, "trade-1")

    assert (refused.value.code, refused.value.retryable) == (code, False)
    [event] = await desk.store.load(account(TRADER.address))
    assert isinstance(event.fact, SigningRefused)
    assert (event.fact.code, event.fact.reason) == (code, str(refused.value))
    assert event.event.correlationid == "trade-1"
    assert await desk.facts() == [event.fact]


@pytest.mark.parametrize("text", [THIEF.secret, f"{THIEF.secret} ", f"{THIEF.secret[:30]} {THIEF.secret[30:]}"])
async def test_a_secret_key_in_place_of_an_envelope_is_not_put_on_record(text: str) -> None:
    desk = Desk()
    with pytest.raises(Refusal):
        await desk.signing.sign(text, "trade-1")
    [recorded] = await desk.store.load(account(TRADER.address))
    assert THIEF.secret[:12].encode() not in recorded.raw


async def test_a_request_for_another_network_is_refused() -> None:
    desk = Desk()
    with pytest.raises(Refusal, match="Test SDF") as refused:
        await desk.signing.sign(envelope(), "trade-1", TESTNET)
    assert refused.value.code == "wrong_network"
    assert [type(fact) for fact in await desk.facts()] == [SigningRefused]


async def test_what_was_meant_for_another_network_is_never_valid_there() -> None:
    """An envelope does not say its network: one from testnet is signed for ours, or not at all."""
    signed = await Desk().signing.sign(envelope(), "trade-1")
    there = TransactionBuilder.from_xdr(signed.envelope_xdr, TESTNET)
    for decorated, signer in zip(there.signatures, (CHANNEL, TRADER), strict=True):
        with pytest.raises(BadSignatureError):
            Keypair.from_public_key(signer.address).verify(there.hash(), decorated.signature)


def test_the_page_says_what_is_refused() -> None:
    assert table() in PAGE.read_text(), "write it anew: PYTHONPATH=tests python -m support.forged_requests"
