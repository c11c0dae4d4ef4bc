"""A fee bump gets the channel's signature only around what was signed for the same trade, and within the fee's cap."""

import pytest
from stellar_sdk import FeeBumpTransactionEnvelope, Keypair
from support.sequences import Sequences

from arb.accounts.adapters.signers import KeystoreSigner
from arb.accounts.books import Books
from arb.accounts.domain.policy import Present, SigningPolicy
from arb.accounts.signing import SigningDesk
from arb.contracts.fee_bump import build_fee_bump
from arb.contracts.transactions import Cycle, Signer, build_basket, sign
from arb.eventlog import MemoryEventStore, MemoryStream
from arb.markets.asset import NATIVE
from arb.markets.universe import default_universe
from arb.messages.events.account import AccountAdopted, RebidSigned, SigningRefused, TradeEnvelopeSigned
from arb.messages.subjects import account, every
from arb.runtime.clock import SystemClock
from arb.runtime.errors import Refusal

PASSPHRASE = "Standalone Network ; February 2017"
NOW = 1_700_000_000
TRADER, CHANNEL, OTHER = (KeystoreSigner(seed * 32) for seed in (b"t", b"1", b"2"))
CYCLE = Cycle((NATIVE, default_universe("LOCAL")[-1], NATIVE), 100, 101)
CAP = 10_000


class Desk:
    """The signer, with a trade of ours signed on its first channel."""

    def __init__(self) -> None:
        self.stream = MemoryStream()
        self.store = MemoryEventStore("/arb/accounts", self.stream)
        self.books = Books(self.store, SystemClock().now)
        self.closed_at = NOW
        channels = frozenset({CHANNEL.address, OTHER.address})
        self.signing = SigningDesk(
            self.books,
            {signer.address: signer for signer in (TRADER, CHANNEL, OTHER)},
            SigningPolicy(TRADER.address, channels, max_fee=CAP, max_amount=10**12),
            PASSPHRASE,
            lambda: Present(self.closed_at, NOW),
            Sequences(),
        )
        self.inner = ""

    async def begin(self) -> "Desk":
        await self.books.adopt(
            AccountAdopted(account=signer.address, role="channel", index=index, network_passphrase=PASSPHRASE)
            for index, signer in enumerate((TRADER, CHANNEL, OTHER))
        )
        self.inner = (await self.signing.sign(basket(CHANNEL.address), "trade-1")).envelope_xdr
        return self

    async def refusal(self, envelope_xdr: str, trade_id: str = "trade-1") -> str:
        with pytest.raises(Refusal) as refused:
            await self.signing.sign(envelope_xdr, trade_id)
        facts = [r.fact for r in await self.store.load(account(TRADER.address))]
        assert isinstance(facts[-1], SigningRefused)
        assert facts[-1].code == refused.value.code
        return refused.value.code

    async def given(self) -> list[RebidSigned]:
        return [r.fact async for r in self.store.replay(every("account")) if isinstance(r.fact, RebidSigned)]


def basket(channel: str, sequence: int = 5) -> str:
    return build_basket(
        [CYCLE], channel=channel, trading=TRADER.address, sequence=sequence, fee=200, max_time=NOW + 60,
        passphrase=PASSPHRASE,
    ).envelope_xdr  # fmt: skip


def bump(inner: str, *, fee_source: str = CHANNEL.address, fee: int = 4_000) -> str:
    return build_fee_bump(inner, fee_source=fee_source, fee=fee, passphrase=PASSPHRASE).envelope_xdr


async def test_a_higher_bid_around_what_was_signed_gets_the_channels_signature_and_is_on_record() -> None:
    desk = await Desk().begin()
    signed = await desk.signing.sign(bump(desk.inner), "trade-1")
    envelope = FeeBumpTransactionEnvelope.from_xdr(signed.envelope_xdr, PASSPHRASE)
    assert envelope.hash_hex() == signed.tx_hash
    [decorated] = envelope.signatures
    Keypair.from_public_key(CHANNEL.address).verify(envelope.hash(), decorated.signature)
    # what is within keeps its bytes
    assert envelope.transaction.inner_transaction_envelope.to_xdr() == desk.inner
    [given] = await desk.given()
    [inner] = [r.fact async for r in desk.store.replay(every("account")) if isinstance(r.fact, TradeEnvelopeSigned)]
    assert (given.tx_hash, given.inner_hash, given.max_fee) == (signed.tx_hash, inner.tx_hash, 4_000)
    assert (given.trade_id, given.fee_source) == ("trade-1", CHANNEL.address)
    # asked again, the answer is the same, and it is written down once
    assert await desk.signing.sign(bump(desk.inner), "trade-1") == signed
    assert len(await desk.given()) == 1


async def test_nothing_else_gets_one() -> None:
    desk = await Desk().begin()
    ours = Signer(b"1" * 32), Signer(b"t" * 32)
    unsigned = build_basket(
        [CYCLE], channel=CHANNEL.address, trading=TRADER.address, sequence=6, fee=200, max_time=NOW + 60,
        passphrase=PASSPHRASE,
    )  # fmt: skip
    for envelope, trade_id, code in (
        (bump(sign(unsigned, *ours).envelope_xdr), "trade-1", "not_signed_before"),
        (bump(desk.inner), "trade-2", "not_signed_before"),
        (bump(desk.inner, fee_source=OTHER.address), "trade-1", "foreign_fee_source"),
        (bump(desk.inner, fee_source=TRADER.address), "trade-1", "foreign_fee_source"),
        (bump(desk.inner, fee=CAP + 1), "trade-1", "fee_too_high"),
        (bump(desk.inner, fee=2**62), "trade-1", "fee_too_high"),
    ):
        assert await desk.refusal(envelope, trade_id) == code
    desk.closed_at = NOW + 60
    assert await desk.refusal(bump(desk.inner)) == "too_late"
    assert await desk.given() == []
