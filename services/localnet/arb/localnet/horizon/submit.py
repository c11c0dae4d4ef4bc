"""Taking transactions in: POST /transactions waits for the ledger, POST /transactions_async for the queue only."""

import base64

from aiohttp import web
from stellar_sdk import xdr

from arb.localnet.horizon.context import SUBMIT_TIMEOUT, node_of
from arb.localnet.horizon.hal import Json, answer, base_url
from arb.localnet.horizon.problem import (
    submission_timeout,
    transaction_failed,
    transaction_malformed,
    unsupported_media_type,
)
from arb.localnet.horizon.result_codes import result_codes
from arb.localnet.horizon.transactions import transaction_json
from arb.localnet.node.queue import Status
from arb.localnet.node.records import TransactionRecord
from arb.localnet.transactions.envelope import Frame

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_HTTP_STATUS = {Status.PENDING: 201, Status.DUPLICATE: 409, Status.TRY_AGAIN_LATER: 503, Status.ERROR: 400}


async def _posted(request: web.Request) -> tuple[str, Frame]:
    """The field `tx` of the form (or of the query), and the transaction in it."""
    if "Content-Type" in request.headers and request.content_type not in _FORMS:
        raise unsupported_media_type()
    form = await request.post()
    field = form.get("tx", "") or request.query.get("tx", "")
    text = field if isinstance(field, str) else ""
    try:
        return text, node_of(request).parse(base64.b64decode(text, validate=True))
    except ValueError:  # not ASCII, not base64, or not an envelope
        raise transaction_malformed(text) from None


async def submit(request: web.Request) -> web.Response:
    """POST /transactions: answers once the transaction is in a ledger, or why it never will be.

    Only an ERROR of the queue ends the request at once: after PENDING, DUPLICATE and TRY_AGAIN_LATER Horizon waits for
    the hash to appear.
    """
    text, frame = await _posted(request)
    node = node_of(request)
    if node.history.transaction(frame.hash) is None:
        submission = node.submit_frame(frame)
        if submission.result is not None:
            codes = result_codes(submission.result.to_xdr(), frame.hash)
            raise transaction_failed(text, _b64(submission.result.packed()), codes)
    record = await node.applied(frame.hash, request.app[SUBMIT_TIMEOUT])
    if record is None:
        raise submission_timeout(text, frame.hash.hex())
    return answer(_outcome(record, text, frame.hash, base_url(request)))


def _outcome(record: TransactionRecord, text: str, tx_hash: bytes, base: str) -> Json:
    """The resource of a successful transaction; Problem transaction_failed for one that was applied and failed."""
    if not record.successful:
        result = xdr.TransactionResult.from_xdr_bytes(record.result_xdr)
        raise transaction_failed(text, _b64(record.result_xdr), result_codes(result, tx_hash))
    return transaction_json(record, base, tx_hash)


async def submit_async(request: web.Request) -> web.Response:
    """POST /transactions_async: the queue's answer, untouched."""
    _text, frame = await _posted(request)
    submission = node_of(request).submit_frame(frame)
    body: Json = {"tx_status": submission.status.value, "hash": submission.hash.hex()}
    if submission.result is not None:
        body["error_result_xdr"] = _b64(submission.result.packed())
    return answer(body, _HTTP_STATUS[submission.status])


def _b64(packed: bytes) -> str:
    return base64.b64encode(packed).decode()
