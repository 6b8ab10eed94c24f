"""Checks that the Kubernetes API answers."""

from dataclasses import dataclass
from typing import Final

from ..findings import Check, CheckResult, Finding, Group, Outcome

_OK: Final = CheckResult(Outcome.OK, "Kubernetes {version} answers at {server}.")
_REFUSES: Final = CheckResult(
    Outcome.FAILED,
    "The Kubernetes API does not accept you: {problem}.",
    "Log in again as for kubectl, and check that `kubectl auth whoami` succeeds.",
)
_NO_ANSWER: Final = CheckResult(
    Outcome.FAILED,
    "The doctor cannot use the Kubernetes API: {problem}.",
    "Check KUBECONFIG, --kubeconfig and --context, and that `kubectl version` reaches the API server.",
)

API_SERVER: Final = Check(
    "kubernetes-api",
    Group.KUBERNETES,
    "API server",
    "Reads the version of the API server, with your kubeconfig.",
    (_OK, _REFUSES, _NO_ANSWER),
)


@dataclass(frozen=True, slots=True)
class ApiServer:
    """The answer to a request for the version."""

    server: str = ""
    version: str | None = None
    problem: str = ""
    """Why there is no version."""
    refused: bool = False
    """The API server has answered with 401 or 403."""


def judge(facts: ApiServer) -> list[Finding]:
    """Judge whether the API server answers."""
    if facts.version is not None:
        return [API_SERVER.finding(_OK, version=facts.version, server=facts.server)]
    result = _REFUSES if facts.refused else _NO_ANSWER
    return [API_SERVER.finding(result, problem=facts.problem.rstrip("."))]
