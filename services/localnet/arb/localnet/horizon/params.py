"""Reading request parameters: each reader answers a value or raises Horizon's 400 that names the field."""

import re
from typing import Final, Literal, NamedTuple

from aiohttp import web

from arb.localnet.horizon.problem import invalid_field
from arb.markets.amount import parse_amount
from arb.markets.asset import NATIVE, Asset, account_key
from arb.markets.errors import MarketsError

DEFAULT_LIMIT: Final = 10
MAX_LIMIT: Final = 200
INT64_MAX: Final = 2**63 - 1
_HASH = re.compile(r"[0-9a-f]{64}")
_ACCOUNT_MESSAGE = "Account ID must start with `G` and contain 56 alphanum characters"
_ASSET_MESSAGE = 'Asset must be the string "native" or a string of the form "Code:IssuerAccountID" for issued assets.'
_ASSET_TYPES = {"native": 0, "credit_alphanum4": 4, "credit_alphanum12": 12}

Order = Literal["asc", "desc"]


class Page(NamedTuple):
    """What part of a list is asked for. `cursor` is the raw text: "" stands for the beginning (or end, descending)."""

    cursor: str
    order: Order
    limit: int

    @property
    def ascending(self) -> bool:
        """Whether the oldest comes first."""
        return self.order == "asc"


def text(request: web.Request, name: str) -> str:
    """The parameter in the path or in the query; "" when absent."""
    return request.match_info.get(name) or request.query.get(name, "")


def limit(request: web.Request, default: int = DEFAULT_LIMIT) -> int:
    """The number of records asked for, 1 to 200."""
    raw = text(request, "limit")
    if not raw:
        return default
    if not re.fullmatch(r"[+-]?[0-9]{1,19}", raw, re.ASCII):
        raise invalid_field("limit", "unparseable value")
    value = int(raw)
    if value <= 0:
        raise invalid_field("limit", "invalid limit: non-positive value provided")
    if value > MAX_LIMIT:
        raise invalid_field("limit", f"invalid limit: value provided that is over limit max of {MAX_LIMIT}")
    return value


def page(request: web.Request, *, now: int | None = None, numeric: bool = True) -> Page:
    """Cursor, order and limit. `now` is the paging token that the cursor "now" stands for, where a list has one."""
    order = text(request, "order") or "asc"
    if order not in ("asc", "desc"):
        raise invalid_field("order", "db: invalid order field: expected asc or desc")
    cursor = request.headers.get("Last-Event-ID") or text(request, "cursor")
    if cursor == "now" and now is not None:
        cursor = str(now)
    if re.fullmatch(r"-[0-9]+", cursor, re.ASCII):
        raise invalid_field("cursor", f"the cursor {cursor} is a negative number: ")
    if numeric and cursor and not _fits(cursor.partition("-")[0]):
        raise invalid_field("cursor", "invalid value")
    return Page(cursor, "asc" if order == "asc" else "desc", limit(request))


def _fits(number: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,19}", number, re.ASCII)) and int(number) <= INT64_MAX


def positive(request: web.Request, name: str, message: str, most: int = INT64_MAX) -> int:
    """A whole number in the path, at least 1."""
    raw = text(request, name)
    if not _fits(raw) or not 1 <= int(raw) <= most:
        raise invalid_field(name, message)
    return int(raw)


def account(request: web.Request, name: str) -> str:
    """A G... address; "" when absent."""
    return checked_account(text(request, name), name)


def checked_account(value: str, name: str) -> str:
    """`value` if it is a G... address or empty."""
    if value:
        try:
            account_key(value)
        except MarketsError:
            raise invalid_field(name, _ACCOUNT_MESSAGE) from None
    return value


def transaction_hash(request: web.Request, name: str) -> str:
    """64 lower-case hex digits."""
    value = text(request, name)
    if not _HASH.fullmatch(value):
        raise invalid_field(name, "Transaction hash must be a hex-encoded, lowercase SHA-256 hash")
    return value


def pool_id(request: web.Request, name: str) -> str:
    """A pool's id, 64 hex digits; "" when absent."""
    value = text(request, name)
    if value and not _HASH.fullmatch(value):
        raise invalid_field(name, f"{value} does not validate as sha256")
    return value


def flag(request: web.Request, name: str) -> bool:
    """true or false; absent is false."""
    value = text(request, name)
    if value not in ("", "true", "false"):
        raise invalid_field(name, "Filter should be true or false")
    return value == "true"


def amount(request: web.Request, name: str) -> int:
    """A positive decimal amount, as stroops."""
    try:
        stroops = parse_amount(text(request, name))
    except MarketsError:
        raise invalid_field(name, "Amount must be positive") from None
    if stroops <= 0:
        raise invalid_field(name, "Amount must be positive")
    return stroops


def canonical_asset(value: str, name: str) -> Asset:
    """An asset written as `native` or `CODE:ISSUER`."""
    try:
        if value == "native":
            return NATIVE
        if ":" in value:
            return Asset.parse(value)
    except MarketsError:
        pass
    raise invalid_field(name, _ASSET_MESSAGE)


def asset_list(request: web.Request, name: str, most: int) -> list[Asset]:
    """A comma-separated list of at most `most` canonical assets."""
    value = text(request, name)
    if not value:
        return []
    parts = value.split(",", most)
    if len(parts) > most:
        raise invalid_field(name, f"list of assets exceeds maximum length of {most}")
    return [canonical_asset(part, name) for part in parts]


def asset(request: web.Request, prefix: str) -> Asset | None:
    """An asset given in three parameters (`{prefix}asset_type`, `_code`, `_issuer`); None when all are absent."""
    kind = text(request, f"{prefix}asset_type")
    code = text(request, f"{prefix}asset_code")
    issuer = account(request, f"{prefix}asset_issuer")
    if not kind:
        if code or issuer:
            raise invalid_field(f"{prefix}asset_type", "Missing parameter")
        return None
    length = _ASSET_TYPES.get(kind)
    if length is None:
        message = "Asset type must be native, credit_alphanum4 or credit_alphanum12"
        raise invalid_field(f"{prefix}asset_type", message)
    if length == 0:
        if code:
            raise invalid_field(f"{prefix}asset_code", "native asset does not have a code")
        if issuer:
            raise invalid_field(f"{prefix}asset_issuer", "native asset does not have an issuer")
        return NATIVE
    if not issuer:
        raise invalid_field(f"{prefix}asset_issuer", "Missing parameter")
    try:
        if len(code) <= length:
            return Asset(code, issuer)
    except MarketsError:
        pass
    raise invalid_field(f"{prefix}asset_code", "Asset code must be 1-12 alphanumeric characters")


def named_asset(request: web.Request, name: str) -> Asset | None:
    """`{name}` as a canonical asset, or the three parameters `{name}_asset_type` and so on; None when absent."""
    value = text(request, name)
    return canonical_asset(value, name) if value else asset(request, f"{name}_")
