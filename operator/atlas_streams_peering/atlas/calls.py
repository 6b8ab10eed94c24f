"""What all calls of the Atlas Admin API have in common."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import quote

from ..api.conditions import Reason
from ..transport.errors import Unavailable

PAGE_SIZE: Final = 500
"""Rows a page: the most that Atlas gives."""

READ_ROLE: Final = "Project Read Only"

_MOST_PAGES: Final = 200


def in_project(project_id: str, path: str) -> str:
    """Return the whole path of something in a project."""
    return f"/api/atlas/v2/groups/{quote(project_id, safe='')}/{path}"


def unusable(doing: str, problem: str) -> Unavailable:
    """Return the error for an answer that cannot be used."""
    return Unavailable(f"Atlas could not {doing}: {problem}.", reason=Reason.ATLAS_UNAVAILABLE)


async def read_pages(read_page: Callable[[int], Awaitable[Any]], *, key: str, doing: str) -> list[dict[str, Any]]:
    """Read all pages of a list; return the rows that have a text as `key`, one row for each.

    Raises
    ------
    ServiceError
    """
    rows: dict[str, dict[str, Any]] = {}
    for page in range(1, _MOST_PAGES + 1):
        body = await read_page(page)
        results = body.get("results") if isinstance(body, dict) else None
        if not isinstance(results, list):
            raise unusable(doing, "the answer has no list of results")
        # A row may move from one page to the next between two calls: the later one counts.
        rows.update({row[key]: row for row in results if isinstance(row, dict) and _is_text(row.get(key))})
        if not results or (len(results) < PAGE_SIZE and not _names_a_next_page(body)):
            return list(rows.values())
    raise unusable(doing, f"more than {_MOST_PAGES} pages")


def _names_a_next_page(body: dict[str, Any]) -> bool:
    """Whether the answer links a next page: rows that it leaves out must not count as gone."""
    links = body.get("links")
    return isinstance(links, list) and any(isinstance(link, dict) and link.get("rel") == "next" for link in links)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
