"""Signatures over the bus: what the policy allows is valid on the network, what it forbids leaves an event."""

import time
from datetime import datetime

import aiohttp
import pytest
from stellar_sdk import Account, Asset, Keypair, MuxedAccount, TransactionBuilder, TransactionEnvelope, xdr
from stellar_sdk.operation import Operation, PathPaymentStrictReceive, Payment
from support.accounts import Started
from support.localnet import Localnet

from arb.contracts.transactions import Cycle, build_basket
from arb.markets.asset import NATIVE
from arb.markets.universe import default_universe
from arb.messages.commands.accounts import SignedTransaction, SignTransaction
from arb.messages.events.account import SigningRefused, TradeEnvelopeSigned
from arb.messages.subjects import account
from arb.runtime.errors import CommandFailed

PASSPHRASE = "Standalone Network ; February 2017"
USDC = default_universe("LOCAL")[-1]
USDC_SDK = Asset(USDC.code, USDC.issuer)
CYCLE = Cycle((NATIVE, USDC, NATIVE), 100, 101)


def forgeries(channel: str, trading: str, present: int) -> dict[str, str]:
    """Code -> an envelope that is refused with it."""
    thief = Keypair.random().public_key

    def built(operation: Operation, *, fee: int = 100, bounds: bool = True) -> TransactionEnvelope:
        builder = TransactionBuilder(Account(channel, 0), PASSPHRASE, base_fee=fee).append_operation(operation)
        return builder.add_time_bounds(0, present + 250 if bounds else 0).build()

    own = PathPaymentStrictReceive(trading, Asset.native(), "1", Asset.native(), "1.1", [USDC_SDK], source=trading)
    muxed = xdr.TransactionEnvelope.from_xdr(built(own).to_xdr())
    assert muxed.v1 is not None
    muxed.v1.tx.source_account = MuxedAccount(channel, 7).to_xdr_object()
    stranger = PathPaymentStrictReceive(thief, Asset.native(), "1", Asset.native(), "1.1", [USDC_SDK], source=trading)
    return {
        "operation_type": built(Payment(thief, Asset.native(), "100", source=trading)).to_xdr(),
        "destination": built(stranger).to_xdr(),
        "fee_too_high": built(own, fee=2**31).to_xdr(),
        "time_bounds": built(own, bounds=False).to_xdr(),
        "malformed": muxed.to_xdr(),
    }


async def test_the_signer_over_the_bus(service: Started, network: Localnet) -> None:
    async with service() as accounts:
        ready = await accounts.until_ready()
        trading, channel, *_ = (summary.account for summary in ready.accounts)

        # Ledgers that close faster than every second run ahead of the clock: by minutes, when other tests ran before.
        async with aiohttp.ClientSession() as session, session.get(f"{network.url}/ledgers?order=desc&limit=1") as last:
            closed_at = datetime.fromisoformat((await last.json())["_embedded"]["records"][0]["closed_at"])
        present = max(int(closed_at.timestamp()), int(time.time()))

        def basket(cycles: list[Cycle], fee: int = 1000) -> str:
            max_time = present + 250
            return build_basket(
                cycles,
                channel=channel,
                trading=trading,
                sequence=1,
                fee=fee,
                max_time=max_time,
                passphrase=PASSPHRASE,
            ).envelope_xdr

        async def sign(envelope_xdr: str, command_id: str) -> SignedTransaction:
            command = SignTransaction(command_id=command_id, trade_id="trade-1", envelope_xdr=envelope_xdr)
            return await accounts.bus.request(command, SignedTransaction, timeout=5)

        # when a basket that can only gain is brought, then it comes back with both valid signatures
        signed = await sign(basket([CYCLE] * 3), "one")
        envelope = TransactionEnvelope.from_xdr(signed.envelope_xdr, PASSPHRASE)
        assert envelope.hash_hex() == signed.tx_hash
        for public_key, decorated in zip((channel, trading), envelope.signatures, strict=True):
            Keypair.from_public_key(public_key).verify(envelope.hash(), decorated.signature)

        # and its signer wrote down what it signed, on the channel's record, before the signatures left
        [given] = [
            r for r in await accounts.bus.store.load(account(channel)) if isinstance(r.fact, TradeEnvelopeSigned)
        ]
        assert isinstance(given.fact, TradeEnvelopeSigned)
        assert (given.fact.tx_hash, given.fact.signers) == (signed.tx_hash, (channel, trading))
        assert (given.fact.source, given.fact.max_fee, given.event.correlationid) == (channel, 1000, "trade-1")
        assert TransactionEnvelope.from_xdr(given.fact.envelope_xdr, PASSPHRASE).hash_hex() == signed.tx_hash
        assert not TransactionEnvelope.from_xdr(given.fact.envelope_xdr, PASSPHRASE).signatures

        # when it could lose, bids too much, or is nothing at all, then it is refused
        refusals = {
            "may_lose": basket([Cycle((NATIVE, USDC, NATIVE), 102, 101)]),
            "fee_too_high": basket([CYCLE], fee=10_000_001),
            "malformed": "AAAA",
            "signatures_present": signed.envelope_xdr,
        }
        for code, envelope_xdr in refusals.items():
            with pytest.raises(CommandFailed) as refused:
                await sign(envelope_xdr, f"refused-{code}")
            assert (refused.value.code, refused.value.retryable) == (code, False)
        # nor is anything that a builder of transactions makes beside a basket
        forged = forgeries(channel, trading, present)
        for code, envelope_xdr in forged.items():
            with pytest.raises(CommandFailed) as refused:
                await sign(envelope_xdr, f"forged-{code}")
            assert refused.value.code == code
        # nor what was built for another network
        elsewhere = SignTransaction(
            command_id="elsewhere",
            trade_id="trade-1",
            envelope_xdr=basket([CYCLE]),
            network_passphrase="Test SDF Network ; September 2015",
        )
        with pytest.raises(CommandFailed, match="wrong_network"):
            await accounts.bus.request(elsewhere, SignedTransaction, timeout=5)

        # and every refusal is on record, tied to its trade
        recorded = await accounts.bus.store.load(account(trading))
        events = [r for r in recorded if isinstance(r.fact, SigningRefused)]
        assert [r.event.data["code"] for r in events] == [*refusals, *forged, "wrong_network"]
        assert {r.event.correlationid for r in events} == {"trade-1"}
