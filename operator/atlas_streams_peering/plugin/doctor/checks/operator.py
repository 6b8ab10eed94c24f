"""Checks that the operator is installed, runs, has this version, and can start with its settings."""

from collections.abc import Sequence
from typing import Final

from ..findings import Check, CheckResult, Evidence, Finding, Group, Outcome, listed
from ..installation import Installation

_OK: Final = CheckResult(Outcome.OK, "The operator runs as Deployment {key}: {ready} of {replicas} replicas are ready.")
_NONE: Final = CheckResult(
    Outcome.FAILED,
    "No Deployment of the operator exists {where}.",
    "Install the operator with the chart or with deploy/.",
)
_FORBIDDEN: Final = CheckResult(
    Outcome.UNKNOWN,
    "The doctor cannot read the operator's Deployment: {problem}.",
    "Name the operator's namespace with --operator-namespace, or ask somebody who may `list` deployments there.",
)
_SCALED_DOWN: Final = CheckResult(
    Outcome.FAILED,
    "The operator is switched off: Deployment {key} has 0 replicas.",
    "kubectl -n {namespace} scale deployment {name} --replicas=1",
)
_NOT_READY: Final = CheckResult(
    Outcome.FAILED,
    "No replica of Deployment {key} is ready{why}.",
    "kubectl -n {namespace} describe pods -l app.kubernetes.io/component=operator, and see "
    "docs/troubleshooting.md#the-operator-does-not-start",
)
_SOME_READY: Final = CheckResult(
    Outcome.WARNING,
    "Only {ready} of {replicas} replicas of Deployment {key} are ready{why}.",
    "kubectl -n {namespace} describe pods -l app.kubernetes.io/component=operator",
)

OPERATOR: Final = Check(
    "operator",
    Group.OPERATOR,
    "Deployment",
    "Looks for the operator's Deployments in all namespaces, or in --operator-namespace, and at the state of their "
    "pods.",
    (_OK, _NONE, _FORBIDDEN, _SCALED_DOWN, _NOT_READY, _SOME_READY),
)

_SAME: Final = CheckResult(Outcome.OK, "The operator is version {version}, like this plugin.")
_OTHER: Final = CheckResult(
    Outcome.WARNING,
    "The operator is version {version}, and this plugin is version {plugin}.",
    "Install the plugin of the operator's version, or upgrade the operator (docs/upgrade.md).",
)
_NO_VERSION: Final = CheckResult(
    Outcome.UNKNOWN,
    "Deployment {key} has no label app.kubernetes.io/version.",
    "Compare its image with the version of this plugin: {plugin}.",
)

VERSION: Final = Check(
    "operator-version",
    Group.OPERATOR,
    "Version",
    "Compares the label app.kubernetes.io/version of the operator's Deployment with the version of this plugin.",
    (_SAME, _OTHER, _NO_VERSION),
)

_VALID: Final = CheckResult(Outcome.OK, "The operator can start with its settings{partly}.")
_INVALID: Final = CheckResult(
    Outcome.FAILED,
    "The operator cannot start with its settings: {problem}.",
    "Correct the setting in the chart's values or in the Deployment (docs/configuration.md).",
)

SETTINGS: Final = Check(
    "operator-settings",
    Group.OPERATOR,
    "Settings",
    "Reads the variables and flags of the operator's Deployment as the operator does when it starts. Values that come "
    "from a Secret or ConfigMap are left out.",
    (_VALID, _INVALID),
)

_SERVED: Final = CheckResult(Outcome.OK, "The operator serves {namespaces}.")
_NOT_SERVED: Final = CheckResult(
    Outcome.FAILED,
    "No operator serves namespace {namespace}, which has objects of the operator.",
    "Add the namespace to config.watchNamespaces (WATCH_NAMESPACES), or move the objects.",
)
_TWICE: Final = CheckResult(
    Outcome.WARNING,
    "Several operators serve {namespaces}: {keys}. They do not share a Lease, so all of them act on the same objects.",
    "Remove one of them, or give them the same Lease (config.leaseName) in the same namespace.",
)

NAMESPACES: Final = Check(
    "namespaces",
    Group.OPERATOR,
    "Namespaces",
    "Compares the namespaces that the operators serve (WATCH_NAMESPACES) with those that have objects of the operator.",
    (_SERVED, _NOT_SERVED, _TWICE),
)


def judge(
    installations: Sequence[Installation], plugin_version: str, *, where: str = "", forbidden: str = ""
) -> list[Finding]:
    """Judge the Deployments. `where`: the search scope; `forbidden`: why they cannot be read."""
    if forbidden:
        return [OPERATOR.finding(_FORBIDDEN, problem=forbidden)]
    if not installations:
        return [OPERATOR.finding(_NONE, where=where)]
    findings = []
    for one in installations:
        findings += [_deployment(one), _version(one, plugin_version), _settings(one)]
    return findings


def judge_namespaces(served: Sequence[tuple[Installation, Sequence[str]]], used: Sequence[str]) -> list[Finding]:
    """Judge which namespaces the operators serve. An operator without namespaces serves all. `used` have objects."""
    if not served:
        return []
    findings = [
        NAMESPACES.finding(_NOT_SERVED, subject=namespace, namespace=namespace)
        for namespace in used
        if not any(not watched or namespace in watched for _, watched in served)
    ]
    leases = {(one.namespace, one.variables.get("LEASE_NAME", "")) for one, _ in served}
    twice = sorted({"all namespaces"} if all(not watched for _, watched in served) else _shared(served))
    if len(served) > 1 and len(leases) > 1 and twice:
        keys = [one.key for one, _ in served]
        findings.append(NAMESPACES.finding(_TWICE, namespaces=listed(twice), keys=listed(keys)))
    everything = any(not watched for _, watched in served)
    names = sorted({name for _, watched in served for name in watched})
    words = "all namespaces" if everything else f"the namespaces {listed(names)}"
    return findings or [NAMESPACES.finding(_SERVED, namespaces=words)]


def _shared(served: Sequence[tuple[Installation, Sequence[str]]]) -> set[str]:
    """Return the namespaces that more than one operator serves."""
    named = [name for _, watched in served for name in watched]
    by_all = any(not watched for _, watched in served)
    return {name for name in named if by_all or named.count(name) > 1}


def _deployment(one: Installation) -> Finding:
    words = {"key": one.key, "namespace": one.namespace, "name": one.name, "ready": one.ready, "replicas": one.replicas}
    problems = {pod.name: pod.problem for pod in one.pods if pod.problem and not pod.ready}
    why = f" (pod {next(iter(problems))}: {next(iter(problems.values()))})" if problems else ""
    evidence: dict[str, Evidence] = {
        "image": one.image or "",
        "pods": tuple(f"{pod.name}: {pod.problem or ('ready' if pod.ready else 'not ready')}" for pod in one.pods),
        "restarts": sum(pod.restarts for pod in one.pods),
    }
    if one.replicas == 0:
        result = _SCALED_DOWN
    elif one.ready == 0:
        result = _NOT_READY
    else:
        result = _OK if one.ready >= one.replicas else _SOME_READY
    return OPERATOR.finding(result, subject=one.key, evidence=evidence, why=why, words=words)


def _version(one: Installation, plugin_version: str) -> Finding:
    if one.version is None:
        return VERSION.finding(_NO_VERSION, subject=one.key, key=one.key, plugin=plugin_version)
    result = _SAME if one.version == plugin_version else _OTHER
    return VERSION.finding(result, subject=one.key, version=one.version, plugin=plugin_version)


def _settings(one: Installation) -> Finding:
    evidence = {"fromElsewhere": tuple(one.unread)}
    try:
        one.settings()
    except ValueError as error:
        return SETTINGS.finding(_INVALID, subject=one.key, evidence=evidence, problem=error)
    partly = f"; not checked, because values come from elsewhere: {listed(list(one.unread))}" if one.unread else ""
    return SETTINGS.finding(_VALID, subject=one.key, evidence=evidence, partly=partly)
