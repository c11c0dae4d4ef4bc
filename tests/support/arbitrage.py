"""A local network that stands still, with one arbitrage on it, and the keys to take it."""

import asyncio
import hashlib
from collections.abc import Sequence

from stellar_sdk import Account, Asset, Keypair, TransactionBuilder
from support.localnet import Localnet

from arb.contracts.entries import AccountKey, AccountState, decode_entry, key_text
from arb.contracts.fee_bump import is_fee_bump, read_fee_bump
from arb.contracts.horizon import HorizonClient
from arb.contracts.rpc import RpcClient
from arb.contracts.trade import read_trade
from arb.contracts.transactions import Signer, sign
from arb.markets.asset import NATIVE
from arb.markets.basket import find_basket
from arb.markets.universe import default_universe
from arb.messages.commands.accounts import Accounts, AccountSummary, SignedTransaction
from arb.messages.events.opportunity import OpportunityFound, opportunity_id
from arb.runtime.clock import SystemClock
from arb.scanner.adapters.horizon_rpc import HorizonRpcSource
from arb.scanner.domain.picture import MarketPicture
from arb.scanner.domain.plans import classic_basket

PASSPHRASE = "Standalone Network ; February 2017"


class OwnAccounts:
    """A trading account and channels on the ledger, signing without a policy: the executor's AccountsPort."""

    def __init__(self, count: int = 3, name: str = "test account") -> None:
        seeds = [hashlib.sha256(f"{name} {number}".encode()).digest() for number in range(count + 1)]
        self._signers = {signer.address: signer for signer in map(Signer, seeds)}
        self.trading, *self.channels = self._signers
        self.signed: list[str] = []
        self.signatures: list[tuple[str, SignedTransaction]] = []
        """Trade and envelope of every signature that was ever given."""

    def signer(self, address: str) -> Signer:
        """The key of one of them, for what its owner does beside trading."""
        return self._signers[address]

    async def fund(self, network: Localnet) -> None:
        """Friendbot for all of them."""
        horizon = HorizonClient(network.url)
        try:
            await asyncio.gather(*(horizon.friendbot(f"{network.url}/friendbot", a) for a in self._signers))
        finally:
            await horizon.close()

    async def sign(self, trade_id: str, envelope_xdr: str) -> SignedTransaction:
        """Both signatures; on a fee bump, that of the account that pays for it."""
        self.signed.append(trade_id)
        if is_fee_bump(envelope_xdr):
            bump = read_fee_bump(envelope_xdr, PASSPHRASE)
            paid = sign(bump.transaction, self._signers[bump.fee_source])
            return SignedTransaction(envelope_xdr=paid.envelope_xdr, tx_hash=paid.hash_hex)
        trade = read_trade(envelope_xdr, PASSPHRASE)
        done = sign(trade.transaction, self._signers[trade.channel], self._signers[trade.trading])
        answer = SignedTransaction(envelope_xdr=done.envelope_xdr, tx_hash=done.hash_hex)
        self.signatures.append((trade_id, answer))
        return answer

    async def accounts(self) -> Accounts:
        """Trading account first."""
        summaries = [AccountSummary(account=self.trading, role="trading", index=0, ready=True, balances=())]
        summaries += [
            AccountSummary(account=channel, role="channel", index=index, ready=True, balances=())
            for index, channel in enumerate(self.channels)
        ]
        return Accounts(ready=True, accounts=tuple(summaries))


async def push_pool_away(network: Localnet, amount: str = "5000") -> None:
    """Somebody sends XLM through a pool, so that it and the books next to it no longer agree."""
    usdc = next(asset for asset in default_universe("LOCAL") if asset.code == "USDC")
    assert usdc.issuer is not None
    mover = Keypair.random()
    horizon, rpc = HorizonClient(network.url), RpcClient([network.rpc_url])
    try:
        await horizon.friendbot(f"{network.url}/friendbot", mover.public_key)
        key = key_text(AccountKey(mover.public_key))
        state = decode_entry((await rpc.get_ledger_entries([key])).entries[key])
        assert isinstance(state, AccountState)
        asset = Asset(usdc.code, usdc.issuer)
        builder = TransactionBuilder(Account(mover.public_key, state.sequence), PASSPHRASE, 100)
        builder.append_change_trust_op(asset).append_path_payment_strict_send_op(
            mover.public_key, Asset.native(), amount, asset, "0.0000001", []
        )
        # Ledgers that close faster than once a second are ahead of this machine's clock.
        envelope = builder.add_time_bounds(0, 2**40).build()
        envelope.sign(mover)
        answer = await rpc.send_transaction(envelope.to_xdr())
        assert answer.status == "PENDING", answer
        await applied(rpc, answer.hash)
    finally:
        await horizon.close()
        await rpc.close()


async def applied(rpc: RpcClient, tx_hash: str) -> bool:
    """Wait until a transaction is in a ledger; whether it succeeded."""
    async with asyncio.timeout(20):
        while True:
            answer = await rpc.get_transaction(tx_hash)
            if answer.status != "NOT_FOUND":
                return answer.status == "SUCCESS"
            await asyncio.sleep(0.05)


async def find_opportunity(network: Localnet, *, payments: int = 1) -> OpportunityFound:
    """What the scanner finds on the network's newest ledger, by the scanner's own code."""
    horizon, rpc, clock = HorizonClient(network.url), RpcClient([network.rpc_url]), SystemClock()
    source = HorizonRpcSource(horizon, rpc, clock, passphrase=PASSPHRASE)
    watching = asyncio.create_task(source.watch())
    try:
        update = await anext(aiter(source.updates()))
    finally:
        watching.cancel()
        await horizon.close()
        await rpc.close()
    picture = MarketPicture()
    picture.apply(update)
    search = find_basket(picture.market, picture.market.pairs(), NATIVE, update.close.base_fee, most_payments=payments)
    assert search.basket is not None, "the market holds no arbitrage"
    plan = classic_basket(search.basket)
    return OpportunityFound(
        id=opportunity_id(PASSPHRASE, update.close.ledger, plan),
        network_passphrase=PASSPHRASE,
        ledger=update.close.ledger,
        close_time=update.close.close_time,
        seen_at_us=update.close.seen_at_us,
        base_fee=update.close.base_fee,
        plan=plan,
    )


async def balances(network: Localnet, accounts: Sequence[str]) -> dict[str, int]:
    """Native balances in stroops."""
    rpc = RpcClient([network.rpc_url])
    try:
        answer = await rpc.get_ledger_entries([key_text(AccountKey(account)) for account in accounts])
    finally:
        await rpc.close()
    states = [decode_entry(data) for data in answer.entries.values()]
    return {state.id: state.balance for state in states if isinstance(state, AccountState)}
