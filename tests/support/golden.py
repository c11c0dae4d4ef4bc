"""Golden files of events: one per type and version, with its schema and what stored events of it look like.

`PYTHONPATH=tests .venv/bin/python -m support.golden` writes those that are missing. A schema that changed on purpose,
in a way that stored events still read, is accepted by name: `… -m support.golden arb.trade.planned.v1`. What was
stored under the schema before stays in the file as `earlier`.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

import arb.messages.events  # noqa: F401  (fills the registry of event types)
from arb.messages.base import FACTS, Fact
from arb.messages.envelope import GENESIS_HASH, seal
from arb.messages.subjects import Aggregate

DIRECTORY = Path(__file__).parents[1] / "contract" / "messages" / "golden"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PATTERNS = {
    "^G": "G" + "A" * 55,
    "^C": "C" + "A" * 55,
    "^[0-9a-f]{64}": "ab" * 32,
    "^[0-9a-f]{128}": "cd" * 64,
    "^(native": "USDC:G" + "B" * 55,
    "^[A-Za-z0-9_-]": "0123456789abcdef",
}
"""How a pattern begins -> a text that it admits."""


def schema(kind: type[Fact]) -> Any:
    """What the type admits, as JSON schema without the words for people."""
    return _without_words(kind.model_json_schema())


def examples(kind: type[Fact]) -> list[str]:
    """Stored events of this type: as many as its unions have arms, so that every arm is in one of them."""
    made = [seal_example(kind(**_values(kind, turn))) for turn in range(_arms(kind))]
    return list(dict.fromkeys(made))


def seal_example(fact: Fact) -> str:
    """The stored bytes of a first event with this fact."""
    aggregate = Aggregate(fact.type.split(".")[1], "golden")
    return seal(aggregate, 1, fact, source="/arb/golden", time=NOON, prevhash=GENESIS_HASH).to_bytes().decode()


def path_of(event_type: str) -> Path:
    """Where the golden file of an event type is."""
    return DIRECTORY / f"{event_type}.json"


def write(event_type: str) -> None:
    """Write its golden file from the class as it is now."""
    kind, earlier = FACTS[event_type], []
    stored = examples(kind)
    if path_of(event_type).exists():
        before = json.loads(path_of(event_type).read_text())
        earlier = [text for text in (*before["earlier"], *before["stored"]) if text not in stored]
    content = {"type": event_type, "schema": schema(kind), "stored": stored, "earlier": earlier}
    DIRECTORY.mkdir(exist_ok=True)
    path_of(event_type).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _values(kind: type[BaseModel], turn: int) -> dict[str, Any]:
    return {name: _value(field.annotation, field, turn) for name, field in kind.model_fields.items()}


def _value(annotation: Any, field: FieldInfo | None, turn: int) -> Any:
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        return _value(inner, FieldInfo.from_annotation(annotation) if metadata else field, turn)
    arguments = get_args(annotation)
    match get_origin(annotation):
        case origin if origin is Union or str(origin) == "<class 'types.UnionType'>":
            return _value(arguments[turn % len(arguments)], field, turn)
        case origin if origin is Literal:
            return arguments[turn % len(arguments)]
        case origin if origin is tuple:
            return tuple(_value(arguments[0], None, turn) for _ in range(_least_length(field)))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation(**_values(annotation, turn))
    return _scalar(annotation, field)


def _scalar(annotation: Any, field: FieldInfo | None) -> Any:
    if annotation is bool:
        return True
    if annotation is int:
        return 2**70 if _constraint(field, "lt") == 2**127 else 7  # amounts need not fit into 64 bits
    if annotation is str:
        pattern = _constraint(field, "pattern")
        if pattern is None:
            return "text"
        return next(text for beginning, text in PATTERNS.items() if str(pattern).startswith(beginning))
    if annotation is type(None):
        return None
    raise TypeError(f"no example is known for {annotation}: teach tests/support/golden.py one")


def _constraint(field: FieldInfo | None, name: str) -> Any:
    known = (getattr(metadata, name, None) for metadata in (field.metadata if field is not None else ()))
    return next((value for value in known if value is not None), None)


def _least_length(field: FieldInfo | None) -> int:
    return max(1, _constraint(field, "min_length") or 0)


def _arms(annotation: Any) -> int:
    """The most arms of any union or literal inside."""
    arguments = get_args(annotation)
    own = len(arguments) if get_origin(annotation) not in (None, tuple, Annotated) else 1
    inner: list[Any] = list(arguments) if get_origin(annotation) is not Literal else []
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        inner = [field.annotation for field in annotation.model_fields.values()]
    return max([own, *(_arms(each) for each in inner)])


def _without_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _without_words(inner)
            for name, inner in sorted(value.items())
            if name not in ("title", "description") or not isinstance(inner, str)
        }
    return [_without_words(inner) for inner in value] if isinstance(value, list) else value


if __name__ == "__main__":
    for name in sys.argv[1:] or [each for each in FACTS if not path_of(each).exists()]:
        write(name)
        print(f"wrote {path_of(name).name}")
