"""Horizon's errors: problem details (RFC 7807) with the types, titles and texts its clients know."""

from typing import Any

import orjson
from aiohttp import web

CONTENT_TYPE = "application/problem+json; charset=utf-8"
_TYPE_ROOT = "https://stellar.org/horizon-errors/"


class Problem(Exception):
    """An error answer. `kind` is the last part of its type URL, `extras` whatever the kind of problem carries."""

    def __init__(self, kind: str, title: str, status: int, detail: str, extras: dict[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.title = title
        self.status = status
        self.detail = detail
        self.extras = extras

    def response(self) -> web.Response:
        """The HTTP answer of this problem."""
        body: dict[str, Any] = {
            "type": _TYPE_ROOT + self.kind,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.extras is not None:
            body["extras"] = self.extras
        packed = orjson.dumps(body, option=orjson.OPT_INDENT_2)
        return web.Response(body=packed, status=self.status, headers={"Content-Type": CONTENT_TYPE})


def not_found() -> Problem:
    """404: no such route, or nothing stored under that name."""
    return Problem(
        "not_found",
        "Resource Missing",
        404,
        "The resource at the url requested was not found.  This usually occurs for one of two reasons:  The url "
        "requested is not valid, or no data in our database could be found with the parameters provided.",
    )


def bad_request(detail: str = "The request you sent was invalid in some way.") -> Problem:
    """400 without a field to blame."""
    return Problem("bad_request", "Bad Request", 400, detail)


def invalid_field(name: str, reason: str) -> Problem:
    """400 because parameter `name` holds something else than it should."""
    problem = bad_request()
    problem.extras = {"invalid_field": name, "reason": reason}
    return problem


def before_history() -> Problem:
    """410: asked for a ledger older than what is kept."""
    return Problem(
        "before_history",
        "Data Requested Is Before Recorded History",
        410,
        "This horizon instance is configured to only track a portion of the stellar network's latest history. This "
        "request is asking for results prior to the recorded history known to this horizon instance.",
    )


def method_not_allowed(method: str) -> Problem:
    """405: the route exists, but not for this method."""
    return Problem("method_not_allowed", "Method Not Allowed", 405, f"{method} is not a method of this resource.")


def too_large(limit: int) -> Problem:
    """413: the body is longer than `limit` bytes."""
    return Problem(
        "request_entity_too_large", "Request Entity Too Large", 413, f"A request body may have {limit} bytes at most."
    )


def unsupported_media_type() -> Problem:
    """415: a transaction was posted as something else than a form."""
    return Problem(
        "unsupported_media_type",
        "Unsupported Media Type",
        415,
        "The request has an unsupported content type. Presently, the only supported content type is "
        "application/x-www-form-urlencoded.",
    )


def server_error() -> Problem:
    """500: a defect of localnet."""
    return Problem(
        "server_error",
        "Internal Server Error",
        500,
        "An error occurred while processing this request.  This is usually due to a bug within the server software.  "
        "Trying this request again may succeed if the bug is transient. Otherwise, please contact the system "
        "administrator.",
    )


def transaction_malformed(envelope_xdr: str) -> Problem:
    """400: the posted `tx` is not an envelope in base64."""
    return Problem(
        "transaction_malformed",
        "Transaction Malformed",
        400,
        "Horizon could not decode the transaction envelope in this request. A transaction should be an XDR "
        "TransactionEnvelope struct encoded using base64.  The envelope read from this request is echoed in the "
        "`extras.envelope_xdr` field of this response for your convenience.",
        {"envelope_xdr": envelope_xdr},
    )


def transaction_failed(envelope_xdr: str, result_xdr: str, result_codes: dict[str, Any]) -> Problem:
    """400: the network refused the transaction, or applied it and it failed."""
    return Problem(
        "transaction_failed",
        "Transaction Failed",
        400,
        "The transaction failed when submitted to the stellar network. The `extras.result_codes` field on this "
        "response contains further details.  Descriptions of each code can be found at: "
        "https://developers.stellar.org/api/errors/http-status-codes/horizon-specific/transaction-failed/",
        {"envelope_xdr": envelope_xdr, "result_xdr": result_xdr, "result_codes": result_codes},
    )


def submission_timeout(envelope_xdr: str, hash_hex: str) -> Problem:
    """504: the transaction was not seen in a ledger in time; it may still come."""
    return Problem(
        "transaction_submission_timeout",
        "Transaction Submission Timeout",
        504,
        "Your transaction submission request has timed out. This does not necessarily mean the submission has failed. "
        "Before resubmitting, please use the transaction hash provided in `extras.hash` to poll the GET /transactions "
        "endpoint for sometime and check if it was included in a ledger.",
        {"hash": hash_hex, "envelope_xdr": envelope_xdr},
    )
