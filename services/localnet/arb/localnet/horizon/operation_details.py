"""What each kind of operation shows beyond the fields all share, amounts that only its result knows included."""

import base64
from collections.abc import Callable
from typing import Any, Final

from stellar_sdk import SignerKey, xdr

from arb.localnet.horizon.contract_details import extend_footprint_ttl, invoke_host_function
from arb.localnet.horizon.hal import Json, asset_fields, price_text
from arb.localnet.horizon.transaction_parts import muxed_fields
from arb.localnet.ledger.account_ids import account_id_of
from arb.localnet.ledger.assets import asset_of, asset_of_code, pool_id_of
from arb.localnet.node.trades import claimed
from arb.markets.amount import format_amount

_FLAG_NAMES: Final = {1: "auth_required", 2: "auth_revocable", 4: "auth_immutable", 8: "auth_clawback_enabled"}
_LINE_FLAG_NAMES: Final = {1: "authorized", 2: "authorized_to_maintain_liabilites", 4: "clawback_enabled"}
# "liabilites" is Horizon's spelling


def details(source: str, body: xdr.OperationBody, result: xdr.OperationResult | None) -> Json:
    """The further fields of an operation of `source`; `result` is None for one that was not applied."""
    shape = _SHAPES.get(body.type)
    return shape(source, body, result) if shape is not None else {}


def _create_account(source: str, body: xdr.OperationBody, _result: Any) -> Json:
    op = body.create_account_op
    assert op is not None
    return {
        "starting_balance": format_amount(op.starting_balance.int64),
        "funder": source,
        "account": account_id_of(op.destination),
    }


def _payment(source: str, body: xdr.OperationBody, _result: Any) -> Json:
    op = body.payment_op
    assert op is not None
    return {
        **asset_fields(asset_of(op.asset)),
        "from": source,
        **muxed_fields(op.destination, "to"),
        "amount": format_amount(op.amount.int64),
    }


def _path_payment(source: str, body: xdr.OperationBody, result: xdr.OperationResult | None) -> Json:
    receive, send = body.path_payment_strict_receive_op, body.path_payment_strict_send_op
    op = receive or send
    assert op is not None
    path = [asset_fields(asset_of(asset)) for asset in op.path]
    shown: Json = {
        **asset_fields(asset_of(op.dest_asset)),
        "from": source,
        **muxed_fields(op.destination, "to"),
        "path": path,
        **asset_fields(asset_of(op.send_asset), "source_"),
    }
    if receive is not None:
        return shown | {
            "amount": format_amount(receive.dest_amount.int64),
            "source_amount": format_amount(_sent(receive, result)),
            "source_max": format_amount(receive.send_max.int64),
        }
    assert send is not None
    return shown | {
        "amount": format_amount(_received(result)),
        "source_amount": format_amount(send.send_amount.int64),
        "destination_min": format_amount(send.dest_min.int64),
    }


def _sent(op: xdr.PathPaymentStrictReceiveOp, result: xdr.OperationResult | None) -> int:
    """What a strict receive cost: what its first hop's venues bought."""
    if result is None or result.tr is None or result.tr.path_payment_strict_receive_result is None:
        return 0
    success = result.tr.path_payment_strict_receive_result.success
    if success is None:
        return 0
    if not success.offers:
        return success.last.amount.int64  # no conversion: sent is received
    first = asset_of(op.send_asset)
    total = 0
    for atom in success.offers:
        claim = claimed(atom)
        if asset_of(claim.asset_bought) != first:
            break
        total += claim.amount_bought.int64
    return total


def _received(result: xdr.OperationResult | None) -> int:
    if result is None or result.tr is None or result.tr.path_payment_strict_send_result is None:
        return 0
    success = result.tr.path_payment_strict_send_result.success
    return success.last.amount.int64 if success is not None else 0


def _offer(_source: str, body: xdr.OperationBody, _result: Any) -> Json:
    sell = body.manage_sell_offer_op
    buy = body.manage_buy_offer_op
    op = sell or buy or body.create_passive_sell_offer_op
    assert op is not None
    amount = op.buy_amount if isinstance(op, xdr.ManageBuyOfferOp) else op.amount
    shown: Json = {
        "amount": format_amount(amount.int64),
        **_price(op.price, "price"),
        **asset_fields(asset_of(op.buying), "buying_"),
        **asset_fields(asset_of(op.selling), "selling_"),
    }
    managed = sell or buy
    return shown | ({"offer_id": str(managed.offer_id.int64)} if managed is not None else {})


def _price(price: xdr.Price, name: str) -> Json:
    n, d = price.n.int32, price.d.int32
    text = price_text(n, d) if n > 0 and d > 0 else ""
    return {name: text, f"{name}_r": {"n": n, "d": d}}


def _set_options(_source: str, body: xdr.OperationBody, _result: Any) -> Json:
    op = body.set_options_op
    assert op is not None
    numbers = {
        "master_key_weight": op.master_weight,
        "low_threshold": op.low_threshold,
        "med_threshold": op.med_threshold,
        "high_threshold": op.high_threshold,
    }
    shown: Json = {name: value.uint32 for name, value in numbers.items() if value is not None}
    if op.home_domain is not None:
        shown["home_domain"] = op.home_domain.string32.decode("utf-8", "replace")
    if op.inflation_dest is not None:
        shown["inflation_dest"] = account_id_of(op.inflation_dest)
    if op.signer is not None:
        shown["signer_key"] = SignerKey.from_xdr_object(op.signer.key).encoded_signer_key
        shown["signer_weight"] = op.signer.weight.uint32
    for name, flags in (("set_flags", op.set_flags), ("clear_flags", op.clear_flags)):
        if flags is not None and flags.uint32:
            shown |= _flags(name, flags.uint32, _FLAG_NAMES)
    return shown


def _flags(name: str, flags: int, names: dict[int, str]) -> Json:
    given = [bit for bit in names if flags & bit]
    return {name: given, f"{name}_s": [names[bit] for bit in given]}


def _change_trust(source: str, body: xdr.OperationBody, _result: Any) -> Json:
    op = body.change_trust_op
    assert op is not None
    shown: Json = {"limit": format_amount(op.limit.int64), "trustor": source}
    pool = op.line.liquidity_pool
    if pool is not None:
        assert pool.constant_product is not None
        a, b = asset_of(pool.constant_product.asset_a), asset_of(pool.constant_product.asset_b)
        return shown | {"asset_type": "liquidity_pool_shares", "liquidity_pool_id": pool_id_of(a, b)}
    asset = asset_of(op.line)
    return shown | asset_fields(asset) | {"trustee": asset.issuer}


def _allow_trust(source: str, body: xdr.OperationBody, _result: Any) -> Json:
    op = body.allow_trust_op
    assert op is not None
    return {
        **asset_fields(asset_of_code(op.asset, source)),
        "trustee": source,
        "trustor": account_id_of(op.trustor),
        "authorize": op.authorize.uint32 == 1,
        "authorize_to_maintain_liabilities": op.authorize.uint32 in (1, 2),
    }


def _trust_line_flags(_source: str, body: xdr.OperationBody, _result: Any) -> Json:
    op = body.set_trust_line_flags_op
    assert op is not None
    shown: Json = {**asset_fields(asset_of(op.asset)), "trustor": account_id_of(op.trustor)}
    for name, flags in (("set_flags", op.set_flags.uint32), ("clear_flags", op.clear_flags.uint32)):
        if flags:
            shown |= _flags(name, flags, _LINE_FLAG_NAMES)
    return shown


def _merge(source: str, body: xdr.OperationBody, _result: Any) -> Json:
    assert body.destination is not None
    return {"account": source, **muxed_fields(body.destination, "into")}


def _manage_data(_source: str, body: xdr.OperationBody, _result: Any) -> Json:
    op = body.manage_data_op
    assert op is not None
    value = base64.b64encode(op.data_value.data_value).decode() if op.data_value is not None else ""
    return {"name": op.data_name.string64.decode("utf-8", "replace"), "value": value}


def _bump_sequence(_source: str, body: xdr.OperationBody, _result: Any) -> Json:
    assert body.bump_sequence_op is not None
    return {"bump_to": str(body.bump_sequence_op.bump_to.sequence_number.int64)}


def _deposit(_source: str, body: xdr.OperationBody, _result: Any) -> Json:
    op = body.liquidity_pool_deposit_op
    assert op is not None
    return {
        "liquidity_pool_id": op.liquidity_pool_id.pool_id.hash.hex(),
        **_price(op.min_price, "min_price"),
        **_price(op.max_price, "max_price"),
    }


def _withdraw(_source: str, body: xdr.OperationBody, _result: Any) -> Json:
    op = body.liquidity_pool_withdraw_op
    assert op is not None
    return {
        "liquidity_pool_id": op.liquidity_pool_id.pool_id.hash.hex(),
        "shares": format_amount(op.amount.int64),
    }


_Kind = xdr.OperationType
_SHAPES: Final[dict[_Kind, Callable[[str, xdr.OperationBody, xdr.OperationResult | None], Json]]] = {
    xdr.OperationType.INVOKE_HOST_FUNCTION: invoke_host_function,
    xdr.OperationType.EXTEND_FOOTPRINT_TTL: extend_footprint_ttl,
    _Kind.CREATE_ACCOUNT: _create_account,
    _Kind.PAYMENT: _payment,
    _Kind.PATH_PAYMENT_STRICT_RECEIVE: _path_payment,
    _Kind.PATH_PAYMENT_STRICT_SEND: _path_payment,
    _Kind.MANAGE_SELL_OFFER: _offer,
    _Kind.MANAGE_BUY_OFFER: _offer,
    _Kind.CREATE_PASSIVE_SELL_OFFER: _offer,
    _Kind.SET_OPTIONS: _set_options,
    _Kind.CHANGE_TRUST: _change_trust,
    _Kind.ALLOW_TRUST: _allow_trust,
    _Kind.SET_TRUST_LINE_FLAGS: _trust_line_flags,
    _Kind.ACCOUNT_MERGE: _merge,
    _Kind.MANAGE_DATA: _manage_data,
    _Kind.BUMP_SEQUENCE: _bump_sequence,
    _Kind.LIQUIDITY_POOL_DEPOSIT: _deposit,
    _Kind.LIQUIDITY_POOL_WITHDRAW: _withdraw,
}
