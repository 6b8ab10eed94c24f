"""Flux' verdict on an object under `healthCheckExprs`, with the API server's own CEL.

The rules of Flux, in its order: https://fluxcd.io/flux/components/kustomize/kustomizations/#health-check-expressions
An object whose `status.observedGeneration` is an older one is in progress. Otherwise the first expression that is true
decides: inProgress, failed, current. Where none is, the object is in progress.

Nothing is stored: the API server evaluates a ValidatingAdmissionPolicy on objects that are created with a dry run, and
warns where an expression is true. When a kind's object is created, its status is dropped first: here each object
travels inside another one.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from cluster.kstatus import Kstatus
from cluster.waiting import wait_until
from local_cluster import ESTABLISHED, Cluster

Manifest = dict[str, Any]
Expressions = Mapping[str, str]
"""Of one kind: inProgress, failed or current → an expression."""

_ORDER: Final = {"inProgress": Kstatus.IN_PROGRESS, "failed": Kstatus.FAILED, "current": Kstatus.CURRENT}
_GROUP: Final = "flux.test"
_VARIABLES: Final = ("apiVersion", "kind", "metadata", "spec", "status")
"""What an expression of Flux can name: the fields of the object."""
_CANARY: Final = "canary"
_TRUE: Final = re.compile(r"<<(\S+) (\S+)>>")
_CARRIER: Final[Manifest] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"carriers.{_GROUP}"},
    "spec": {
        "group": _GROUP,
        "scope": "Cluster",
        "names": {"kind": "Carrier", "plural": "carriers"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {"carried": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
                    }
                },
            }
        ],
    },
}


class FluxVerdicts:
    """Flux with expressions for some kinds, and kstatus for the others."""

    def __init__(self, cluster: Cluster, expressions: Mapping[str, Expressions]) -> None:
        self._cluster, self._expressions = cluster, expressions
        self._apply(_CARRIER)
        cluster.kubectl("wait", ESTABLISHED, "crd", f"carriers.{_GROUP}")
        self._apply(self._policy(), _BINDING)
        wait_until(lambda: self._true_of({_CANARY: {}}), "the API server evaluates the expressions", seconds=60)

    def of(self, objects: Mapping[str, Manifest]) -> dict[str, Kstatus]:
        """Return the verdict on each object."""
        true = self._true_of(objects)
        return {name: self._verdict(found, true.get(name, set())) for name, found in objects.items()}

    def _verdict(self, found: Manifest, true: Iterable[str]) -> Kstatus:
        metadata, status = found["metadata"], found.get("status") or {}
        if status.get("observedGeneration", metadata["generation"]) != metadata["generation"]:
            return Kstatus.IN_PROGRESS
        return next((verdict for which, verdict in _ORDER.items() if which in true), Kstatus.IN_PROGRESS)

    def _true_of(self, objects: Mapping[str, Manifest]) -> dict[str, set[str]]:
        """Return which expressions are true, by the name of the object."""
        carriers = [
            {"apiVersion": f"{_GROUP}/v1", "kind": "Carrier", "metadata": {"name": name}, "carried": carried}
            for name, carried in objects.items()
        ]
        listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": carriers})
        said = self._cluster.kubectl("create", "--dry-run=server", "-o", "name", "-f", "-", input=listed).stderr
        assert "error" not in said, said
        true: dict[str, set[str]] = {}
        for name, which in _TRUE.findall(said):
            true.setdefault(name, set()).add(which)
        return true

    def _policy(self) -> Manifest:
        rule = {"apiGroups": [_GROUP], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["carriers"]}
        validations = [_warning(f"object.metadata.name == '{_CANARY}'", _CANARY)]
        for kind, expressions in self._expressions.items():
            of_kind = f"has(object.carried.kind) && object.carried.kind == '{kind}'"
            validations += [
                _warning(f"{of_kind} && {_bound(expression)}", which) for which, expression in expressions.items()
            ]
        return {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": f"expressions.{_GROUP}"},
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": {"resourceRules": [rule]},
                "validations": validations,
            },
        }

    def _apply(self, *manifests: Manifest) -> None:
        documents = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        self._cluster.kubectl("apply", "-f", "-", input=json.dumps(documents))


_BINDING: Final[Manifest] = {
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "ValidatingAdmissionPolicyBinding",
    "metadata": {"name": f"expressions.{_GROUP}"},
    "spec": {"policyName": f"expressions.{_GROUP}", "validationActions": ["Warn"]},
}


def _warning(expression: str, which: str) -> Manifest:
    """Return a validation that fails, and so warns, where an expression is true."""
    return {"expression": f"!({expression})", "messageExpression": f"'<<' + object.metadata.name + ' {which}>>'"}


def _bound(expression: str) -> str:
    """Return an expression for the carrier: what it says of the variables of Flux it says of the carried object."""
    for variable in _VARIABLES:
        expression = f"[object.carried.{variable}].all({variable}, {expression})"
    return f"({expression})"
