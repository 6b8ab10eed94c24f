"""Checks that the CustomResourceDefinitions exist, are served and stored, and have the schema of this version."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ....api.crd import CustomResource
from ....api.group import VERSION
from ....check import field_paths
from ..findings import Check, CheckResult, Finding, Group, Outcome, listed

_OK: Final = CheckResult(Outcome.OK, "All {number} CustomResourceDefinitions exist, are served and have this version.")
_MISSING: Final = CheckResult(
    Outcome.FAILED,
    "These CustomResourceDefinitions are missing: {names}.",
    "Apply crds/ of version {version}, or set crds.enabled: true in the chart.",
)
_NOT_SERVED: Final = CheckResult(
    Outcome.FAILED,
    "The API server does not serve version {version} of {name}: {why}.",
    "Apply the CustomResourceDefinition of this version again, and check `kubectl describe crd {name}`.",
)
_STORED: Final = CheckResult(
    Outcome.WARNING,
    "The CustomResourceDefinition {name} stores {version}, and objects may still be stored as {others}.",
    "Before you remove the old versions, write every object once, and remove them from status.storedVersions.",
)
_OLDER: Final = CheckResult(
    Outcome.FAILED,
    "The CustomResourceDefinition {name} is older than version {version}: it lacks {fields}.",
    "Apply crds/ of version {version}. Argo CD and Flux: check that they apply CustomResourceDefinitions.",
)
_NEWER: Final = CheckResult(
    Outcome.WARNING,
    "The CustomResourceDefinition {name} is newer than this plugin: it also has {fields}.",
    "Install the plugin of the operator's version.",
)
_FORBIDDEN: Final = CheckResult(
    Outcome.UNKNOWN,
    "The doctor cannot read the CustomResourceDefinitions: {problem}.",
    "Ask somebody who may `get` customresourcedefinitions to run this check.",
)

DEFINITIONS: Final = Check(
    "crds",
    Group.KUBERNETES,
    "CRDs",
    "Compares the CustomResourceDefinitions in the cluster with those of this version: whether they are served and "
    "stored, and whether they have the same fields. StreamsVpcPeeringPolicies count only if an operator serves them.",
    (_OK, _MISSING, _NOT_SERVED, _STORED, _OLDER, _NEWER, _FORBIDDEN),
)


@dataclass(frozen=True, slots=True)
class Definition:
    """One CustomResourceDefinition."""

    kind: CustomResource
    body: Mapping[str, Any] | None = None
    """As read from the API server; None: it does not exist, or cannot be read."""
    forbidden: str = ""
    """Why it cannot be read."""


def judge(definitions: Sequence[Definition], package_version: str, *, unused: Collection[str] = ()) -> list[Finding]:
    """Judge the CustomResourceDefinitions; a kind in `unused` may be missing."""
    forbidden = next((one.forbidden for one in definitions if one.forbidden), "")
    if forbidden:
        return [DEFINITIONS.finding(_FORBIDDEN, problem=forbidden)]
    missing = [one.kind.crd_name for one in definitions if one.body is None and one.kind.kind not in unused]
    findings = [DEFINITIONS.finding(_MISSING, names=listed(missing), version=package_version)] if missing else []
    present = [(one.kind, one.body) for one in definitions if one.body is not None]
    for kind, body in present:
        findings += _judge_one(kind, body, package_version)
    return findings or [DEFINITIONS.finding(_OK, number=len(present), evidence={"version": VERSION})]


def _judge_one(kind: CustomResource, body: Mapping[str, Any], package_version: str) -> list[Finding]:
    name, spec, status = kind.crd_name, body.get("spec") or {}, body.get("status") or {}
    found = next((one for one in spec.get("versions") or () if one.get("name") == VERSION), None)
    why = _not_served(found, status)
    if why or found is None:
        return [DEFINITIONS.finding(_NOT_SERVED, subject=name, name=name, version=VERSION, why=why)]
    findings = []
    others = [each for each in status.get("storedVersions") or () if each != VERSION]
    if others:
        findings.append(DEFINITIONS.finding(_STORED, subject=name, name=name, version=VERSION, others=listed(others)))
    ours = field_paths(kind.manifest()["spec"]["versions"][0]["schema"]["openAPIV3Schema"])
    theirs = field_paths((found.get("schema") or {}).get("openAPIV3Schema") or {})
    for result, fields in ((_OLDER, sorted(ours - theirs)), (_NEWER, sorted(theirs - ours))):
        if fields:
            findings.append(
                DEFINITIONS.finding(
                    result,
                    subject=name,
                    name=name,
                    version=package_version,
                    fields=listed(fields),
                    evidence={"fields": tuple(fields[:50])},
                )
            )
    return findings


def _not_served(found: Mapping[str, Any] | None, status: Mapping[str, Any]) -> str:
    if found is None:
        return "it has no such version"
    if not found.get("served"):
        return "served is false"
    if not found.get("storage"):
        return "another version is the storage version"
    if "status" not in (found.get("subresources") or {}):
        return "it has no status subresource"
    conditions: Sequence[Mapping[str, Any]] = status.get("conditions") or ()
    established = next((one for one in conditions if one.get("type") == "Established"), {})
    if established.get("status") != "True":
        return f"it is not established ({established.get('message') or 'no reason given'})"
    return ""
