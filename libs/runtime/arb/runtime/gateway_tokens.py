"""Tokens of the WebSocket gateway: how one is made, and how those who hold one are written down."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Literal, get_args

from arb.runtime.errors import RuntimeFault

Role = Literal["viewer", "operator"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
Rights = Literal["none", "viewer", "operator"]
"""What may be done without a token."""

PREFIX: Final = "arbt_"
"""A token is known by it wherever it turns up, and taken out of every log."""
_NAME: Final = re.compile(r"[a-z][a-z0-9._-]{0,31}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_TAKEN: Final = frozenset({"accounts", "auditor", "executor", "gateway", "scanner", "settings"})
"""Names that events give to no person."""
_CONNECTION: Final = "ws-"
"""How the names of clients begin that showed no token."""


class TokensError(RuntimeFault):
    """A list of holders cannot be read, or what was to be written into it is not allowed. One line, no token in it."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a token. Of the token itself only its SHA-256 is kept: 256 random bits need no slower hash."""

    name: str
    role: Role
    digest: str

    def __str__(self) -> str:
        return f"{self.name}:{self.role}:{self.digest}"


def new_token() -> str:
    """A token nobody can guess."""
    return PREFIX + secrets.token_urlsafe(32)


def holder(name: str, role: str, token: str) -> Holder:
    """The holder of `token`. Raises TokensError when name or role will not do."""
    return _checked(name, role, hashlib.sha256(token.encode()).hexdigest())


def parse_holders(entries: Iterable[str]) -> tuple[Holder, ...]:
    """Read `name:role:sha256` entries; empty ones and those that begin with # are left out.

    Raises TokensError naming the first wrong one by its place.
    """
    found: dict[str, Holder] = {}
    for place, entry in enumerate(entries, start=1):
        text = entry.strip()
        if not text or text.startswith("#"):
            continue
        parts = text.split(":")
        if len(parts) != 3:
            raise TokensError(f"entry {place} is not name:role:sha256")
        try:
            one = _checked(*parts)
        except TokensError as error:
            raise TokensError(f"entry {place}: {error}") from None
        if one.name in found:
            raise TokensError(f"entry {place}: {one.name} is there already")
        found[one.name] = one
    return tuple(found.values())


def find(token: str, holders: Sequence[Holder]) -> Holder | None:
    """Who holds `token`. Every digest is compared, and in constant time: how long it takes tells nothing."""
    digest = hashlib.sha256(token.encode(errors="replace")).hexdigest()
    held: Holder | None = None
    for one in holders:
        if hmac.compare_digest(one.digest, digest):
            held = one
    return held


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to a server that listens on `host`."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _checked(name: str, role: str, digest: str) -> Holder:
    if not _NAME.fullmatch(name):
        raise TokensError(f"{name[:40]!r} is no name: a to z, digits, . _ -, a letter first, 32 at most")
    if name in _TAKEN or name.startswith(_CONNECTION):
        raise TokensError(f"the name {name!r} is the platform's own")
    known = next((one for one in ROLES if one == role), None)
    if known is None:
        raise TokensError(f"{role[:40]!r} is no role: {' or '.join(ROLES)}")
    if not _DIGEST.fullmatch(digest):
        raise TokensError(f"what follows {name}:{role}: is not a SHA-256 in lower-case hexadecimal")
    return Holder(name, known, digest)
