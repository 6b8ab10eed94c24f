"""What the chart's Roles and bindings grant, and what an audit log shows to have been asked for."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from chart.helm import Manifest, is_hook

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
    """One request to the API server, and the HTTP status that it answered with."""

    verb: str
    group: str
    resource: str
    namespace: str
    name: str
    code: int


def permissions(manifests: Iterable[Manifest]) -> list[Manifest]:
    """Return the accounts, roles and bindings of a render, without those of hooks."""
    return [manifest for manifest in manifests if manifest["kind"] in KINDS and not is_hook(manifest)]


def grants(manifests: list[Manifest], account: str, *, hooks: bool = False) -> set[Grant]:
    """Return all that the roles and bindings of a render grant to a ServiceAccount."""
    rules = {
        (one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]): one["rules"]
        for one in manifests
        if one["kind"] in ("Role", "ClusterRole") and is_hook(one) is hooks
    }
    found: set[Grant] = set()
    for binding in manifests:
        if binding["kind"] not in ("RoleBinding", "ClusterRoleBinding") or is_hook(binding) is not hooks:
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
        if event["user"]["username"] == user and target is not None and target["resource"] not in _EVERYBODYS:
            resource = "/".join(filter(None, (target["resource"], target.get("subresource"))))
            place = (target.get("apiGroup", ""), resource, target.get("namespace", ""), target.get("name", ""))
            found.add(Request(event["verb"], *place, event["responseStatus"]["code"]))
    return found


def _granted(rule: Mapping[str, Any], namespace: str) -> Iterator[Grant]:
    for verb in rule["verbs"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                for name in rule.get("resourceNames", [""]):
                    yield Grant(verb, group, resource, namespace, name)
