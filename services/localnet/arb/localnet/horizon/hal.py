"""HAL: links and pages as Horizon writes them, and the JSON answers they travel in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from aiohttp import web
from yarl import URL

from arb.localnet.horizon.params import Page
from arb.markets.asset import Asset

CONTENT_TYPE = "application/hal+json; charset=utf-8"

Json = dict[str, Any]


def answer(body: Json, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(body=orjson.dumps(body), status=status, headers={"Content-Type": CONTENT_TYPE})


def base_url(request: web.Request) -> str:
    """How the client reached us: the root of every link."""
    return f"{request.scheme}://{request.host}"


def link(base: str, path: str) -> Json:
    """A link; one with `{...}` in it is a template."""
    href = {"href": base + path}
    return {**href, "templated": True} if "{" in path else href


def paged_link(base: str, path: str) -> Json:
    """A link to a list."""
    return {"href": base + path + "{?cursor,limit,order}", "templated": True}


def page_body(request: web.Request, page: Page, records: Sequence[Json]) -> Json:
    """A page with its self, next and prev links: prev inverts the order and starts from the first record."""
    here = URL(base_url(request)).join(URL(request.raw_path, encoded=True))
    here = here.update_query(cursor=page.cursor, limit=str(page.limit), order=page.order)
    first = records[0]["paging_token"] if records else page.cursor
    last = records[-1]["paging_token"] if records else page.cursor
    back = "desc" if page.ascending else "asc"
    links = {
        "self": {"href": str(here)},
        "next": {"href": str(here.update_query(cursor=last))},
        "prev": {"href": str(here.update_query(cursor=first, order=back))},
    }
    return {"_links": links, "_embedded": {"records": list(records)}}


def timestamp(unix_seconds: int) -> str:
    """Seconds since 1970 as RFC 3339 in UTC, without fractions."""
    return datetime.fromtimestamp(unix_seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def asset_fields(asset: Asset, prefix: str = "") -> Json:
    """The fields asset_type, asset_code and asset_issuer; a native asset has only the first."""
    if asset.issuer is None:
        return {f"{prefix}asset_type": "native"}
    kind = "credit_alphanum4" if len(asset.code) <= 4 else "credit_alphanum12"
    return {f"{prefix}asset_type": kind, f"{prefix}asset_code": asset.code, f"{prefix}asset_issuer": asset.issuer}


def price_text(n: int, d: int) -> str:
    """n/d with seven decimals, rounded half away from zero as Go's big.Rat does."""
    scaled = (2 * n * 10**7 + d) // (2 * d)
    whole, rest = divmod(scaled, 10**7)
    return f"{whole}.{rest:07d}"
