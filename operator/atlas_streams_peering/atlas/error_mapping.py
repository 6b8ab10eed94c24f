"""Maps an HTTP answer of Atlas to an error, and says what a user can do about it."""

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from ..api.conditions import Reason
from ..transport.authentication import TokenEndpoint
from ..transport.errors import (
    AccessListBlocked,
    CredentialsInvalid,
    ProjectNotFound,
    RateLimited,
    Refused,
    RequestRefused,
    ServiceError,
    Unauthorized,
    Unavailable,
)
from ..transport.redaction import one_line
from ..transport.response import Response

_ABOUT_ROLE: Final = frozenset({"USER_UNAUTHORIZED", "NOT_IN_GROUP", "USER_CANNOT_ACCESS_GROUP"})
"""Codes of a 401 that is about a role or the project, not about the key (Atlas uses 401 for both)."""

PROJECT_CODES: Final = frozenset({"GROUP_NOT_FOUND", "INVALID_GROUP_ID"})
"""Codes of a 404 or 400 that always mean the project."""

ONLY_PROJECT_CODES: Final = PROJECT_CODES | {"RESOURCE_NOT_FOUND", None}
"""Codes of a 404 that mean the project where the call needs nothing else that can be missing; None: no code."""

_KEYS: Final = frozenset({"errorCode", "error", "detail", "reason"})
"""Of the body of an error: Atlas' own has all of them, OAuth's has one. What has none is a gateway's."""

_TRANSIENT: Final = frozenset({"WRITES_NOT_ALLOWED_DURING_APP_UPGRADES"})


@dataclass(frozen=True, slots=True)
class ApiError:
    """The body of an error: ``ApiError`` in Atlas' OpenAPI document, or what a proxy sends instead."""

    status: int
    code: str | None
    detail: str
    parameters: tuple[Any, ...]
    of_atlas: bool = True
    """The body has the shape of Atlas' errors, or is empty, or the answer is Atlas' by another sign."""

    @classmethod
    def read(cls, response: Response) -> "ApiError":
        """Read any answer: JSON of Atlas, JSON of OAuth, a proxy's page, or nothing."""
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return cls(response.status, None, "", ())
        code = body.get("errorCode")
        detail = body.get("detail") or body.get("reason") or body.get("error_description") or ""
        parameters = body.get("parameters")
        given = parameters if isinstance(parameters, list) else ()
        return cls(
            response.status,
            code if isinstance(code, str) else None,
            one_line(response.without_secrets(str(detail))),
            tuple(response.without_secrets(each) if isinstance(each, str) else each for each in given),
            of_atlas=not body or not _KEYS.isdisjoint(body) or response.refuses_digest,
        )

    @property
    def words(self) -> str:
        """Atlas' answer in a few words, for a sentence."""
        detail = self.detail.rstrip(".") or "no explanation"
        return f"{detail} (HTTP {self.status}{' ' + self.code if self.code else ''})"


def error_of(
    response: Response,
    *,
    role: str,
    doing: str,
    project_id: str = "",
    project_codes: Collection[str | None] = (),
) -> ServiceError:
    """Return the error for an answer other than 2xx.

    `role` is the role that the call needs. `doing` is what the call does, as in "list connections". A 404 with a code
    in `project_codes` means that the project `project_id` does not exist.
    """
    error = ApiError.read(response)
    status, code = error.status, error.code
    if status == 429:
        return RateLimited(f"Atlas limits the rate of requests: {error.words}.", retry_after=response.retry_after)
    if not error.of_atlas:
        return Unavailable(
            f"Atlas could not {doing}: {response.answered_by_intermediary()}.", reason=Reason.ATLAS_UNAVAILABLE
        )
    if status >= 500 or 300 <= status < 400 or status == 408 or code in _TRANSIENT:
        return Unavailable(f"Atlas could not {doing}: {error.words}.", reason=Reason.ATLAS_UNAVAILABLE)
    if status == 401:
        if code in _ABOUT_ROLE:
            return Unauthorized(
                f"Atlas does not let these credentials {doing}: {error.words}; "
                f"they need the role {role} in this project."
            )
        return CredentialsInvalid(f"Atlas does not accept the credentials: {error.words}; check the Secret.")
    if status == 403 and code is not None and _is_access_list(code):
        address = next((f" {parameter}" for parameter in error.parameters if _is_address(parameter)), "")
        return AccessListBlocked(
            f"Atlas does not accept requests from this address{one_line(address)}: {error.words}; "
            "add it to the API access list of the key or service account."
        )
    if status in (402, 403):
        return Unauthorized(f"Atlas forbids to {doing}: {error.words}; the call needs the role {role}.")
    if code in project_codes and (status == 404 or (status == 400 and code in PROJECT_CODES)):
        return ProjectNotFound(f"Atlas knows no project {project_id}: {error.words}; check spec.projectId.")
    return RequestRefused(f"Atlas refused to {doing}: {error.words}.", status=status, code=code)


def making_error_of(response: Response, *, role: str, doing: str, project_id: str) -> ServiceError:
    """Return the error for an answer, other than 2xx, to a request to make, change or delete something.

    What Atlas refuses because of what the spec wants is `Refused`. What it refuses because of the state of a peering is
    `RequestRefused`: the state changes without anybody changing the spec.
    """
    error = error_of(response, role=role, doing=doing, project_id=project_id, project_codes=PROJECT_CODES)
    if isinstance(error, RequestRefused) and error.status in _ABOUT_SPEC and error.code not in _ABOUT_STATE:
        return Refused(str(error))
    return error


_ABOUT_SPEC: Final = (400, 404, 409)

_ABOUT_STATE: Final = frozenset(
    {
        "PEER_ALREADY_EXISTS",
        "PEER_ALREADY_REQUESTED_DELETION",
        "PEER_INVALID_STATE",
        "PEER_NOT_FOUND",
        "INVALID_PEER_ID",
    }
)


def says_gone(refusal: RequestRefused) -> bool:
    """Whether a refused deletion says that the row is gone already, or being deleted."""
    if refusal.status == 404:
        return refusal.code not in PROJECT_CODES
    return refusal.code == "PEER_ALREADY_REQUESTED_DELETION"


def token_error_of(response: Response) -> ServiceError:
    """Return the error for an answer of the token endpoint other than 200."""
    error = ApiError.read(response)
    if response.status == 429:
        return RateLimited(f"Atlas limits new tokens: {error.words}.", retry_after=response.retry_after)
    if not error.of_atlas:
        return Unavailable(
            f"Atlas' token endpoint failed: {response.answered_by_intermediary()}.", reason=Reason.ATLAS_UNAVAILABLE
        )
    if response.status == 403:
        # The limit of live tokens: the account can have a new one when some of them expire.
        return RateLimited(f"Atlas gives no further token: {error.words}.")
    if 400 <= response.status < 500 and response.status != 408:
        return CredentialsInvalid(f"Atlas does not accept the service account: {error.words}; check the Secret.")
    return Unavailable(f"Atlas' token endpoint failed: {error.words}.", reason=Reason.ATLAS_UNAVAILABLE)


TOKEN_ENDPOINT: Final = TokenEndpoint(
    name="Atlas' token endpoint",
    path="/api/oauth/token",
    error_of=token_error_of,
    is_about_role=lambda response: ApiError.read(response).code in _ABOUT_ROLE,
    unavailable=Reason.ATLAS_UNAVAILABLE,
)


def _is_address(parameter: object) -> bool:
    try:
        return isinstance(parameter, str) and bool(ip_address(parameter))
    except ValueError:
        return False


def _is_access_list(code: str) -> bool:
    return "ACCESS_LIST" in code or "WHITELIST" in code
