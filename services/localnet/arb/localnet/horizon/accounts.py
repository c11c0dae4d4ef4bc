"""/accounts: an account with its balances and signers, and lists of accounts by signer, asset or pool."""

import base64
from collections.abc import Iterator

from aiohttp import web
from stellar_sdk import StrKey, xdr

from arb.localnet.horizon import params
from arb.localnet.horizon.context import node_of
from arb.localnet.horizon.hal import Json, answer, asset_fields, base_url, link, page_body, paged_link, timestamp
from arb.localnet.horizon.problem import Problem, invalid_field, not_found
from arb.localnet.horizon.slices import take
from arb.localnet.ledger import entries
from arb.localnet.ledger.assets import PoolShare, TrustAsset
from arb.localnet.ledger.balances import may_maintain_liabilities
from arb.localnet.ledger.entries import Account, Signer, TrustLine
from arb.localnet.ledger.reads import LedgerReads
from arb.localnet.node.node import Node
from arb.markets.amount import format_amount

_LISTS = ("transactions", "operations", "payments", "effects", "offers", "trades")


async def get_account(request: web.Request) -> web.Response:
    """GET /accounts/{account_id}."""
    account_id = params.account(request, "account_id")
    node = node_of(request)
    account = node.ledger.root.account(account_id)
    if account is None:
        raise not_found()
    return answer(account_json(node, account, base_url(request)))


async def get_data(request: web.Request) -> web.Response:
    """GET /accounts/{account_id}/data/{key}: one data entry, its value in base64."""
    account_id, name = params.account(request, "account_id"), params.text(request, "key")
    for data in node_of(request).ledger.root.data_of(account_id):
        if data.name == name.encode():
            return answer({"value": base64.b64encode(data.value).decode()})
    raise not_found()


async def list_accounts(request: web.Request) -> web.Response:
    """GET /accounts with exactly one of the filters signer, asset, liquidity_pool and sponsor."""
    page = params.page(request, numeric=False)
    given = [name for name in ("signer", "asset", "liquidity_pool", "sponsor") if params.text(request, name)]
    if len(given) != 1:
        raise Problem(
            "invalid_accounts_params",
            "Invalid Accounts Parameters",
            400,
            "Exactly one filter is required. Please ensure that you are including a signer, sponsor, asset, or "
            "liquidity pool filter.",
        )
    node = node_of(request)
    found = sorted(_filtered(request, node.ledger.root, given[0]), key=lambda account: account.account_id)
    chosen = take(found, page, lambda account: account.account_id, page.cursor or None)
    return answer(page_body(request, page, [account_json(node, each, base_url(request)) for each in chosen]))


def _filtered(request: web.Request, root: LedgerReads, kind: str) -> Iterator[Account]:
    if kind == "sponsor":
        params.account(request, "sponsor")
        return  # localnet models no sponsorship of entries
    if kind == "signer":
        signer = params.account(request, "signer")
        for account in root.accounts():
            if signer in (key for key, weight in _signers(account) if weight):
                yield account
        return
    wanted: TrustAsset
    if kind == "asset":
        asset = params.canonical_asset(params.text(request, "asset"), "asset")
        if asset.is_native:
            raise invalid_field("asset", "you can't filter by asset: native")
        wanted = asset
    else:
        wanted = PoolShare(params.pool_id(request, "liquidity_pool"))
    for line in root.trustlines():
        holder = root.account(line.account_id) if line.asset == wanted else None
        if holder is not None:
            yield holder


def account_json(node: Node, account: Account, base: str) -> Json:
    """The account resource."""
    root = node.ledger.root
    self_path = f"/accounts/{account.account_id}"
    links = {"self": link(base, self_path)}
    links |= {name: paged_link(base, f"{self_path}/{name}") for name in _LISTS}
    links["data"] = link(base, f"{self_path}/data/{{key}}")
    _master, low, med, high = account.thresholds
    body: Json = {
        "_links": links,
        "id": account.account_id,
        "account_id": account.account_id,
        "sequence": str(account.seq_num),
    }
    if account.seq_ledger:
        body |= {"sequence_ledger": account.seq_ledger, "sequence_time": str(account.seq_time)}
    body["subentry_count"] = account.num_sub_entries
    if account.inflation_dest is not None:
        body["inflation_destination"] = account.inflation_dest
    if account.home_domain:
        body["home_domain"] = account.home_domain.decode("utf-8", "replace")
    lines = sorted(root.trustlines_of(account.account_id), key=_balance_order)
    body |= {
        "last_modified_ledger": account.last_modified,
        "last_modified_time": close_time_text(node, account.last_modified),
        "thresholds": {"low_threshold": low, "med_threshold": med, "high_threshold": high},
        "flags": {
            "auth_required": bool(account.flags & entries.AUTH_REQUIRED),
            "auth_revocable": bool(account.flags & entries.AUTH_REVOCABLE),
            "auth_immutable": bool(account.flags & entries.AUTH_IMMUTABLE),
            "auth_clawback_enabled": bool(account.flags & entries.AUTH_CLAWBACK_ENABLED),
        },
        "balances": [_balance(line) for line in lines] + [_native_balance(account)],
        "signers": [{"weight": weight, "key": key, "type": _kind(key)} for key, weight in _signers(account)],
        "data": {
            data.name.decode("utf-8", "replace"): base64.b64encode(data.value).decode()
            for data in root.data_of(account.account_id)
        },
        "num_sponsoring": account.num_sponsoring,
        "num_sponsored": account.num_sponsored,
        "paging_token": account.account_id,
    }
    return body


def close_time_text(node: Node, ledger: int) -> str | None:
    """When a ledger closed; None if it is no longer remembered."""
    record = node.history.ledger(ledger)
    return timestamp(record.close_time) if record is not None else None


def _balance_order(line: TrustLine) -> tuple[str, str]:
    if isinstance(line.asset, PoolShare):
        return (line.asset.pool_id, "")
    return (line.asset.code, line.asset.issuer or "")


def _balance(line: TrustLine) -> Json:
    authorized = bool(line.flags & entries.AUTHORIZED)
    flags = {
        "is_authorized": authorized,
        "is_authorized_to_maintain_liabilities": authorized or may_maintain_liabilities(line),
    }
    if line.flags & entries.TRUSTLINE_CLAWBACK_ENABLED:
        flags["is_clawback_enabled"] = True
    if isinstance(line.asset, PoolShare):
        return {
            "balance": format_amount(line.balance),
            "liquidity_pool_id": line.asset.pool_id,
            "limit": format_amount(line.limit),
            "last_modified_ledger": line.last_modified,
            **flags,
            "asset_type": "liquidity_pool_shares",
        }
    return {
        "balance": format_amount(line.balance),
        "limit": format_amount(line.limit),
        "buying_liabilities": format_amount(line.buying_liabilities),
        "selling_liabilities": format_amount(line.selling_liabilities),
        "last_modified_ledger": line.last_modified,
        **flags,
        **asset_fields(line.asset),
    }


def _native_balance(account: Account) -> Json:
    return {
        "balance": format_amount(account.balance),
        "buying_liabilities": format_amount(account.buying_liabilities),
        "selling_liabilities": format_amount(account.selling_liabilities),
        "asset_type": "native",
    }


def _signers(account: Account) -> list[tuple[str, int]]:
    """Signers as (address, weight), the master key last."""
    return [(_address(signer), signer.weight) for signer in account.signers] + [
        (account.account_id, account.thresholds[0])
    ]


def _address(signer: Signer) -> str:
    key = xdr.SignerKey.from_xdr_bytes(signer.key)
    if key.ed25519 is not None:
        return StrKey.encode_ed25519_public_key(key.ed25519.uint256)
    if key.pre_auth_tx is not None:
        return StrKey.encode_pre_auth_tx(key.pre_auth_tx.uint256)
    if key.hash_x is not None:
        return StrKey.encode_sha256_hash(key.hash_x.uint256)
    assert key.ed25519_signed_payload is not None
    return StrKey.encode_ed25519_signed_payload(key.ed25519_signed_payload.to_xdr_bytes())


def _kind(address: str) -> str:
    kinds = {"G": "ed25519_public_key", "T": "preauth_tx", "X": "sha256_hash", "P": "ed25519_signed_payload"}
    return kinds[address[0]]
