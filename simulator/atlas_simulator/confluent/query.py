"""The query of Confluent Cloud's operations: the environment, the filters, and pages with tokens."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar
from urllib.parse import urlencode

from atlas_simulator.confluent.failure import failure
from atlas_simulator.confluent.link import Links
from atlas_simulator.confluent.settings import ConfluentSettings
from atlas_simulator.messages import Request

_PAGE = frozenset({"page_size", "page_token"})
_PAGE_SIZE_DEFAULT = 10
_PAGE_SIZE_MAXIMUM = 1000
_TOKEN_MAXIMUM = 255


class Listed(Protocol):
    """A resource that a list shows, in the order of its creation."""

    @property
    def id(self) -> str:
        """The id of the resource."""

    @property
    def created(self) -> float:
        """The time of its creation."""


Resource = TypeVar("Resource", bound=Listed)


def environment_of(request: Request) -> str:
    """Return the environment, the only parameter of an operation on one resource."""
    _refuse_undeclared(request, frozenset())
    return _environment(request)


def filters_of(request: Request, names: Sequence[str]) -> tuple[str, Mapping[str, list[str]]]:
    """Return the environment, and the values of each filter that the request has."""
    _refuse_undeclared(request, _PAGE.union(names))
    given = request.query_lists
    return _environment(request), {name: given[name] for name in names if name in given}


def page_of(
    request: Request, rows: Sequence[Resource], settings: ConfluentSettings
) -> tuple[Sequence[Resource], dict[str, object]]:
    """Return the rows of the page that a request asks for, and the metadata of the list.

    A token leads to the rows after the last one of the page before. So no row shows up twice, and none is left out
    when another row goes.
    """
    size, after = _position(request)
    remaining = sorted((row for row in rows if _place(row) > after), key=_place)
    shown = remaining[:size]
    base = f"{Links.of(request).base}{request.path}"
    metadata: dict[str, object] = {"first": base, "total_size": len(rows)}
    if len(remaining) > size:
        query = {**_unpaged(request), "page_token": [_token(request, size, shown[-1])]}
        metadata["next"] = f"{base}?{urlencode(query, doseq=True)}"
    elif settings.last_page_next != "absent":
        metadata["next"] = None if settings.last_page_next == "null" else ""
    return shown, metadata


def _environment(request: Request) -> str:
    environment = request.query.get("environment", "")
    if not environment:
        raise failure(400, "The parameter environment is required.", parameter="environment")
    return environment


def _refuse_undeclared(request: Request, declared: frozenset[str]) -> None:
    for name in sorted(request.query_lists.keys() - declared - {"environment"}):
        raise failure(400, f"The parameter {name} is unknown.", parameter=name)


def _position(request: Request) -> tuple[int, tuple[float, str]]:
    """Return the size of the page and the place after which it starts.

    ``page_size`` is "only valid on the first request": with a token the size of the first page applies.
    """
    token = request.query.get("page_token")
    if not token:
        return _size(request.query.get("page_size")), (0.0, "")
    wrong = failure(400, "The parameter page_token is invalid.", parameter="page_token")
    if len(token) > _TOKEN_MAXIMUM:
        raise wrong
    try:
        size, created, last, query = json.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError, TypeError):
        raise wrong from None
    if query != _digest(request):
        raise wrong
    return int(size), (float(created), str(last))


def _size(text: str | None) -> int:
    if text is None:
        return _PAGE_SIZE_DEFAULT
    size = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= size <= _PAGE_SIZE_MAXIMUM:
        raise failure(400, f"The parameter page_size must be from 1 to {_PAGE_SIZE_MAXIMUM}.", parameter="page_size")
    return size


def _token(request: Request, size: int, last: Listed) -> str:
    return base64.urlsafe_b64encode(json.dumps([size, last.created, last.id, _digest(request)]).encode()).decode()


def _digest(request: Request) -> str:
    """Return what ties a token to the environment and filters of the first request."""
    return hashlib.sha256(urlencode(sorted(_unpaged(request).items()), doseq=True).encode()).hexdigest()[:16]


def _unpaged(request: Request) -> dict[str, list[str]]:
    return {name: values for name, values in request.query_lists.items() if name not in _PAGE}


def _place(row: Listed) -> tuple[float, str]:
    return row.created, row.id
