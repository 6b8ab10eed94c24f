"""Checks of the objects' conditions: which are Ready, which wait, and which need somebody to act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ....api.conditions import ConditionType
from ....kube.objects import KubernetesObject
from ..findings import Check, CheckResult, Finding, Group, Outcome, counted, listed

_READY: Final = CheckResult(Outcome.OK, "{number} Ready: {names}.")
_NONE: Final = CheckResult(Outcome.SKIPPED, "There is no object of the operator {where}.")
_NOT_FOUND: Final = CheckResult(
    Outcome.FAILED,
    "There is no object {name} {where}.",
    "Check the name and --namespace: kubectl get atlas-streams --all-namespaces",
)
_NOT_SERVED: Final = CheckResult(
    Outcome.FAILED,
    "No operator has observed {object}.",
    "Check that the operator runs, and that it serves the namespace (WATCH_NAMESPACES).",
)
_OUTDATED: Final = CheckResult(
    Outcome.WARNING,
    "The operator has not observed the present spec of {object} yet.",
    "Run doctor again in a minute. If the result is the same, check the operator's log.",
)
_STALLED: Final = CheckResult(
    Outcome.FAILED, "{object} is Stalled ({reason}): {message}", "docs/troubleshooting.md#{anchor}"
)
_DELETING: Final = CheckResult(
    Outcome.WARNING,
    "The deletion of {object} waits ({reason}): {message}",
    "docs/troubleshooting.md#the-deletion-of-an-object-does-not-end",
)
_WAITS: Final = CheckResult(
    Outcome.WARNING, "{object} is not Ready ({reason}): {message}", "docs/troubleshooting.md#{anchor}"
)
_NOT_SYNCED: Final = CheckResult(
    Outcome.WARNING,
    "{object} is Ready, but the last poll for it failed ({reason}): {message}",
    "docs/troubleshooting.md#{anchor}",
)
_FORBIDDEN: Final = CheckResult(
    Outcome.UNKNOWN,
    "The doctor cannot read all objects {where}: {problem}",
    "Ask for the role view in the namespace, or name another one with --namespace.",
)

OBJECTS: Final = Check(
    "objects",
    Group.OBJECTS,
    "Objects",
    "Reads the conditions of all objects in the namespace, or of those that the command line names.",
    (_READY, _NONE, _NOT_FOUND, _NOT_SERVED, _OUTDATED, _STALLED, _DELETING, _WAITS, _NOT_SYNCED, _FORBIDDEN),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One object."""

    kind: str
    obj: KubernetesObject

    @property
    def words(self) -> str:
        """Kind, namespace and name."""
        return f"{self.kind} {self.obj.key}"

    def condition(self, kind: str) -> Mapping[str, Any]:
        """Return a condition; empty where there is none."""
        found = (one for one in self.obj.status.get("conditions") or () if one.get("type") == kind)
        return next(found, {})


def judge(
    seen: Sequence[Seen],
    *,
    where: str,
    missing: Sequence[str] = (),
    forbidden: Sequence[str] = (),
) -> list[Finding]:
    """Judge objects. `missing`: names without an object; `forbidden`: sentences on why more objects may exist."""
    findings = [OBJECTS.finding(_NOT_FOUND, subject=name, name=name, where=where) for name in missing]
    if forbidden:
        findings.append(OBJECTS.finding(_FORBIDDEN, where=where, problem=" ".join(forbidden)))
    judged = [(one, _judge_one(one)) for one in seen]
    not_ready = [finding for _, finding in judged if finding is not None]
    ready = [one.words for one, finding in judged if finding is None]
    if ready:
        findings.append(
            OBJECTS.finding(
                _READY,
                evidence={"objects": tuple(ready[:100])},
                number=counted(len(ready), "object is", "objects are"),
                names=listed(ready),
            )
        )
    if not seen and not findings:
        findings.append(OBJECTS.finding(_NONE, where=where))
    return [*findings, *not_ready]


def _judge_one(one: Seen) -> Finding | None:
    """Return the finding about an object; None: it is Ready."""
    obj, ready = one.obj, one.condition(ConditionType.READY)
    if not ready:
        return OBJECTS.finding(_NOT_SERVED, subject=one.words, object=one.words)
    if obj.status.get("observedGeneration") != obj.generation:
        return OBJECTS.finding(_OUTDATED, subject=one.words, object=one.words)
    if obj.deleting:
        return _told(_DELETING, one, ready)
    if one.condition(ConditionType.STALLED).get("status") == "True":
        return _told(_STALLED, one, ready)
    if ready.get("status") != "True":
        return _told(_WAITS, one, ready)
    synced = one.condition(ConditionType.SYNCED)
    return _told(_NOT_SYNCED, one, synced) if synced.get("status") == "False" else None


def _told(result: CheckResult, one: Seen, condition: Mapping[str, Any]) -> Finding:
    reason = str(condition.get("reason") or "")
    return OBJECTS.finding(
        result,
        subject=one.words,
        evidence={"reason": reason, "since": str(condition.get("lastTransitionTime") or "")},
        object=one.words,
        reason=reason,
        message=condition.get("message") or "",
        anchor=reason.lower(),
    )
