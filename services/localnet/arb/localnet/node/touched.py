"""Who a transaction has to do with: the names under which history finds it again."""

from stellar_sdk import xdr

from arb.localnet.ledger.account_ids import account_id_of, account_id_of_muxed
from arb.localnet.node.trades import trades_of
from arb.localnet.transactions.envelope import Frame


def offer_name(offer_id: int) -> str:
    """The name of an offer in the index."""
    return f"offer:{offer_id}"


def touched(tx: Frame, result_xdr: bytes, successful: bool) -> tuple[str, ...]:
    """Accounts (G...), pools (64 hex digits) and offers of a transaction, each once."""
    names: dict[str, None] = {tx.source: None, tx.fee_source: None}
    trading = False
    for operation in tx.operations:
        names[operation.source] = None
        for name in named_in(operation.body):
            names[name] = None
        trading = trading or operation.body.type in _TRADING
    if trading and successful:
        for trade in trades_of(xdr.TransactionResult.from_xdr_bytes(result_xdr)):
            if trade.pool_id is not None:
                names[trade.pool_id] = None
            else:
                assert trade.seller is not None
                names[trade.seller] = None
                names[offer_name(trade.offer_id)] = None
            if trade.taker_offer is not None:
                names[offer_name(trade.taker_offer)] = None
    return tuple(names)


_TRADING = frozenset(
    {
        xdr.OperationType.PATH_PAYMENT_STRICT_RECEIVE,
        xdr.OperationType.PATH_PAYMENT_STRICT_SEND,
        xdr.OperationType.MANAGE_SELL_OFFER,
        xdr.OperationType.MANAGE_BUY_OFFER,
        xdr.OperationType.CREATE_PASSIVE_SELL_OFFER,
    }
)


def named_in(body: xdr.OperationBody) -> list[str]:
    """The accounts and pools an operation names, its source aside."""
    if body.create_account_op is not None:
        return [account_id_of(body.create_account_op.destination)]
    payment = body.payment_op or body.path_payment_strict_receive_op or body.path_payment_strict_send_op
    if payment is not None:
        return [account_id_of_muxed(payment.destination)]
    if body.destination is not None:  # account merge
        return [account_id_of_muxed(body.destination)]
    if body.allow_trust_op is not None:
        return [account_id_of(body.allow_trust_op.trustor)]
    if body.set_trust_line_flags_op is not None:
        return [account_id_of(body.set_trust_line_flags_op.trustor)]
    pool = body.liquidity_pool_deposit_op or body.liquidity_pool_withdraw_op
    if pool is not None:
        return [pool.liquidity_pool_id.pool_id.hash.hex()]
    return []
