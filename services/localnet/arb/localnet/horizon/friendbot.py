"""/friendbot: new accounts for the asking."""

from aiohttp import web

from arb.localnet.horizon import params
from arb.localnet.horizon.context import FRIENDBOT, SUBMIT_TIMEOUT
from arb.localnet.horizon.hal import answer, base_url
from arb.localnet.horizon.problem import bad_request, invalid_field, submission_timeout
from arb.localnet.horizon.transactions import transaction_json
from arb.localnet.node.friendbot import AccountExistsError, FriendbotBusyError

_EXISTS = "createAccountAlreadyExist (AAAAAAAAAGT/////AAAAAQAAAAAAAAAA/////AAAAAA=)"


async def fund(request: web.Request) -> web.Response:
    """GET or POST /friendbot?addr=G...: the transaction that created the account; POST also takes a form."""
    account_id = params.account(request, "addr")
    if not account_id and request.method == "POST":
        field = (await request.post()).get("addr", "")
        account_id = params.checked_account(field if isinstance(field, str) else "", "addr")
    if not account_id:
        raise invalid_field("addr", "Missing parameter")
    try:
        record = await request.app[FRIENDBOT].fund(account_id, request.app[SUBMIT_TIMEOUT])
    except AccountExistsError:
        raise bad_request(_EXISTS) from None
    except FriendbotBusyError:
        raise submission_timeout("", "") from None
    return answer(transaction_json(record, base_url(request)))
