"""Pages of a list."""

import json
from collections.abc import Sequence

from atlas_simulator.messages import Answer
from atlas_simulator.operation import Inbound
from atlas_simulator.parameters import boolean, refuse_envelope, whole_number

_PAGE_SIZE_MAXIMUM = 500
_PAGE_SIZE_DEFAULT = 100


def page_of(rows: Sequence[object], inbound: Inbound, media_type: str, *, total_count_error: int) -> Answer:
    """Return the page of a list that the query asks for."""
    query = inbound.request.query
    refuse_envelope(query)
    size = whole_number(query, "itemsPerPage", _PAGE_SIZE_DEFAULT, _PAGE_SIZE_MAXIMUM)
    page = whole_number(query, "pageNum", 1, None)
    pretty = boolean(query, "pretty")
    host = inbound.request.headers.get("Host", "localhost")
    link = f"http://{host}{inbound.request.path}?pageNum={page}&itemsPerPage={size}"
    body: dict[str, object] = {
        "links": [{"href": link, "rel": "self"}],
        "results": rows[(page - 1) * size : page * size],
    }
    if query.get("includeCount") is None or boolean(query, "includeCount"):
        body["totalCount"] = max(0, len(rows) + total_count_error)
    return Answer(200, json.dumps(body, indent=2 if pretty else None).encode(), media_type)


def one(row: object, media_type: str) -> Answer:
    """Return an answer with one row."""
    return Answer(200, json.dumps(row).encode(), media_type)
