"""Maps an HTTP answer of Confluent Cloud to an error, and says what a user can do about it."""

from dataclasses import dataclass
from typing import Any, Final

from ..api.conditions import Reason
from ..transport.errors import (
    CredentialsInvalid,
    RateLimited,
    Refused,
    RequestRefused,
    ServiceError,
    Unauthorized,
    Unavailable,
)
from ..transport.redaction import one_line
from ..transport.response import Response

_REFUSED_FOR_GOOD: Final = frozenset({400, 402, 409, 422})
"""Statuses by which a creation is refused until somebody acts: the request, a quota, or a CIDR is wrong."""

_WRONG_KEY: Final = "invalid api key"
"""Confluent Cloud says this with a 403, too, where the key itself is wrong."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The body of an error: ``Failure`` in Confluent Cloud's OpenAPI document, or what a proxy sends instead."""

    status: int
    code: str | None
    detail: str
    of_confluent: bool | None
    """The body has the shape of Confluent Cloud's errors; None: it is empty."""

    @classmethod
    def read(cls, response: Response) -> "Failure":
        """Read any answer: JSON of the API, JSON of a gateway, a proxy's page, or nothing."""
        try:
            body = response.json()
        except ValueError:
            body = None
        errors = _errors(body)
        details = (error.get("detail") or error.get("title") or error.get("message") for error in errors)
        said = dict.fromkeys(detail.rstrip(".") for detail in details if isinstance(detail, str) and detail)
        codes = (error.get("code") for error in errors)
        return cls(
            response.status,
            next((one_line(response.without_secrets(code)) for code in codes if isinstance(code, str) and code), None),
            one_line(response.without_secrets("; ".join(said))),
            of_confluent="errors" in body if isinstance(body, dict) else None,
        )

    @property
    def words(self) -> str:
        """Confluent Cloud's answer in a few words, for a sentence."""
        return f"{self.detail or 'no explanation'} (HTTP {self.status}{' ' + self.code if self.code else ''})"


def error_of(
    response: Response, *, doing: str, environment_id: str, creates: bool = False, lists: bool = False
) -> ServiceError:
    """Return the error for an answer other than 2xx.

    `doing` is what the call does, as in "list the peerings of network n-1". `creates`: the call creates something.
    `lists`: the call lists. A row that a list lacks counts as gone, so a 404 of a gateway, which is often empty, must
    not count as an empty list.
    """
    failure = Failure.read(response)
    status, words = failure.status, failure.words
    if status == 404 and not (failure.of_confluent or (failure.of_confluent is None and not lists)):
        problem = response.answered_by_intermediary()
        return Unavailable(f"Confluent Cloud could not {doing}: {problem}.", reason=Reason.CONFLUENT_UNAVAILABLE)
    if status == 429:
        return RateLimited(f"Confluent Cloud limits the rate of requests: {words}.", retry_after=response.retry_after)
    if status >= 500 or 300 <= status < 400 or status == 408:
        return Unavailable(f"Confluent Cloud could not {doing}: {words}.", reason=Reason.CONFLUENT_UNAVAILABLE)
    if status == 401 or (status == 403 and _WRONG_KEY in failure.detail.lower()):
        return CredentialsInvalid(
            f"Confluent Cloud does not accept the API key: {words}; "
            "check the Secret, which must hold a Cloud API key and not the key of a cluster."
        )
    if status == 403:
        return Unauthorized(
            f"Confluent Cloud forbids to {doing}: {words}; the owner of the API key needs the role NetworkAdmin on "
            f"environment {environment_id}. Check the IDs too: Confluent Cloud may say the same of what does not exist."
        )
    if creates and status in _REFUSED_FOR_GOOD:
        return Refused(f"Confluent Cloud refused to {doing}: {words}.")
    if status == 402:
        return Unauthorized(f"Confluent Cloud forbids to {doing}: {words}; check the organization's billing.")
    return RequestRefused(
        f"Confluent Cloud refused to {doing}: {words}.",
        status=status,
        code=failure.code,
        reason=Reason.CONFLUENT_UNAVAILABLE,
    )


def _errors(body: Any) -> list[dict[str, Any]]:
    if not isinstance(body, dict):
        return []
    errors = body.get("errors")
    given = errors if isinstance(errors, list) else [body.get("error"), body]
    return [error for error in given if isinstance(error, dict)]
