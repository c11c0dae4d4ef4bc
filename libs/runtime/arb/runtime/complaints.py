"""What is said about a wrong setting: one line, and no secret in it."""

import re
from collections.abc import Iterable
from typing import Any, Final

from pydantic import AliasChoices, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from arb.runtime.redaction import redact_text

_SECRET: Final = re.compile(r"PASSPHRASE|TOKENS$")
_IN_OUR_WORDS: Final = ("setting", "contract", "asset", "url", "number", "failpoint")
"""Types of the errors whose text is ours and follows the variable's name."""


def first_complaint(error: ValidationError, fields: Iterable[FieldInfo]) -> str:
    """The first wrong setting: variable, value (unless secret), what was wrong, what is accepted."""
    first = error.errors(include_url=False)[0]
    variable = str(first["loc"][0]) if first["loc"] else str(first.get("ctx", {}).get("variable", "settings"))
    field = next((field for field in fields if variable in variables(field)), None)
    accepted = f"; accepted: {field.description}" if field is not None and field.description else ""
    return f"{variable}{_shown(first, secret=_SECRET.search(variable) is not None)} {_problem(first)}{accepted}"


def variables(field: FieldInfo) -> tuple[str, ...]:
    """The names a setting is read from, the first one first."""
    alias = field.validation_alias
    return tuple(str(choice) for choice in alias.choices) if isinstance(alias, AliasChoices) else (str(alias),)


def _shown(error: ErrorDetails, *, secret: bool) -> str:
    """`='value'` as it was given, without secrets."""
    value: Any = error.get("input")
    if secret or error["type"] == "missing" or not isinstance(value, str | int | float | tuple):
        return ""
    return "=" + redact_text(repr(",".join(map(str, value)) if isinstance(value, tuple) else value))


def _problem(error: ErrorDetails) -> str:
    if error["type"] == "missing":
        return "is missing"
    message = redact_text(error["msg"])
    if error["type"] in _IN_OUR_WORDS:
        return message
    return "is wrong (" + message[0].lower() + message[1:] + ")"
