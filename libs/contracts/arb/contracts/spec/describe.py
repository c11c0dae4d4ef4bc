"""An interface for programs to read: JSON with the types written as in Rust."""

from typing import Any

from arb.contracts.spec.interface import Interface
from arb.contracts.spec.types import Enum, ErrorEnum


def described(interface: Interface) -> dict[str, Any]:
    """Functions, types, errors and events; `problem` says why a function cannot be called."""
    return {
        "functions": [
            {
                "name": function.name,
                "doc": function.doc,
                "inputs": [{"name": each.name, "type": str(each.type), "doc": each.doc} for each in function.inputs],
                "output": None if function.output is None else str(function.output),
                "problem": interface.problem(function.name),
            }
            for function in interface.functions.values()
        ],
        "structs": [
            {
                "name": struct.name,
                "doc": struct.doc,
                "fields": [{"name": each.name, "type": str(each.type), "doc": each.doc} for each in struct.fields],
            }
            for struct in interface.structs.values()
        ],
        "unions": [
            {
                "name": union.name,
                "doc": union.doc,
                "cases": [{"name": c.name, "types": list(map(str, c.types)), "doc": c.doc} for c in union.cases],
            }
            for union in interface.unions.values()
        ],
        "enums": [_numbered(enum) for enum in interface.enums.values()],
        "errors": [_numbered(enum) for enum in interface.errors.values()],
        "events": [
            {
                "name": event.name,
                "doc": event.doc,
                "prefix_topics": list(event.prefix_topics),
                "parameters": [
                    {"name": each.name, "type": str(each.type), "topic": each.in_topics, "doc": each.doc}
                    for each in event.parameters
                ],
            }
            for event in interface.events
        ],
        "unusable": dict(interface.unusable),
        "notes": list(interface.notes),
    }


def _numbered(enum: Enum | ErrorEnum) -> dict[str, Any]:
    cases = [{"name": case.name, "value": case.value, "doc": case.doc} for case in enum.cases]
    return {"name": enum.name, "doc": enum.doc, "cases": cases}
