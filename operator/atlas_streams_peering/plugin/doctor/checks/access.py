"""Checks of Atlas' answers to the credentials: the key, the access list, and the project."""

import re
from dataclasses import dataclass
from typing import Final

from ....transport.errors import (
    AccessListBlocked,
    CredentialsInvalid,
    ProjectNotFound,
    ServiceError,
    TransientError,
    Unauthorized,
)
from ..findings import Check, CheckResult, Finding, Group, Outcome

_ACCEPTED: Final = CheckResult(Outcome.OK, "Atlas accepts the credentials of {source}.")
_INVALID: Final = CheckResult(
    Outcome.FAILED,
    "Atlas does not accept the credentials of {source}: {problem}.",
    "Copy the key or the client secret into the Secret again. If it was revoked or has expired, create another one in "
    "Atlas (Organization > Access Manager), in the organization that owns the project.",
)
_UNKNOWN: Final = CheckResult(
    Outcome.UNKNOWN,
    "The doctor cannot tell whether Atlas accepts the credentials of {source}: {problem}.",
    "Run doctor again. If the result is the same, see docs/troubleshooting.md#atlasunavailable",
)
_NOT_ASKED: Final = CheckResult(Outcome.SKIPPED, "The doctor did not read project {project} from Atlas: {why}.")

CREDENTIALS: Final = Check(
    "credentials",
    Group.ATLAS,
    "Credentials",
    "Reads a list of each project with the credentials that its objects use.",
    (_ACCEPTED, _INVALID, _UNKNOWN, _NOT_ASKED),
)

_LISTED: Final = CheckResult(
    Outcome.OK, "The API access list of {source} allows this machine; the operator's address may be another one."
)
_BLOCKED: Final = CheckResult(
    Outcome.FAILED,
    "The API access list of {source} does not allow this machine: {problem}.",
    "Add the address of this machine and that of the cluster's egress to the API access list of the key or service "
    "account. Do not confuse it with the project's IP access list, which is for databases.",
)
_OPERATOR_BLOCKED: Final = CheckResult(
    Outcome.FAILED,
    "The API access list of {source} does not allow the operator, as {object} reports: {problem}",
    "Add the address in the message to the API access list of the key or service account.",
)

ACCESS_LIST: Final = Check(
    "access-list",
    Group.ATLAS,
    "Access list",
    "Reads from Atlas' answer whether the API access list allows this machine, and from the conditions of the objects "
    "whether it allows the operator.",
    (_LISTED, _BLOCKED, _OPERATOR_BLOCKED),
)

_THERE: Final = CheckResult(Outcome.OK, "{source} can read project {project}.")
_NOT_FOUND: Final = CheckResult(
    Outcome.FAILED,
    "Atlas knows no project {project}: {problem}.",
    "Check spec.projectId: it is the 24 digits in the address of the project in Atlas, not its name. You cannot change "
    "it: create another object.",
)
_NO_ACCESS: Final = CheckResult(
    Outcome.FAILED,
    "{source} cannot read project {project}: {problem}.",
    "Check spec.projectId, that the key belongs to the organization of the project, and that it has a role in this "
    "project: Project Stream Processing Owner for connections.",
)

PROJECT: Final = Check(
    "project",
    Group.ATLAS,
    "Project",
    "Reads from the answer to the same list whether the project exists and the credentials have a role in it.",
    (_THERE, _NOT_FOUND, _NO_ACCESS),
)


@dataclass(frozen=True, slots=True)
class Access:
    """Atlas' answer to a read of a project."""

    source: str
    """Where the credentials come from, in words."""
    project: str
    error: ServiceError | None = None
    operator_blocked: tuple[str, str] | None = None
    """An object whose condition says that the access list blocks the operator, and its message."""


def judge(access: Access) -> list[Finding]:
    """Judge Atlas' answer to the credentials."""
    subject = f"{access.source}, project {access.project}"
    words = {"source": access.source, "project": access.project, "problem": _words_of(access.error)}
    error, accepted = access.error, CREDENTIALS.finding(_ACCEPTED, subject=subject, words=words)
    match error:
        case CredentialsInvalid():
            findings = [CREDENTIALS.finding(_INVALID, subject=subject, words=words)]
        case AccessListBlocked():
            findings = [accepted, ACCESS_LIST.finding(_BLOCKED, subject=subject, words=words)]
        case TransientError():
            findings = [CREDENTIALS.finding(_UNKNOWN, subject=subject, words=words)]
        case ProjectNotFound():
            findings = [accepted, _let_in(subject, words), PROJECT.finding(_NOT_FOUND, subject=subject, words=words)]
        case Unauthorized():
            findings = [accepted, _let_in(subject, words), PROJECT.finding(_NO_ACCESS, subject=subject, words=words)]
        case None:
            findings = [accepted, _let_in(subject, words), PROJECT.finding(_THERE, subject=subject, words=words)]
        case _:
            findings = [CREDENTIALS.finding(_UNKNOWN, subject=subject, words=words)]
    if access.operator_blocked is not None:
        name, message = access.operator_blocked
        blocked = {"source": access.source, "object": name, "problem": message}
        findings.append(ACCESS_LIST.finding(_OPERATOR_BLOCKED, subject=subject, words=blocked))
    return findings


def not_asked(project: str, why: str) -> Finding:
    """Return the finding for a project that the doctor could not read, for this reason."""
    return CREDENTIALS.finding(_NOT_ASKED, subject=f"project {project}", project=project, why=why)


def _words_of(error: ServiceError | None) -> str:
    """Return Atlas' own words in the text of an error: "WHAT HAPPENED: WORDS; ADVICE." The finding has the rest."""
    text = str(error or "").rstrip(".")
    found = re.fullmatch(r"[^:]*: (?P<words>.*?)(; .*)?", text)
    return text if found is None or isinstance(error, TransientError) else found["words"]


def _let_in(subject: str, words: dict[str, str]) -> Finding:
    return ACCESS_LIST.finding(_LISTED, subject=subject, words=words)
