"""The operations traffic sends, as XDR; amounts in stroops, prices as (n, d)."""

from collections.abc import Sequence

from stellar_sdk import xdr

from arb.localnet.ledger.account_ids import public_key, xdr_account_id
from arb.localnet.ledger.assets import xdr_asset
from arb.localnet.traffic.actors import Actor
from arb.markets.asset import Asset
from arb.markets.exchange import INT32_MAX
from arb.markets.pool import POOL_FEE_BPS

Price = tuple[int, int]
_Kind = xdr.OperationType


def muxed(account_id: str) -> xdr.MuxedAccount:
    """The address as an XDR MuxedAccount without a memo id."""
    return xdr.MuxedAccount(xdr.CryptoKeyType.KEY_TYPE_ED25519, ed25519=xdr.Uint256(public_key(account_id)))


def _operation(source: Actor, body: xdr.OperationBody) -> xdr.Operation:
    return xdr.Operation(muxed(source.account_id), body)


def _price(price: Price) -> xdr.Price:
    return xdr.Price(xdr.Int32(price[0]), xdr.Int32(price[1]))


def create_account(source: Actor, account_id: str, balance: int) -> xdr.Operation:
    """Open an account with a native balance."""
    op = xdr.CreateAccountOp(xdr_account_id(account_id), xdr.Int64(balance))
    return _operation(source, xdr.OperationBody(_Kind.CREATE_ACCOUNT, create_account_op=op))


def payment(source: Actor, destination: str, asset: Asset, amount: int) -> xdr.Operation:
    """Pay an asset."""
    op = xdr.PaymentOp(muxed(destination), xdr_asset(asset), xdr.Int64(amount))
    return _operation(source, xdr.OperationBody(_Kind.PAYMENT, payment_op=op))


def _change_trust(source: Actor, line: xdr.ChangeTrustAsset, limit: int) -> xdr.Operation:
    op = xdr.ChangeTrustOp(line, xdr.Int64(limit))
    return _operation(source, xdr.OperationBody(_Kind.CHANGE_TRUST, change_trust_op=op))


def trust(source: Actor, asset: Asset, limit: int) -> xdr.Operation:
    """Open, change or (limit 0) close a trustline of a credit asset."""
    plain = xdr_asset(asset)
    line = xdr.ChangeTrustAsset(plain.type, alpha_num4=plain.alpha_num4, alpha_num12=plain.alpha_num12)
    return _change_trust(source, line, limit)


def trust_pool(source: Actor, a: Asset, b: Asset, limit: int) -> xdr.Operation:
    """Open, change or (limit 0) close a trustline of the shares of the pool of two assets, a sorting before b."""
    constant_product = xdr.LiquidityPoolConstantProductParameters(xdr_asset(a), xdr_asset(b), xdr.Int32(POOL_FEE_BPS))
    parameters = xdr.LiquidityPoolParameters(
        xdr.LiquidityPoolType.LIQUIDITY_POOL_CONSTANT_PRODUCT, constant_product=constant_product
    )
    line = xdr.ChangeTrustAsset(xdr.AssetType.ASSET_TYPE_POOL_SHARE, liquidity_pool=parameters)
    return _change_trust(source, line, limit)


def sell(source: Actor, selling: Asset, buying: Asset, amount: int, price: Price, offer_id: int = 0) -> xdr.Operation:
    """Place (offer_id 0), change or (amount 0) drop an offer; price in `buying` per `selling`."""
    op = xdr.ManageSellOfferOp(
        xdr_asset(selling), xdr_asset(buying), xdr.Int64(amount), _price(price), xdr.Int64(offer_id)
    )
    return _operation(source, xdr.OperationBody(_Kind.MANAGE_SELL_OFFER, manage_sell_offer_op=op))


def path_send(source: Actor, path: Sequence[Asset], amount: int, least: int) -> xdr.Operation:
    """Exchange for oneself along path (first asset sent, last received): spend `amount`, receive at least `least`."""
    op = xdr.PathPaymentStrictSendOp(
        xdr_asset(path[0]),
        xdr.Int64(amount),
        muxed(source.account_id),
        xdr_asset(path[-1]),
        xdr.Int64(least),
        [xdr_asset(step) for step in path[1:-1]],
    )
    body = xdr.OperationBody(_Kind.PATH_PAYMENT_STRICT_SEND, path_payment_strict_send_op=op)
    return _operation(source, body)


def path_receive(source: Actor, path: Sequence[Asset], amount: int, most: int) -> xdr.Operation:
    """Exchange for oneself along path (first asset sent, last received): receive `amount`, spend at most `most`."""
    op = xdr.PathPaymentStrictReceiveOp(
        xdr_asset(path[0]),
        xdr.Int64(most),
        muxed(source.account_id),
        xdr_asset(path[-1]),
        xdr.Int64(amount),
        [xdr_asset(step) for step in path[1:-1]],
    )
    body = xdr.OperationBody(_Kind.PATH_PAYMENT_STRICT_RECEIVE, path_payment_strict_receive_op=op)
    return _operation(source, body)


def _pool_id(pool_id: str) -> xdr.PoolID:
    return xdr.PoolID(xdr.Hash(bytes.fromhex(pool_id)))


def deposit(source: Actor, pool_id: str, max_a: int, max_b: int) -> xdr.Operation:
    """Add to a pool, at whatever price it has, at most these amounts."""
    op = xdr.LiquidityPoolDepositOp(
        _pool_id(pool_id), xdr.Int64(max_a), xdr.Int64(max_b), _price((1, INT32_MAX)), _price((INT32_MAX, 1))
    )
    return _operation(source, xdr.OperationBody(_Kind.LIQUIDITY_POOL_DEPOSIT, liquidity_pool_deposit_op=op))


def withdraw(source: Actor, pool_id: str, shares: int) -> xdr.Operation:
    """Hand in pool shares for whatever they are worth."""
    op = xdr.LiquidityPoolWithdrawOp(_pool_id(pool_id), xdr.Int64(shares), xdr.Int64(0), xdr.Int64(0))
    return _operation(source, xdr.OperationBody(_Kind.LIQUIDITY_POOL_WITHDRAW, liquidity_pool_withdraw_op=op))
