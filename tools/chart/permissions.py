"""What the chart's Roles and bindings grant, and what an audit log shows to have been asked for."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from chart.helm import Manifest

KINDS: Final = frozenset({"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"})

_EVERYBODYS: Final = frozenset({"selfsubjectaccessreviews", "selfsubjectreviews", "selfsubjectrulesreviews"})


class Grant(NamedTuple):
    """One verb on one resource: in a namespace or (empty) in all, on one name or (empty) on any."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""

    def covers(self, request: "Request") -> bool:
        """Tell whether a request is allowed by this."""
        same = (self.verb, self.group, self.resource) == (request.verb, request.group, request.resource)
        return same and self.namespace in ("", request.namespace) and self.name in ("", request.name)


class Request(NamedTuple):
    """One request to the API server, and whether the account was allowed to make it."""

    verb: str
    group: str
    resource: str
    """With its subresource: ``streamsvpcpeerings/status``."""
    namespace: str
    name: str
    denied: bool
    """RBAC refused it. Another 403, as of a namespace that is being deleted, is no matter of permissions."""


def permissions(manifests: Iterable[Manifest]) -> list[Manifest]:
    """Return the accounts, roles and bindings of a render."""
    return [manifest for manifest in manifests if manifest["kind"] in KINDS]


def grants(manifests: list[Manifest], account: str) -> set[Grant]:
    """Return all that the roles and bindings of a render grant to a ServiceAccount."""
    rules = {
        (one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]): one["rules"]
        for one in manifests
        if one["kind"] in ("Role", "ClusterRole")
    }
    found: set[Grant] = set()
    for binding in manifests:
        if binding["kind"] not in ("RoleBinding", "ClusterRoleBinding"):
            continue
        if [subject["name"] for subject in binding["subjects"]] == [account]:
            namespace = binding["metadata"].get("namespace", "")
            role = binding["roleRef"]
            for rule in rules[role["kind"], namespace if role["kind"] == "Role" else "", role["name"]]:
                found |= set(_granted(rule, namespace))
    return found


def requests(events: Iterable[Mapping[str, Any]], namespace: str, account: str) -> set[Request]:
    """Return what a ServiceAccount asked of the API server, of that which not everybody may."""
    user = f"system:serviceaccount:{namespace}:{account}"
    found = set()
    for event in events:
        target = event.get("objectRef")
        if event["user"].get("username") == user and target is not None and target["resource"] not in _EVERYBODYS:
            resource = "/".join(filter(None, (target["resource"], target.get("subresource"))))
            place = (target.get("apiGroup", ""), resource, target.get("namespace", ""), target.get("name", ""))
            decision = event.get("annotations", {}).get("authorization.k8s.io/decision")
            found.add(Request(event["verb"], *place, denied=decision == "forbid"))
    return found


def denied(asked: Iterable[Request]) -> set[Request]:
    """Return what was refused for want of permission."""
    return {request for request in asked if request.denied}


def ungranted(asked: Iterable[Request], granted: Collection[Grant]) -> set[Request]:
    """Return what none of the grants covers: where it was allowed all the same, somebody else has granted it."""
    return {request for request in asked if not any(grant.covers(request) for grant in granted)}


def unused(granted: Iterable[Grant], asked: Collection[Request]) -> set[Grant]:
    """Return the grants that no request has needed."""
    return {grant for grant in granted if not any(grant.covers(request) for request in asked)}


def _granted(rule: Mapping[str, Any], namespace: str) -> Iterator[Grant]:
    for verb in rule["verbs"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                for name in rule.get("resourceNames", [""]):
                    yield Grant(verb, group, resource, namespace, name)
