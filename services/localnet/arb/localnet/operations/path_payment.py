"""Path payments, strict send and strict receive (core's PathPaymentStrict{Send,Receive}OpFrame)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NoReturn

from stellar_sdk import xdr

from arb.localnet.ledger.account_ids import account_id_of_muxed, xdr_account_id
from arb.localnet.ledger.assets import BadAssetError, asset_of, xdr_asset
from arb.localnet.ledger.view import LedgerMarket
from arb.localnet.operations.handler import Handler, OpContext, OperationError
from arb.localnet.operations.refused import RefusedError
from arb.localnet.operations.settlement import settle_hop
from arb.localnet.operations.transfer import Refusal, credit, debit
from arb.markets.asset import Asset
from arb.markets.book import WORK_LIMIT
from arb.markets.hop import PathCode, hop_receive, hop_send

_Type = xdr.OperationType


_AT_DESTINATION = {
    Refusal.NO_ACCOUNT: "NO_DESTINATION",
    Refusal.NO_TRUST: "NO_TRUST",
    Refusal.NOT_AUTHORIZED: "NOT_AUTHORIZED",
    Refusal.LINE_FULL: "LINE_FULL",
}
_AT_SOURCE = {
    Refusal.NO_TRUST: "SRC_NO_TRUST",
    Refusal.NOT_AUTHORIZED: "SRC_NOT_AUTHORIZED",
    Refusal.UNDERFUNDED: "UNDERFUNDED",
}


@dataclass(frozen=True, slots=True)
class _Payment:
    """Either kind, read off the envelope. Strict send: `amount` is sent, `bound` the least to arrive; strict receive:

    `amount` arrives, `bound` is the most to be sent. `path` runs from the asset sent to the asset received.
    """

    destination: str
    path: Sequence[Asset]
    amount: int
    bound: int

    @property
    def returns_to_issuer(self) -> bool:
        """One credit asset on its way to its issuer, no conversion: not even the issuer's account has to exist."""
        return len(self.path) == 2 and self.path[0] == self.path[1] and self.path[0].issuer == self.destination

    def steps(self) -> list[tuple[Asset, Asset]]:
        """Neighbours on the path that differ."""
        return [(a, b) for a, b in pairwise(self.path) if a != b]


def _read_receive(body: xdr.OperationBody) -> _Payment:
    op = body.path_payment_strict_receive_op
    assert op is not None
    path = (asset_of(op.send_asset), *map(asset_of, op.path), asset_of(op.dest_asset))
    return _Payment(account_id_of_muxed(op.destination), path, op.dest_amount.int64, op.send_max.int64)


def _read_send(body: xdr.OperationBody) -> _Payment:
    op = body.path_payment_strict_send_op
    assert op is not None
    path = (asset_of(op.send_asset), *map(asset_of, op.path), asset_of(op.dest_asset))
    return _Payment(account_id_of_muxed(op.destination), path, op.send_amount.int64, op.dest_min.int64)


def _receive_result(reason: str) -> xdr.OperationResultTr:
    code = xdr.PathPaymentStrictReceiveResultCode[f"PATH_PAYMENT_STRICT_RECEIVE_{reason}"]
    return xdr.OperationResultTr(
        _Type.PATH_PAYMENT_STRICT_RECEIVE,
        path_payment_strict_receive_result=xdr.PathPaymentStrictReceiveResult(code),
    )


def _send_result(reason: str) -> xdr.OperationResultTr:
    code = xdr.PathPaymentStrictSendResultCode[f"PATH_PAYMENT_STRICT_SEND_{reason}"]
    return xdr.OperationResultTr(
        _Type.PATH_PAYMENT_STRICT_SEND, path_payment_strict_send_result=xdr.PathPaymentStrictSendResult(code)
    )


def _receive_success(offers: list[xdr.ClaimAtom], last: xdr.SimplePaymentResult) -> xdr.OperationResultTr:
    return xdr.OperationResultTr(
        _Type.PATH_PAYMENT_STRICT_RECEIVE,
        path_payment_strict_receive_result=xdr.PathPaymentStrictReceiveResult(
            xdr.PathPaymentStrictReceiveResultCode.PATH_PAYMENT_STRICT_RECEIVE_SUCCESS,
            xdr.PathPaymentStrictReceiveResultSuccess(offers, last),
        ),
    )


def _send_success(offers: list[xdr.ClaimAtom], last: xdr.SimplePaymentResult) -> xdr.OperationResultTr:
    return xdr.OperationResultTr(
        _Type.PATH_PAYMENT_STRICT_SEND,
        path_payment_strict_send_result=xdr.PathPaymentStrictSendResult(
            xdr.PathPaymentStrictSendResultCode.PATH_PAYMENT_STRICT_SEND_SUCCESS,
            xdr.PathPaymentStrictSendResultSuccess(offers, last),
        ),
    )


def _check_valid(
    read: Callable[[xdr.OperationBody], _Payment], result: Callable[[str], xdr.OperationResultTr]
) -> Callable[[str, xdr.OperationBody], xdr.OperationResultTr | None]:
    def check(source: str, body: xdr.OperationBody) -> xdr.OperationResultTr | None:
        try:
            payment = read(body)
        except BadAssetError:
            return result("MALFORMED")
        return None if payment.amount > 0 and payment.bound > 0 else result("MALFORMED")

    return check


def _require_destination(ctx: OpContext, payment: _Payment) -> None:
    if not payment.returns_to_issuer and ctx.ltx.account(payment.destination) is None:
        raise RefusedError("NO_DESTINATION")


def _credit(ctx: OpContext, payment: _Payment, amount: int) -> xdr.SimplePaymentResult:
    refusal = credit(ctx.ltx, payment.destination, payment.path[-1], amount)
    if refusal is not None:
        raise RefusedError(_AT_DESTINATION[refusal])
    return xdr.SimplePaymentResult(xdr_account_id(payment.destination), xdr_asset(payment.path[-1]), xdr.Int64(amount))


def _debit(ctx: OpContext, payment: _Payment, amount: int) -> None:
    refusal = debit(ctx.ltx, ctx.source, payment.path[0], amount)
    if refusal is not None:
        raise RefusedError(_AT_SOURCE[refusal])


def _hop_failed(code: PathCode) -> NoReturn:
    if code is PathCode.EXCEEDED_WORK_LIMIT:
        raise OperationError(xdr.OperationResultCode.opEXCEEDED_WORK_LIMIT)
    raise RefusedError(code.value)


def _apply_receive(ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
    """Credits the destination first and works backwards: a profitable cycle pays for itself."""
    payment = _read_receive(body)
    try:
        _require_destination(ctx, payment)
        last = _credit(ctx, payment, payment.amount)
        offers: list[xdr.ClaimAtom] = []
        needed, work_left = payment.amount, WORK_LIMIT
        for asset_in, asset_out in reversed(payment.steps()):
            hop = hop_receive(LedgerMarket(ctx.ltx), ctx.source, asset_in, asset_out, needed, work_left)
            if not hop.ok:
                _hop_failed(hop.code)
            offers = settle_hop(ctx.ltx, hop) + offers
            needed, work_left = hop.amount_in, work_left - hop.work
        if needed > payment.bound:
            raise RefusedError("OVER_SENDMAX")
        _debit(ctx, payment, needed)
    except RefusedError as refused:
        return _receive_result(refused.reason)
    return _receive_success(offers, last)


def _apply_send(ctx: OpContext, body: xdr.OperationBody) -> xdr.OperationResultTr:
    """Debits the source first and works forwards: a cycle needs its opening balance."""
    payment = _read_send(body)
    try:
        _require_destination(ctx, payment)
        _debit(ctx, payment, payment.amount)
        offers: list[xdr.ClaimAtom] = []
        carried, work_left = payment.amount, WORK_LIMIT
        for asset_in, asset_out in payment.steps():
            hop = hop_send(LedgerMarket(ctx.ltx), ctx.source, asset_in, asset_out, carried, work_left)
            if not hop.ok:
                _hop_failed(hop.code)
            offers += settle_hop(ctx.ltx, hop)
            carried, work_left = hop.amount_out, work_left - hop.work
        if carried < payment.bound:
            raise RefusedError("UNDER_DESTMIN")
        last = _credit(ctx, payment, carried)
    except RefusedError as refused:
        return _send_result(refused.reason)
    return _send_success(offers, last)


HANDLERS = {
    _Type.PATH_PAYMENT_STRICT_RECEIVE: Handler(_apply_receive, _check_valid(_read_receive, _receive_result)),
    _Type.PATH_PAYMENT_STRICT_SEND: Handler(_apply_send, _check_valid(_read_send, _send_result)),
}
