""".env.example names every setting of every service, and nothing else; the numbers in it are the defaults."""

import importlib
import re
from pathlib import Path

import pytest

from arb.cli.credentials import CREDENTIALS
from arb.runtime.complaints import variables
from arb.runtime.settings import FOR_TESTS, ServiceSettings

ROOT = Path(__file__).parents[3]
LINES = re.findall(r"^#?([A-Z][A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
SOURCES = [path for folder in ("libs", "services") for path in (ROOT / folder).rglob("*.py")]
HOLDS_SETTINGS = [path for path in SOURCES if "validation_alias=" in path.read_text()]


def settings_types() -> set[type[ServiceSettings]]:
    """Every class of settings in libraries and services."""
    for path in HOLDS_SETTINGS:
        importlib.import_module(".".join(path.with_suffix("").parts[path.parts.index("arb") :]))
    found: set[type[ServiceSettings]] = set()
    waiting: list[type[ServiceSettings]] = [ServiceSettings]
    while waiting:
        one = waiting.pop()
        # Tests have settings of their own
        if one.__module__.startswith("arb."):
            found.add(one)
            waiting += one.__subclasses__()
    return found


FIELDS = {
    variables(field)[0]: field
    for one in settings_types()
    for field in one.model_fields.values()
    if variables(field)[0] not in FOR_TESTS
}


def test_every_setting_is_there_once_and_nothing_else() -> None:
    names = [name for name, _ in LINES]

    assert sorted(names) == sorted({*names}), "a name stands there twice"
    assert {*names} == {*FIELDS, *CREDENTIALS}


@pytest.mark.parametrize(("name", "value"), [line for line in LINES if line[0] in FIELDS])
def test_numbers_are_the_defaults(name: str, value: str) -> None:
    default = FIELDS[name].default
    if isinstance(default, int | float) and not isinstance(default, bool):
        assert float(value) == default


def test_every_setting_says_what_is_accepted() -> None:
    assert [name for name, field in FIELDS.items() if not field.description] == []
