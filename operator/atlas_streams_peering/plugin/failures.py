"""Failures of a command: each has one sentence for the person, and an exit code."""

from ..kube.api import KubernetesError
from ..kube.user import KubeconfigUnusable
from ..transport.errors import (
    AccessListBlocked,
    CredentialsInvalid,
    ProjectNotFound,
    ServiceError,
    Unauthorized,
)
from ..transport.proxy import WrongVariableError
from .exit_codes import ExitCode


class Failure(Exception):  # noqa: N818  # a result, not an error of the program
    """The command failed. The text is a sentence for the person, and contains no secret."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.code = code


def failure_of(error: Exception) -> Failure | None:
    """Return the failure for an error; None: the error is unexpected."""
    match error:
        case Failure():
            return error
        case KubeconfigUnusable():
            return Failure(f"{error}.", ExitCode.USAGE)
        case KubernetesError():
            return Failure(f"The Kubernetes API: {error}", _code_of(error))
        case ProjectNotFound():
            return Failure(str(error), ExitCode.NOT_FOUND)
        case CredentialsInvalid() | Unauthorized() | AccessListBlocked():
            return Failure(str(error), ExitCode.NO_ACCESS)
        case ServiceError() | WrongVariableError():
            return Failure(seen_from_here(str(error)))
        case _:
            return None


def seen_from_here(text: str) -> str:
    """Return the message of a failed request with its advice for this machine instead of the cluster."""
    return text.replace("DNS of the cluster", "DNS of this machine").replace(
        "egress rules of the cluster", "firewall of this machine's network"
    )


def _code_of(error: KubernetesError) -> ExitCode:
    if error.gone:
        return ExitCode.NOT_FOUND
    return ExitCode.NO_ACCESS if error.status in (401, 403) else ExitCode.FAILED
