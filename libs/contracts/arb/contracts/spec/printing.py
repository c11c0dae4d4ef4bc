"""An interface for people to read, in the manner of Rust."""

import textwrap
from collections.abc import Iterable

from arb.contracts.spec.interface import Interface
from arb.contracts.spec.types import Enum as IntEnum
from arb.contracts.spec.types import EnumCase, ErrorEnum, Event, Field, Function, Struct, UnionCase, UserType
from arb.contracts.spec.types import Union as TaggedUnion

_INDENT = "    "


def printed(interface: Interface) -> str:
    """Functions, then the types they use, errors and events; what cannot be used is there with the reason.

    Authors' texts are shown without control characters: they may come from anybody.
    """
    parts = [_function(interface, function) for function in interface.functions.values()]
    types: list[UserType] = [*interface.structs.values(), *interface.unions.values()]
    types += [*interface.enums.values(), *interface.errors.values()]
    parts += [_user_type(declared) for declared in types]
    parts += [_event(event) for event in interface.events]
    parts += [f"// {name} cannot be used: {why}" for name, why in interface.unusable.items()]
    parts += [f"// {note}" for note in interface.notes]
    return "\n\n".join(plain(part) for part in parts)


def plain(text: str) -> str:
    """A text without what would steer a terminal."""
    return "".join(char if char.isprintable() or char == "\n" else "�" for char in text)


def _function(interface: Interface, function: Function) -> str:
    arguments = ", ".join(f"{field.name}: {field.type}" for field in function.inputs)
    output = "" if function.output is None else f" -> {function.output}"
    problem = interface.problem(function.name)
    unusable = [] if problem is None else [f"// {problem}"]
    docs = _doc(function.doc)
    for field in function.inputs:
        docs += _doc(f"{field.name}: {field.doc}" if field.doc else "")
    return "\n".join((*docs, *unusable, f"fn {function.name}({arguments}){output};"))


def _user_type(declared: UserType) -> str:
    match declared:
        case Struct(name, fields) if declared.is_tuple:
            return "\n".join((*_doc(declared.doc), f"struct {name}({', '.join(str(field.type) for field in fields)});"))
        case Struct(name, fields):
            return _block(declared.doc, f"struct {name}", map(_field, fields))
        case TaggedUnion(name, cases):
            return _block(declared.doc, f"enum {name}", map(_union_case, cases))
        case IntEnum(name, cases):
            return _block(declared.doc, f"enum {name}", map(_enum_case, cases))
        case ErrorEnum(name, cases):
            return _block(declared.doc, f"error {name}", map(_enum_case, cases))


def _event(event: Event) -> str:
    topics = [f"// topics begin with {', '.join(event.prefix_topics)}"] if event.prefix_topics else []
    parameters = (
        [*_doc(each.doc), f"{'#[topic] ' if each.in_topics else ''}{each.name}: {each.type},"]
        for each in event.parameters
    )
    return "\n".join((*topics, _block(event.doc, f"event {event.name}", parameters)))


def _field(field: Field) -> list[str]:
    return [*_doc(field.doc), f"{field.name}: {field.type},"]


def _union_case(case: UnionCase) -> list[str]:
    values = f"({', '.join(map(str, case.types))})" if case.types else ""
    return [*_doc(case.doc), f"{case.name}{values},"]


def _enum_case(case: EnumCase) -> list[str]:
    return [*_doc(case.doc), f"{case.name} = {case.value},"]


def _block(doc: str, head: str, members: Iterable[list[str]]) -> str:
    inside = [f"{_INDENT}{line}" for member in members for line in member]
    return "\n".join((*_doc(doc), f"{head} {{", *inside, "}"))


def _doc(text: str) -> list[str]:
    return [f"/// {line}".rstrip() for paragraph in text.splitlines() for line in textwrap.wrap(paragraph, 110) or [""]]
