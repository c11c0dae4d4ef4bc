"""Replies and pushes as dashboards read them. Amounts are decimal text with 7 places, as Horizon gives them."""

import json
from collections.abc import Iterable
from typing import Any

from arb.eventlog.ports import Recorded
from arb.gateway.domain.requests import RequestError
from arb.markets.amount import format_amount
from arb.messages.commands.accounts import Accounts
from arb.messages.commands.executor import EngineStatus, Trades
from arb.messages.commands.scanner import Opportunities, ScannerStatus, SupportedAssets

Json = dict[str, Any]


def supported_assets(assets: SupportedAssets) -> Json:
    """`supported_assets`: code and issuer of every asset scanned."""
    return {"type": "supported_assets", "supported_assets": [a.model_dump() for a in assets.supported_assets]}


def engine(status: EngineStatus) -> Json:
    """`engine`: whether it runs."""
    return {"type": "engine", **status.model_dump()}


def status(engine_status: EngineStatus, scanner: ScannerStatus, accounts: Accounts) -> Json:
    """`status`: the platform at a glance."""
    return {
        "type": "status",
        "running": engine_status.running,
        "mode": engine_status.mode,
        "ready": accounts.ready and scanner.synced,
        "ledger": scanner.ledger,
        "engine": engine_status.model_dump(),
        "scanner": scanner.model_dump(),
        "accounts": {"ready": accounts.ready, "count": len(accounts.accounts)},
    }


def opportunities(found: Opportunities) -> Json:
    """`opportunities`, newest first."""
    return {
        "type": "opportunities",
        "opportunities": [
            {
                "id": o.id,
                "ledger": o.ledger,
                "kind": o.plan.kind,
                "base": o.plan.base,
                "profit": _amount(o.plan.profit),
                "fee": _amount(o.plan.fee),
                "net_profit": _amount(o.plan.net_profit),
                "paths": [list(path) for path in o.plan.paths],
            }
            for o in found.opportunities
        ],
    }


def trades(found: Trades) -> Json:
    """`trades`, newest first."""
    return {
        "type": "trades",
        "trades": [
            t.model_dump()
            | {
                "predicted_profit": _amount(t.predicted_profit),
                "realised_profit": _amount(t.realised_profit),
                "fee_charged": _amount(t.fee_charged),
                "hypothetical_profit": _amount(t.hypothetical_profit),
            }
            for t in found.trades
        ],
    }


def accounts(found: Accounts) -> Json:
    """`accounts`: trading account first."""
    return {
        "type": "accounts",
        "ready": found.ready,
        "accounts": [
            a.model_dump() | {"balances": [{"asset": b.asset, "amount": _amount(b.amount)} for b in a.balances]}
            for a in found.accounts
        ],
    }


def authenticated(name: str, role: str) -> Json:
    """`authenticated`: whose token it was, and what that allows."""
    return {"type": "authenticated", "name": name, "role": role}


def subscribed(topics: Iterable[str]) -> Json:
    """`subscribed`: the topics this client now gets."""
    return {"type": "subscribed", "topics": sorted(topics)}


def replaying(first: int, last: int, speed: float, topics: Iterable[str]) -> Json:
    """`replaying`: history from message `first` on; what comes after `last` happens from now on."""
    return {"type": "replaying", "from_sequence": first, "to_sequence": last, "speed": speed, "topics": sorted(topics)}


def live(sequence: int) -> Json:
    """`live`: all history up to this message was pushed; every later event follows as it happens."""
    return {"type": "live", "sequence": sequence}


def log(text: str, recorded: Recorded | None = None) -> Json:
    """`log`: one line of the engine log, with the event it tells of."""
    push: Json = {"type": "log", "log": text}
    if recorded is not None:
        push |= {"sequence": recorded.sequence, "event": recorded.event.type, "time": recorded.event.time}
    return push


def event(topic: str, recorded: Recorded) -> Json:
    """A pushed event: the CloudEvents object as stored, beside its sequence in the record."""
    return {
        "type": "event",
        "topic": topic,
        "sequence": recorded.sequence,
        "event": recorded.event.model_dump(mode="json", exclude_none=True),
    }


def error(failure: RequestError) -> Json:
    """`error`: text for people, a stable code, the request's id."""
    return {"type": "error", "error": str(failure), "code": failure.code}


def encode(message: Json) -> str:
    """JSON text of a reply or push. ASCII only, so that any text a client sent can be echoed."""
    return json.dumps(message, separators=(",", ":"), allow_nan=False)


def _amount(stroops: int | None) -> str | None:
    return None if stroops is None else format_amount(stroops)
