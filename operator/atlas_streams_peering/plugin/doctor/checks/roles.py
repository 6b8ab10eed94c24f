"""Checks that the credentials have the roles for the changes that the objects need."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from ....atlas.system_status import RoleAssignment
from ..findings import Check, CheckResult, Evidence, Finding, Group, Outcome, listed


class Right(Enum):
    """A right that objects need in a project: the role that Atlas documents, and the roles that include it.

    https://www.mongodb.com/docs/atlas/reference/user-roles/
    """

    READ = ("read", "Project Read Only", ())
    CONNECTIONS = (
        "accept, reject and delete inbound connections",
        "Project Stream Processing Owner",
        ("GROUP_STREAM_PROCESSING_OWNER", "GROUP_OWNER", "ORG_STREAM_PROCESSING_ADMIN", "ORG_OWNER"),
    )
    PEERINGS = (
        "create, change and delete outbound peerings",
        "Project Network Access Manager",
        ("GROUP_NETWORK_ACCESS_MANAGER", "GROUP_OWNER", "ORG_OWNER"),
    )
    CONTAINERS = ("create network containers", "Project Owner", ("GROUP_OWNER", "ORG_OWNER"))

    def __init__(self, what: str, role: str, names: tuple[str, ...]) -> None:
        self.what, self.role, self.names = what, role, names


_OK: Final = CheckResult(Outcome.OK, "{source} may {what} in project {project}: it has the role {role}.")
_PROVEN: Final = CheckResult(
    Outcome.OK,
    "The operator has changed something in project {project} with the credentials of its objects: {object} is {reason} "
    "after {action} at {time}.",
)
_LACKS: Final = CheckResult(
    Outcome.FAILED,
    "{source} may not {what} in project {project}: its roles there are {roles}.",
    "Give it the role {needed} in this project (Project > Access Manager in Atlas).",
)
_REFUSED: Final = CheckResult(
    Outcome.FAILED,
    "Atlas refuses the operator's changes in project {project}, as {object} reports: {problem}",
    "Give the credentials the role {needed} in this project (Project > Access Manager in Atlas).",
)
_CANNOT_TELL: Final = CheckResult(
    Outcome.UNKNOWN,
    "The doctor cannot tell whether {source} may {what} in project {project}: {why}.",
    "Check in Atlas (Project > Access Manager) that it has the role {needed}.",
)
_READS_ONLY: Final = CheckResult(
    Outcome.SKIPPED, "No object changes anything in project {project}: the role Project Read Only is enough."
)

ROLE: Final = Check(
    "role",
    Group.ATLAS,
    "Role",
    "To list needs Project Read Only, to change needs more. Atlas reports the roles of an API key at the root of its "
    "API, but not those of a service account. For a service account, the doctor looks in the objects for changes that "
    "succeeded or that Atlas refused.",
    (_OK, _PROVEN, _LACKS, _REFUSED, _CANNOT_TELL, _READS_ONLY),
)


@dataclass(frozen=True, slots=True)
class Roles:
    """The known roles of credentials in a project."""

    source: str
    project: str
    wanted: Collection[Right]
    """The rights that the objects need."""
    assigned: Sequence[RoleAssignment] | None = None
    """All roles of the API key; None: Atlas does not report them."""
    why: str = "Atlas reports the roles of API keys only"
    """Why Atlas does not report them."""
    refused: tuple[str, str] | None = None
    """An object for which Atlas has refused a change, and its message."""
    done: Mapping[str, str] | None = None
    """An object whose last change succeeded: object, reason, action, time."""


def judge(roles: Roles) -> list[Finding]:
    """Judge whether the credentials have the roles that the objects need."""
    subject = f"{roles.source}, project {roles.project}"
    words = {"source": roles.source, "project": roles.project}
    if not roles.wanted:
        return [ROLE.finding(_READS_ONLY, subject=subject, words=words)]
    return [_judge_one(roles, right, subject, words) for right in Right if right in roles.wanted]


def _judge_one(roles: Roles, right: Right, subject: str, words: dict[str, str]) -> Finding:
    words = {**words, "what": right.what, "needed": right.role}
    assigned = [one for one in roles.assigned or () if one.group_id in (None, roles.project)]
    names = [one.role_name for one in assigned if one.role_name]
    evidence: dict[str, Evidence] = {"roles": tuple(names), "needed": right.role}
    enough = next((name for name in right.names if name in names), None)
    if enough is not None:
        return ROLE.finding(_OK, subject=subject, evidence=evidence, role=enough, words=words)
    here = [one.role_name for one in assigned if one.group_id == roles.project and one.role_name]
    if here:
        return ROLE.finding(_LACKS, subject=subject, evidence=evidence, roles=listed(here), words=words)
    if roles.refused is not None:
        name, problem = roles.refused
        return ROLE.finding(_REFUSED, subject=subject, object=name, problem=problem, words=words)
    if roles.done is not None:
        return ROLE.finding(_PROVEN, subject=subject, words={**words, **roles.done})
    why = roles.why if roles.assigned is None else "Atlas reports no role of it in this project"
    return ROLE.finding(_CANNOT_TELL, subject=subject, evidence=evidence, why=why, words=words)
