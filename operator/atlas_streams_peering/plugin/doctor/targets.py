"""The targets of the checks, from the objects: Secrets, projects and accounts, and the rights that objects need."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...api.conditions import ConditionType, Reason
from ...controller.default_credentials import DefaultCredentials
from ...kinds.confluent_peering.resource import CONFLUENT_PEERING
from ...kinds.streams_account_details.resource import STREAMS_ACCOUNT_DETAILS
from ...kinds.streams_outbound_vpc_peering.resource import STREAMS_OUTBOUND_VPC_PEERING
from ...polling.poll import SecretKey
from .checks.objects import Seen
from .checks.roles import Right


@dataclass(frozen=True, slots=True)
class Lacking:
    """Objects of a namespace that name no Secret, and for which there are no default credentials."""

    namespace: str
    objects: tuple[str, ...]


@dataclass(slots=True)
class Project:
    """A project that objects name, with one Secret."""

    id: str
    secret: SecretKey | None
    """None: the credentials come from the command line or from variables."""
    objects: list[Seen] = field(default_factory=list)

    @property
    def accounts(self) -> frozenset[str]:
        """The AWS accounts of requesters, from the objects' specs or their references."""
        found = set[str]()
        for one in self.objects:
            found |= {str(each["accountId"]) for each in _requesters(one.obj.spec, one.obj.status) if each}
        return frozenset(found)

    @property
    def rights(self) -> Collection[Right]:
        """The rights that the objects need."""
        return {right for one in self.objects for right in _rights(one)}

    @property
    def region(self) -> str | None:
        """An AWS region in which the project has a network, as an object reports it."""
        for one in self.objects:
            aws = one.obj.spec.get("cloudProvider", "aws") == "aws"
            if one.kind == STREAMS_ACCOUNT_DETAILS.kind and aws and one.obj.status.get("vpcId"):
                return str(one.obj.status.get("region") or "") or None
        return None

    def reporting(self, reason: Reason) -> tuple[str, str] | None:
        """Return an object whose conditions give this reason, and the message."""
        for one in self.objects:
            for kind in (ConditionType.READY, ConditionType.SYNCED):
                condition = one.condition(kind)
                if condition.get("reason") == reason and condition.get("status") == "False":
                    return one.words, str(condition.get("message") or "")
        return None

    @property
    def done(self) -> Mapping[str, str] | None:
        """An object that is Ready after a change by the operator."""
        for one in self.objects:
            action, ready = one.obj.status.get("lastAction"), one.condition(ConditionType.READY)
            if action and ready.get("status") == "True":
                return {
                    "object": one.words,
                    "reason": str(ready.get("reason")),
                    "action": str(action.get("type")),
                    "time": str(action.get("time")),
                }
        return None


@dataclass(frozen=True, slots=True)
class Targets:
    """The targets of the checks."""

    projects: Sequence[Project]
    secrets: Mapping[SecretKey, tuple[str, ...]]
    """Secret → the objects that use it; of both services."""
    lacking: Sequence[Lacking]
    networks: Sequence[tuple[SecretKey, str, str]]
    """Of Confluent Cloud: the Secret, the environment and the network."""


def targets_of(
    objects: Iterable[Seen], defaults: DefaultCredentials, *, given: bool = False, project: str | None = None
) -> Targets:
    """Return the targets for objects.

    `given`: the Atlas credentials come from the command line, not from the objects. `project`: check only this project,
    also if no object names it.
    """
    projects: dict[tuple[str, SecretKey | None], Project] = {}
    users: dict[SecretKey, list[str]] = {}
    lacking: dict[str, list[str]] = {}
    networks: dict[tuple[SecretKey, str, str], None] = {}
    for one in objects:
        spec, namespace = one.obj.spec, one.obj.namespace
        confluent = one.kind == CONFLUENT_PEERING.kind
        name = (spec.get("credentialsSecretRef") or {}).get("name")
        secret = SecretKey(namespace, name, "confluent" if confluent else "atlas") if name else None
        if secret is None and not confluent:
            secret = defaults.for_namespace(namespace)
        if secret is not None and (confluent or not given):
            users.setdefault(secret, []).append(one.words)
        if confluent:
            if secret is not None and spec.get("environmentId") and spec.get("networkId"):
                networks[secret, spec["environmentId"], spec["networkId"]] = None
            continue
        if secret is None and not given:
            lacking.setdefault(namespace, []).append(one.words)
        elif spec.get("projectId") and project in (None, spec["projectId"]):
            key = (str(spec["projectId"]), None if given else secret)
            projects.setdefault(key, Project(*key)).objects.append(one)
    if project is not None and not projects:
        projects[project, None] = Project(project, None)
    return Targets(
        list(projects.values()),
        {secret: tuple(words) for secret, words in users.items()},
        [Lacking(namespace, tuple(words)) for namespace, words in lacking.items()],
        list(networks),
    )


def _requesters(spec: Mapping[str, Any], status: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    named = [spec.get("requester"), status.get("requester"), *(spec.get("requesters") or ())]
    return (each for each in named if isinstance(each, Mapping) and each.get("accountId"))


def _rights(one: Seen) -> set[Right]:
    """Return the rights that an object needs: none for a suspended one."""
    spec = one.obj.spec
    if spec.get("suspend") or one.kind in (STREAMS_ACCOUNT_DETAILS.kind, CONFLUENT_PEERING.kind):
        return set()
    if one.kind == STREAMS_OUTBOUND_VPC_PEERING.kind:
        return {Right.PEERINGS} | ({Right.CONTAINERS} if spec.get("container") else set())
    return set() if spec.get("action") == "Report" else {Right.CONNECTIONS}
