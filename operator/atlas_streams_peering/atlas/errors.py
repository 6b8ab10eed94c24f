"""What can go wrong with a request to Atlas.

::

    AtlasError
    ├── PassingError            worth asking again, without anybody acting
    │   ├── AtlasUnavailable    no answer, a 5xx, or an answer that is not Atlas'
    │   └── RateLimited         429, from Atlas or from its token endpoint
    └── LastingError            stays until somebody acts
        ├── CredentialsInvalid  the key or secret is wrong, expired or revoked
        ├── Unauthorized        the credentials lack a role, or the project refuses the call
        ├── AccessListBlocked   this address is not on the API access list
        ├── ProjectNotFound     no such project
        └── RequestRefused      any other "no" to this one request
"""

from typing import ClassVar

from ..api.conditions import Reason


class HeldBack(Exception):  # noqa: N818  # an answer, not a failure
    """A change was not sent: it may not be made any more. Nothing went wrong with Atlas."""


class AtlasError(Exception):
    """A request to Atlas did not do what it should. The text is fit for users and holds no secret."""

    reason: ClassVar[Reason]


class PassingError(AtlasError):
    """Worth asking again, without anybody acting."""


class LastingError(AtlasError):
    """Stays until somebody acts."""


class AtlasUnavailable(PassingError):  # noqa: N818  # named after the condition's reason
    """No answer, a 5xx, or an answer that is not Atlas'.

    A change that was being asked for may or may not have happened.
    """

    reason = Reason.ATLAS_UNAVAILABLE

    def __init__(self, message: str, *, answered: bool = True) -> None:
        super().__init__(message)
        self.answered = answered
        """Atlas itself has spoken; else it is not known what it did."""


class RateLimited(PassingError):  # noqa: N818
    """Atlas wants fewer requests; the one that was made had no effect."""

    reason = Reason.RATE_LIMITED

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds that Atlas wants to be left alone."""


class CredentialsInvalid(LastingError):  # noqa: N818
    """The key or secret is wrong, expired or revoked."""

    reason = Reason.CREDENTIALS_INVALID


class Unauthorized(LastingError):  # noqa: N818
    """The credentials lack a role, or the project refuses the call."""

    reason = Reason.UNAUTHORIZED


class AccessListBlocked(LastingError):  # noqa: N818
    """The operator's address is not on the API access list."""

    reason = Reason.ACCESS_LIST_BLOCKED


class ProjectNotFound(LastingError):  # noqa: N818
    """No such project."""

    reason = Reason.PROJECT_NOT_FOUND


class RequestRefused(LastingError):  # noqa: N818
    """Atlas says no to this one request, for a reason of the request's own."""

    reason = Reason.ATLAS_UNAVAILABLE

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status
