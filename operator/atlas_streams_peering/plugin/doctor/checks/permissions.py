"""Checks that the operator's ServiceAccount has its required permissions."""

from dataclasses import dataclass
from typing import Final

from ....check import Permission
from ..findings import Check, CheckResult, Finding, Group, Outcome, listed

_OK: Final = CheckResult(Outcome.OK, "{user} has all {number} required permissions.")
_LACKS: Final = CheckResult(
    Outcome.FAILED,
    "{user} lacks these permissions: {permissions}.",
    "Check its Roles and bindings: `helm upgrade` creates them again. With rbac.create: false, add them to your own "
    "Role.",
)
_UNKNOWN: Final = CheckResult(
    Outcome.UNKNOWN,
    "The doctor cannot check what {user} may do: {problem}.",
    "Ask somebody who may `create` subjectaccessreviews, or run `helm test`, which asks as the operator itself.",
)

PERMISSIONS: Final = Check(
    "operator-permissions",
    Group.OPERATOR,
    "RBAC",
    "Asks the API server, with a SubjectAccessReview for each permission, what the operator's ServiceAccount may do. "
    "The permission to read Secrets is asked for the Secrets that objects name.",
    (_OK, _LACKS, _UNKNOWN),
)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The API server's answers about an account."""

    key: str
    """The Deployment."""
    user: str
    asked: int = 0
    denied: tuple[Permission, ...] = ()
    problem: str = ""
    """Why the doctor could not ask."""


def judge(reviewed: Reviewed) -> Finding:
    """Judge the permissions of an operator."""
    if reviewed.problem:
        return PERMISSIONS.finding(
            _UNKNOWN, subject=reviewed.key, user=reviewed.user, problem=reviewed.problem.rstrip(".")
        )
    if reviewed.denied:
        lacking = [str(permission) for permission in reviewed.denied]
        return PERMISSIONS.finding(
            _LACKS,
            subject=reviewed.key,
            evidence={"denied": tuple(lacking)},
            user=reviewed.user,
            permissions=listed(lacking),
        )
    return PERMISSIONS.finding(_OK, subject=reviewed.key, user=reviewed.user, number=reviewed.asked)
