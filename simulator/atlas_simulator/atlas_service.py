"""The Atlas Admin API as a service, with the OAuth endpoints beside it."""

from collections.abc import Mapping, Sequence

from atlas_simulator.messages import Refused, Request, refusal
from atlas_simulator.service import Service, Subject

_CODES = {429: "RATE_LIMITED", 500: "UNEXPECTED_ERROR", 503: "SERVICE_UNAVAILABLE"}


def _not_found(request: Request) -> Refused:
    return refusal(404, "RESOURCE_NOT_FOUND", f"Cannot find resource {request.path}.", parameters=[request.path])


def _method_not_allowed(request: Request, allowed: Sequence[str]) -> Refused:
    return refusal(
        405,
        "METHOD_NOT_ALLOWED",
        f"{request.method} is not allowed on {request.path}.",
        headers={"Allow": ", ".join(allowed)},
    )


def _error_document(status: int) -> dict[str, object]:
    return {
        "detail": "An unexpected error.",
        "error": status,
        "errorCode": _CODES.get(status, "UNEXPECTED_ERROR"),
        "parameters": [],
    }


def _subject(request: Request, parameters: Mapping[str, str]) -> Subject:
    return {
        "project": parameters.get("project"),
        "connection": parameters.get("connection"),
        "requester_account_id": request.query.get("requesterAccountId"),
        "cloud_provider": request.query.get("cloudProvider"),
        "region": request.query.get("regionName"),
    }


ATLAS = Service(
    name="atlas",
    prefix="/",
    not_found=_not_found,
    method_not_allowed=_method_not_allowed,
    error_document=_error_document,
    subject=_subject,
)
"""Its prefix matches every path, so it is the last of the services."""
