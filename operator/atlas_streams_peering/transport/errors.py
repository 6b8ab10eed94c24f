"""What can go wrong with a request to a service.

::

    ServiceError
    ├── TransientError          may succeed later, without anybody acting
    │   ├── Unavailable         no usable answer: no answer at all, a 3xx, a 408 or a 5xx
    │   └── RateLimited         a 429, from the service or from its token endpoint
    └── TerminalError           stays until somebody acts
        ├── CredentialsInvalid  the key or secret is wrong, expired or revoked
        ├── Unauthorized        the credentials lack a role, or the project refuses the call
        ├── AccessListBlocked   this address is not on the API access list
        ├── ProjectNotFound     the project does not exist
        ├── Refused             the service refuses what the spec wants, for good
        └── RequestRefused      the service refuses this one request, at this moment

    NotLeader                   the client did not send a change, because this replica does not lead
"""

from ..api.conditions import Reason


class NotLeader(Exception):  # noqa: N818  # nothing failed
    """The client did not send a change, because this replica does not lead. The service is not involved."""


class ServiceError(Exception):
    """A request to a service failed. The text is fit for users and holds no secret."""

    reason: Reason
    """The reason that a condition gives."""


class TransientError(ServiceError):
    """The request may succeed later, without anybody acting."""


class TerminalError(ServiceError):
    """The request fails until somebody acts."""


class Unavailable(TransientError):  # noqa: N818  # named after the condition's reason
    """The service gave no usable answer.

    For a change this means that nobody knows whether the service made it: a gateway can answer 5xx after it has
    passed the request on.
    """

    reason = Reason.ATLAS_UNAVAILABLE

    def __init__(self, message: str, *, reason: Reason = Reason.ATLAS_UNAVAILABLE) -> None:
        super().__init__(message)
        self.reason = reason


class RateLimited(TransientError):  # noqa: N818
    """The service wants fewer requests. It did not do what this request asked for."""

    reason = Reason.RATE_LIMITED

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds to wait before the next request; None where the service does not say."""


class CredentialsInvalid(TerminalError):  # noqa: N818
    """The key or secret is wrong, expired or revoked. The text says "the Secret": only the reader of it knows more."""

    reason = Reason.CREDENTIALS_INVALID

    def naming(self, secret: str, oddities: str = "") -> "CredentialsInvalid":
        """Return the error with the name of the Secret, and with how its values look wrong."""
        before, found, after = str(self).rpartition("the Secret")
        text = f"{before}Secret {secret}{after}" if found else str(self)
        return CredentialsInvalid(f"{text.rstrip('.')}: {oddities}." if oddities else text)


class Unauthorized(TerminalError):  # noqa: N818
    """The credentials lack a role, or the project refuses the call."""

    reason = Reason.UNAUTHORIZED


class AccessListBlocked(TerminalError):  # noqa: N818
    """The operator's address is not on the API access list."""

    reason = Reason.ACCESS_LIST_BLOCKED


class ProjectNotFound(TerminalError):  # noqa: N818
    """The project does not exist."""

    reason = Reason.PROJECT_NOT_FOUND


class Refused(TerminalError):  # noqa: N818
    """The service refuses what the spec wants, in its own words: a quota, a CIDR block that overlaps another."""

    reason = Reason.REFUSED


class RequestRefused(TerminalError):  # noqa: N818
    """The service refuses this one request, for a reason of the request's own."""

    reason = Reason.ATLAS_UNAVAILABLE

    def __init__(
        self, message: str, *, status: int, code: str | None = None, reason: Reason = Reason.ATLAS_UNAVAILABLE
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.status = status
        """The HTTP status."""
        self.code = code
        """The service's own error code; None where the answer has none."""
