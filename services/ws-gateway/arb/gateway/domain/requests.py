"""What a client may ask, and how a malformed request is answered."""

import json
import math
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from arb.messages.limits import LimitChanges

Topic = Literal["log", "events", "opportunities", "trades", "accounts", "engine", "detector", "venues"]
TOPICS: tuple[Topic, ...] = get_args(Topic)

MAX_DEPTH = 32
"""What is nested deeper could be read, yet not be echoed as an id."""


class RequestError(Exception):
    """A request that cannot be carried out. `code` is stable, the text is for people, `id` is echoed when known."""

    def __init__(self, code: str, message: str, id_: JsonValue = None) -> None:
        super().__init__(message)
        self.code = code
        self.id = id_


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    id: JsonValue = None


class Ping(_Request):
    """Answers `pong`."""

    command: Literal["ping"]


class Authenticate(_Request):
    """Shows a token: from now on this client may do what its holder may. Answers `authenticated`."""

    command: Literal["authenticate"]
    token: SecretStr = Field(default=SecretStr(""), max_length=200)


class GetSupportedAssets(_Request):
    """Answers `supported_assets`."""

    command: Literal["get_supported_assets"]


class StartEngine(_Request):
    """Starts trading; from now on this client gets log lines."""

    command: Literal["start_engine"]


class StopEngine(_Request):
    """Stops trading; open trades run to their end."""

    command: Literal["stop_engine"]
    reason: str = Field(default="asked to stop", max_length=200)


class Halt(_Request):
    """Stops trading until somebody resumes it, restarts included. Answers `engine`."""

    command: Literal["halt"]
    reason: str = Field(default="asked to halt", min_length=1, max_length=200)


class Resume(_Request):
    """Ends a halt. Answers `engine`."""

    command: Literal["resume"]


class GetLimits(_Request):
    """Answers `limits`."""

    command: Literal["get_limits"]


class SetLimits(_Request):
    """Sets the limits that are named, from the next trade on. Answers `limits`."""

    command: Literal["set_limits"]
    limits: LimitChanges = LimitChanges()


class GetPnl(_Request):
    """Answers `pnl`."""

    command: Literal["get_pnl"]


class GetStatus(_Request):
    """Answers `status`."""

    command: Literal["get_status"]


class GetOpportunities(_Request):
    """Answers `opportunities`, newest first."""

    command: Literal["get_opportunities"]
    limit: int = Field(default=50, ge=1, le=500)


class GetTrades(_Request):
    """Answers `trades`, newest first."""

    command: Literal["get_trades"]
    limit: int = Field(default=50, ge=1, le=500)


class GetAccounts(_Request):
    """Answers `accounts`."""

    command: Literal["get_accounts"]


class Subscribe(_Request):
    """Push these topics to this client. Answers `subscribed`."""

    command: Literal["subscribe"]
    topics: list[Topic] = Field(default=["log"], min_length=1)


class Unsubscribe(_Request):
    """Stop pushing these topics, or all. Answers `subscribed` with what is left."""

    command: Literal["unsubscribe"]
    topics: list[Topic] | None = None


class Replay(_Request):
    """Push history from a message or a moment on, then what happens, without gap or duplicate. Answers `replaying`.

    Without either it begins with the first message. `speed` 1 is as it happened, 0 as fast as the client reads.
    """

    command: Literal["replay"]
    from_sequence: int | None = Field(default=None, ge=1)
    from_time: str | None = None
    """RFC 3339, such as 2026-03-01T12:00:00Z."""
    speed: float = Field(default=0.0, ge=0.0, le=100_000.0)
    topics: list[Topic] = Field(default=["events"], min_length=1)

    @field_validator("from_time")
    @classmethod
    def _a_moment(cls, value: str | None) -> str | None:
        if value is not None and datetime.fromisoformat(value).tzinfo is None:
            raise ValueError("a time names its zone, as in 2026-03-01T12:00:00Z")
        return value

    @model_validator(mode="after")
    def _one_beginning(self) -> "Replay":
        if self.from_sequence is not None and self.from_time is not None:
            raise ValueError("from_sequence and from_time are two beginnings: give one")
        return self


Request = (
    Ping
    | Authenticate
    | GetSupportedAssets
    | StartEngine
    | StopEngine
    | Halt
    | Resume
    | GetLimits
    | SetLimits
    | GetPnl
    | GetStatus
    | GetOpportunities
    | GetTrades
    | GetAccounts
    | Subscribe
    | Unsubscribe
    | Replay
)
_ADAPTER: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="command")])
COMMANDS: tuple[str, ...] = (
    "ping",
    "authenticate",
    "get_supported_assets",
    "start_engine",
    "stop_engine",
    "halt",
    "resume",
    "get_limits",
    "set_limits",
    "get_pnl",
    "get_status",
    "get_opportunities",
    "get_trades",
    "get_accounts",
    "subscribe",
    "unsubscribe",
    "replay",
)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _finite(digits: str) -> float:
    """A number nobody can hold could not be echoed either."""
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:20]} is too large a number")
    return number


def _depth(value: Any) -> int:
    """How deep arrays and objects are nested in `value`."""
    depth, level = 0, [value]
    while level := [inner for each in level for inner in _inside(each)]:
        depth += 1
    return depth


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def parse(text: str | bytes) -> Request:
    """Read one request. Raises RequestError naming what was wrong: the text, the command, or the field."""
    if isinstance(text, bytes):
        raise RequestError("malformed", "binary message: send one JSON object as text")
    try:
        value: Any = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise RequestError("malformed", f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise RequestError("malformed", f"expected a JSON object, got {type(value).__name__}")
    if _depth(value) > MAX_DEPTH:
        raise RequestError("malformed", f"nested more than {MAX_DEPTH} deep")
    id_ = value.get("id")
    command = value.get("command")
    if command not in COMMANDS:
        shown = json.dumps(command)[:60]
        raise RequestError("unknown_command", f"unknown command {shown}; known: {', '.join(COMMANDS)}", id_)
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or command
        raise RequestError("invalid_field", f"{command}: {where}: {first['msg']}", id_) from None
