"""JSON patches (RFC 6902) of test, add and remove, as the API server applies them: all or nothing."""

from typing import Any


class PatchError(Exception):
    """The patch does not fit the document."""


def apply(document: dict[str, Any], operations: list[dict[str, Any]]) -> None:
    """Change the document, or raise; after that it may be half changed."""
    for operation in operations:
        *way, last = (part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:])
        try:
            parent: Any = document
            for part in way:
                parent = parent[int(part)] if isinstance(parent, list) else parent[part]
            _carry_out(operation, parent, last)
        except (KeyError, IndexError, ValueError) as error:
            raise PatchError(f"the path {operation['path']} does not exist") from error


def _carry_out(operation: dict[str, Any], parent: Any, last: str) -> None:
    match operation["op"], parent:
        case "test", list():
            _test(parent[int(last)], operation)
        case "test", _:
            _test(parent.get(last), operation)
        case "add", list():
            parent.insert(len(parent) if last == "-" else int(last), operation["value"])
        case "add", _:
            parent[last] = operation["value"]
        case "remove", list():
            del parent[int(last)]
        case "remove", _:
            del parent[last]
        case _:
            raise PatchError(f"unknown operation {operation['op']}")


def _test(value: Any, operation: dict[str, Any]) -> None:
    if value != operation["value"]:
        raise PatchError(f"testing value {operation['path']} failed")
