"""Confluent Cloud's errors, and the service that answers with them.

A recorded error has ``id``, ``status``, ``detail`` and ``source``, but neither ``code`` nor ``title``
(``read_deleted_peering.json`` in the Terraform provider).
"""

import secrets
from collections.abc import Mapping, Sequence

from atlas_simulator.messages import Refused, Request, json_answer
from atlas_simulator.service import Service, Subject

PREFIX = "/networking/v1/"
REQUEST_ID = "X-Request-Id"
FORBIDDEN = "Forbidden Access"
"""The detail of every 403."""

Problem = tuple[str, Mapping[str, str]]
"""The detail of an error, and its source: a ``pointer`` into the body, or a ``parameter`` of the query."""


def failure(
    status: int,
    detail: str,
    *,
    pointer: str | None = None,
    parameter: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Refused:
    """Build the exception that answers with one error."""
    named = {"pointer": pointer, "parameter": parameter}
    source = {name: text for name, text in named.items() if text is not None}
    return failures(status, [(detail, source)], headers=headers)


def failures(status: int, problems: Sequence[Problem], *, headers: Mapping[str, str] | None = None) -> Refused:
    """Build the exception that answers with several errors."""
    request_id = new_request_id()
    return Refused(
        json_answer(status, _document(status, problems, request_id), {REQUEST_ID: request_id, **(headers or {})})
    )


def new_request_id() -> str:
    """Return the id of a request, which is also the id of its errors."""
    return secrets.token_hex(16)


def _document(status: int, problems: Sequence[Problem], request_id: str) -> dict[str, object]:
    errors = [
        {"id": request_id, "status": str(status), "detail": detail, "source": dict(source)}
        for detail, source in problems
    ]
    return {"errors": errors}


def _not_found(request: Request) -> Refused:
    return failure(404, f"The path {request.path} was not found.")


def _method_not_allowed(request: Request, allowed: Sequence[str]) -> Refused:
    headers = {"Allow": ", ".join(allowed)}
    return failure(405, f"The method {request.method} is not allowed on {request.path}.", headers=headers)


def _error_document(status: int) -> dict[str, object]:
    return _document(status, [("Oops, something went wrong!", {})], new_request_id())


def _subject(request: Request, parameters: Mapping[str, str]) -> Subject:
    try:
        spec = request.json_object().get("spec")
    except (ValueError, TypeError):
        spec = None
    return {
        "environment": request.query.get("environment") or _reference(spec, "environment"),
        "network": parameters.get("network") or request.query.get("spec.network") or _reference(spec, "network"),
        "peering": parameters.get("peering"),
    }


def _reference(spec: object, name: str) -> str | None:
    reference = spec.get(name) if isinstance(spec, dict) else None
    found = reference.get("id") if isinstance(reference, dict) else None
    return found if isinstance(found, str) else None


CONFLUENT = Service(
    name="confluent",
    prefix=PREFIX,
    not_found=_not_found,
    method_not_allowed=_method_not_allowed,
    error_document=_error_document,
    subject=_subject,
)
