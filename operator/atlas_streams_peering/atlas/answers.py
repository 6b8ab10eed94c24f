"""From an HTTP answer to an error: Atlas' codes, and what a user can do about each."""

import base64
import json
import math
import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

import httpx

from .errors import (
    AccessListBlocked,
    AtlasError,
    AtlasUnavailable,
    CredentialsInvalid,
    ProjectNotFound,
    RateLimited,
    RequestRefused,
    Unauthorized,
)

_LONGEST_DETAIL: Final = 300
"""Characters of Atlas' own words that are passed on."""

_LONGEST_REST: Final = 600.0
"""Seconds: no odd answer keeps a project from being looked at for longer."""

_NOT_ALLOWED: Final = frozenset({"USER_UNAUTHORIZED", "NOT_IN_GROUP", "USER_CANNOT_ACCESS_GROUP"})
"""Codes of a 401 that is about a role or the project, not about the key (Atlas uses 401 for both)."""

_NO_PROJECT: Final = frozenset({"GROUP_NOT_FOUND", "INVALID_GROUP_ID", "RESOURCE_NOT_FOUND"})

_PASSING: Final = frozenset({"WRITES_NOT_ALLOWED_DURING_APP_UPGRADES"})


@dataclass(frozen=True, slots=True)
class ApiError:
    """The body of an error: ``ApiError`` of the API's document, or whatever stands in its place."""

    status: int
    code: str | None
    detail: str
    parameters: tuple[Any, ...]

    @classmethod
    def read(cls, response: httpx.Response) -> "ApiError":
        """Read any answer: JSON of Atlas, JSON of OAuth, a proxy's page, or nothing."""
        try:
            body = json.loads(response.content)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return cls(response.status_code, None, "", ())
        code = body.get("errorCode")
        detail = body.get("detail") or body.get("reason") or body.get("error_description") or ""
        parameters = body.get("parameters")
        given = parameters if isinstance(parameters, list) else ()
        return cls(
            response.status_code,
            code if isinstance(code, str) else None,
            _plain(_without_secrets(str(detail), response)),
            tuple(_without_secrets(each, response) if isinstance(each, str) else each for each in given),
        )

    @property
    def words(self) -> str:
        """Atlas' answer in a few words, for a sentence."""
        said = self.detail.rstrip(".") or "no explanation"
        return f"{said} (HTTP {self.status}{' ' + self.code if self.code else ''})"


def error_of(response: httpx.Response, *, role: str, doing: str) -> AtlasError:
    """Return the error that an answer other than 2xx stands for.

    `role` is what the call needs; `doing` says what was asked for, as in "list connections".
    """
    error = ApiError.read(response)
    status, code = error.status, error.code
    if status == 429:
        return RateLimited(f"Atlas limits the rate of requests: {error.words}.", retry_after=retry_after(response))
    if status >= 500 or 300 <= status < 400 or status == 408 or code in _PASSING:
        return AtlasUnavailable(f"Atlas could not {doing}: {error.words}.", answered=status not in (502, 504))
    if status == 401:
        if code in _NOT_ALLOWED:
            return Unauthorized(
                f"Atlas does not let these credentials {doing}: {error.words}; "
                f"they need the role {role} in this project."
            )
        return CredentialsInvalid(f"Atlas does not accept the credentials: {error.words}; check the Secret.")
    if status == 403 and code is not None and _is_access_list(code):
        address = next((f" {parameter}" for parameter in error.parameters if _is_address(parameter)), "")
        return AccessListBlocked(
            f"Atlas does not accept requests from this address{_plain(address)}: {error.words}; "
            "add it to the API access list of the key or service account."
        )
    if status in (402, 403):
        return Unauthorized(f"Atlas forbids to {doing}: {error.words}; the call needs the role {role}.")
    return RequestRefused(f"Atlas refused to {doing}: {error.words}.", status=status)


def project_error(refused: RequestRefused, response: httpx.Response, project_id: str) -> AtlasError:
    """Return the error of a call that can only fail so because its project is not there."""
    error = ApiError.read(response)
    if error.status == 404 and (error.code is None or error.code in _NO_PROJECT):
        return ProjectNotFound(f"Atlas knows no project {project_id}: {error.words}; check spec.projectId.")
    return refused


def retry_after(response: httpx.Response) -> float | None:
    """Seconds of the Retry-After header, within reason; None where there is none that is a number."""
    try:
        seconds = float(response.headers.get("Retry-After", ""))
    except ValueError:
        return None
    return min(max(0.0, seconds), _LONGEST_REST) if math.isfinite(seconds) else None


def _is_address(parameter: object) -> bool:
    try:
        return isinstance(parameter, str) and bool(ip_address(parameter))
    except ValueError:
        return False


def _is_access_list(code: str) -> bool:
    return "ACCESS_LIST" in code or "WHITELIST" in code


def _without_secrets(text: str, response: httpx.Response) -> str:
    """Hide what an answer repeats of the credentials in its request, as some proxies do."""
    scheme, _, sent = response.request.headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "digest":
            hidden = re.findall(r'\b(?:response|cnonce)="?([^",]+)', sent)
        case "basic":
            hidden = [sent, *base64.b64decode(sent).decode().split(":", 1)[1:]]
        case _:
            hidden = [sent]
    for secret in filter(None, hidden):
        text = text.replace(secret, "[hidden]")
    return text


def _plain(text: str) -> str:
    """One line, of bounded length."""
    return re.sub(r"\s+", " ", text)[:_LONGEST_DETAIL]
