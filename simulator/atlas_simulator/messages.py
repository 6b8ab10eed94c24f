"""The HTTP messages of the simulator: requests, answers and errors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

JSON = "application/json"


@dataclass(frozen=True)
class Request:
    """One HTTP request."""

    method: str
    target: str
    """Path and query exactly as sent; digest authentication signs this text."""
    headers: Mapping[str, str]
    """Case-insensitive."""
    body: bytes
    address: str
    """The client's IP address."""

    @cached_property
    def path(self) -> str:
        """The path exactly as sent, with its percent-encoding."""
        return self.target.partition("?")[0]

    def json_object(self) -> dict[str, Any]:
        """Return the body, a JSON object; raises ``ValueError``, or ``TypeError`` for other JSON."""
        document = json.loads(self.body or b"{}")
        if not isinstance(document, dict):
            raise TypeError("the body must be a JSON object")
        return document

    @cached_property
    def query(self) -> dict[str, str]:
        """The decoded query; the last value of a repeated parameter wins."""
        return {name: values[-1] for name, values in self.query_lists.items()}

    @cached_property
    def query_lists(self) -> dict[str, list[str]]:
        """All values of each parameter of the query, in order."""
        return parse_qs(self.target.partition("?")[2], keep_blank_values=True)


@dataclass(frozen=True)
class Answer:
    """One HTTP response."""

    status: int
    body: bytes = b""
    content_type: str | None = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_headers(self, headers: Mapping[str, str]) -> "Answer":
        """Return the same answer with more headers."""
        return Answer(self.status, self.body, self.content_type, {**self.headers, **headers})


class Refused(Exception):  # noqa: N818 (an answer, not an error)
    """The simulator refuses the request with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_answer(status: int, document: object, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer with a JSON document as ``application/json``."""
    return Answer(status, json.dumps(document).encode(), JSON, headers or {})


def refusal(
    status: int,
    error_code: str | None,
    detail: str,
    *,
    parameters: list[object] | None = None,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Refused:
    """Build the exception that answers with Atlas' ``ApiError`` body.

    Parameters
    ----------
    status
        The HTTP status, also ``error`` in the body.
    error_code
        ``errorCode``; with ``None`` the body has none, like Atlas' plain 401.
    detail
        ``detail``, a sentence for people.
    parameters
        ``parameters``; real answers hold strings and numbers, although the schema says objects.
    fields
        Violations by field name, for ``badRequestDetail``.
    headers
        More response headers.
    """
    body: dict[str, object] = {"detail": detail, "error": status}
    if error_code is not None:
        body["errorCode"] = error_code
        body["parameters"] = parameters or []
    body["reason"] = HTTPStatus(status).phrase
    if fields:
        violations = [{"description": text, "field": name} for name, text in fields.items()]
        body["badRequestDetail"] = {"fields": violations}
    return Refused(json_answer(status, body, headers))
