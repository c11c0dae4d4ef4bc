"""Keeps secrets out of what is written: seeds by their shape, passphrases by name and by value."""

import re
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

REDACTED = "[redacted]"

_SEED = re.compile(r"S[A-Z2-7]{55}")
_SEED_WITH_SPACES = re.compile(r"(?<![A-Z2-7])S(?:\s*[A-Z2-7]){55}(?![A-Z2-7])")
"""A seed pasted with stray blanks or line breaks inside."""
_TOKEN = re.compile(r"arbt_[A-Za-z0-9_-]{43}")
"""A token of the gateway (gateway_tokens.PREFIX)."""
_SECRET_NAME = re.compile(r"passphrase|password|passwd|secret|seed|mnemonic|private_?key", re.IGNORECASE)
_PUBLIC_NAMES = frozenset({"network_passphrase"})
_PASSPHRASES = "ARB_KEYSTORE_"
"""How the names of variables begin that hold a passphrase, or say where one is."""
_PERSONS_OWN = frozenset({"ARB_GATEWAY_TOKEN", "ARB_GATEWAY_TOKEN_FILE"})
"""What a person shows the gateway: no process of the platform has any use for it."""
_URL_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def redact_text(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without anything that looks like a secret seed (S and 55 base32 characters) or a token of the gateway,
    without the credentials of URLs, and without the given `secrets` themselves."""
    text = _SEED.sub(REDACTED, text)
    text = _SEED_WITH_SPACES.sub(REDACTED, text)
    text = _TOKEN.sub(REDACTED, text)
    text = _URL_CREDENTIALS.sub(f"{REDACTED}@", text)
    for secret in secrets:
        if secret:
            text = text.replace(secret, REDACTED)
    return text


def redact_named(fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """`fields` with the values of secret-sounding names hidden, however deep they lie."""
    return {name: REDACTED if _is_secret(name) else _within(value) for name, value in fields.items()}


def without_passphrases(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process that does not open the keystore: whatever ours holds, it gets no passphrase."""
    return {name: value for name, value in without_tokens(environment).items() if not _passphrase(name)}


def without_tokens(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for any process of the platform: a person's own token stays with the person."""
    return {name: value for name, value in environment.items() if name.upper() not in _PERSONS_OWN}


def _passphrase(name: str) -> bool:
    return name.upper().startswith(_PASSPHRASES)


def _is_secret(name: str) -> bool:
    return name not in _PUBLIC_NAMES and _SECRET_NAME.search(name) is not None


def _within(value: Any) -> Any:
    if isinstance(value, dict):
        return redact_named({str(name): item for name, item in value.items()})
    if isinstance(value, list | tuple):
        return [_within(item) for item in value]
    return value
