"""A namespace of a test's own, and what a user does in it."""

import base64
import json
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from cluster.waiting import LIMIT, wait_until
from local_cluster import Cluster, LocalClusterError

PROJECT = "671a86f4cfc9da7d7c31b14f"
ACCOUNT = "417601102659"
PUBLIC_KEY = "ojarafoc"
SECRET = "atlas-api"
PRIVATE_KEY = "1ecf4c70-98ea-4168-8e44-fd67dba0f3ba"


def vpc(number: int) -> str:
    return f"vpc-{number:017x}"


def pcx(number: int) -> str:
    return f"pcx-{number:017x}"


def peering(name: str, *, project: str = PROJECT, secret: str | None = SECRET, **spec: Any) -> dict[str, Any]:
    """Return a StreamsVpcPeering's manifest; keywords are fields of spec, `vpc` and `cidr` of the requester."""
    requester = spec.pop("requester", None) or {
        key: value
        for key, value in {
            "accountId": spec.pop("account", ACCOUNT),
            "vpcId": spec.pop("vpc", None),
            "cidr": spec.pop("cidr", None),
        }.items()
        if value is not None
    }
    reference = {"credentialsSecretRef": {"name": secret}} if secret else {}
    return {
        "apiVersion": "atlasstreams.io/v1alpha1",
        "kind": "StreamsVpcPeering",
        "metadata": {"name": name},
        "spec": {"projectId": project, **reference, "requester": requester, **spec},
    }


class Namespace:
    """What a user does in one namespace: with kubectl where that matters, else without a process for each request."""

    KIND = "svp"
    """The kind of an object, unless a call names another one."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster, self.name = cluster, name

    def kubectl(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return self.cluster.kubectl("--namespace", self.name, *arguments, **options)

    def apply(self, *manifests: dict[str, Any]) -> None:
        for manifest in manifests:
            self.cluster.rest.apply(self.name, manifest)

    def kubectl_apply(self, *manifests: dict[str, Any], server_side: bool = False) -> str:
        """Return what kubectl says."""
        mode = ("--server-side",) if server_side else ()
        documents = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        return self.kubectl("apply", *mode, "-f", "-", input=json.dumps(documents)).stdout

    def refused(self, manifest: dict[str, Any]) -> str:
        """Write what the API server must refuse, and return what it says."""
        while True:
            with pytest.raises(LocalClusterError) as refusal:
                self.cluster.rest.put(self.name, manifest)
            # The operator may write the status between the read and the write.
            if "the object has been modified" not in str(refusal.value):
                return str(refusal.value)

    def secret(self, name: str = SECRET, **fields: str) -> None:
        """Write a Secret: an API key unless told otherwise."""
        texts = fields or {"publicApiKey": PUBLIC_KEY, "privateApiKey": PRIVATE_KEY}
        data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        self.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data})

    def patch(self, name: str, kind: str = "", **spec: Any) -> None:
        self.merge(name, {"spec": spec}, kind)

    def merge(self, name: str, change: Mapping[str, Any], kind: str = "", *, subresource: str = "") -> None:
        """Merge a change into an object, or into its status."""
        self.cluster.rest.patch(kind or self.KIND, self.name, name, change, subresource)

    def delete(self, name: str, kind: str = "", *, wait: bool = False) -> None:
        self.cluster.rest.delete(kind or self.KIND, self.name, name)
        if wait:
            wait_until(lambda: self.get(name, kind) is None, f"{name} is gone", seconds=60)

    def request_reconcile(self, name: str, value: str, kind: str = "") -> None:
        """Request a poll at once, by the annotation."""
        self.merge(name, {"metadata": {"annotations": {"atlasstreams.io/reconcile-requested-at": value}}}, kind)

    def get(self, name: str, kind: str = "") -> dict[str, Any] | None:
        return self.cluster.rest.get(kind or self.KIND, self.name, name)

    def status(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = (self.get(name) or {}).get("status") or {}
        return found

    def condition(self, name: str, kind: str = "Ready") -> dict[str, Any]:
        conditions = self.status(name).get("conditions", [])
        return next((condition for condition in conditions if condition["type"] == kind), {})

    def wait_for_reason(self, name: str, reason: str, *, kind: str = "Ready", seconds: float = LIMIT) -> dict[str, Any]:
        """Wait until a condition has this reason for the present generation, and return the whole status."""

        def reached() -> dict[str, Any] | None:
            found = self.get(name)
            if found is None:
                return None
            status: dict[str, Any] = found.get("status") or {}
            for condition in status.get("conditions", []):
                current = condition.get("observedGeneration") == found["metadata"]["generation"]
                if condition["type"] == kind and condition["reason"] == reason and current:
                    return status
            return None

        try:
            return wait_until(reached, f"{name}: {kind} has the reason {reason}", seconds=seconds, every=0.1)
        except AssertionError as error:
            raise AssertionError(f"{error}; object: {json.dumps(self.get(name))}") from None

    def objects(self, kind: str = "", *, labels: str = "") -> dict[str, dict[str, Any]]:
        """Return all objects, or those that the selector chooses, by name."""
        items = self.cluster.rest.list(kind or self.KIND, self.name, labels=labels)
        return {item["metadata"]["name"]: item for item in items}

    def wait_for_reasons(self, reasons: Mapping[str, str], *, seconds: float = LIMIT) -> dict[str, dict[str, Any]]:
        """Wait until Ready has these reasons, by object, each for the present generation; return the objects."""
        return self._wait_for_each(reasons, _ready_reason, "Ready has the reasons", seconds)

    def wait_for_cloud(
        self, statuses: Mapping[str, str | None], *, seconds: float = LIMIT
    ) -> dict[str, dict[str, Any]]:
        """Wait until the objects show these cloud statuses; return the objects."""
        return self._wait_for_each(statuses, _cloud_status, "the cloud statuses are", seconds)

    def _wait_for_each(
        self,
        expected: Mapping[str, str | None],
        read: Callable[[dict[str, Any]], str | None],
        what: str,
        seconds: float,
    ) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}

        def all_so() -> bool:
            found.clear()
            found.update(self.objects())
            return all(name in found and read(found[name]) == value for name, value in expected.items())

        try:
            wait_until(all_so, what, seconds=seconds, every=0.1)
        except AssertionError:
            shown = {name: read(found[name]) if name in found else "no such object" for name in expected}
            raise AssertionError(f"{what} {expected}: not within {seconds:.0f} s, but {shown}") from None
        return found

    def wait_gone(self, name: str, *, seconds: float = LIMIT) -> None:
        wait_until(lambda: self.get(name) is None, f"{name} is gone", seconds=seconds, every=0.1)

    def finalizers(self, name: str) -> list[str]:
        found: list[str] = (self.get(name) or {}).get("metadata", {}).get("finalizers", [])
        return found

    def wait_for_finalizers(self, name: str, finalizers: list[str]) -> None:
        wait_until(lambda: self.finalizers(name) == finalizers, f"{name} has the finalizers {finalizers}")

    def wait_for_event(self, name: str, reason: str, begin: str = "") -> dict[str, Any]:
        """Wait until an Event with this reason and beginning is there; return the newest.

        Events are posted in the background.
        """

        def newest() -> dict[str, Any] | None:
            fitting = (event for event in self.events(name) if event["reason"] == reason)
            return next((event for event in reversed([*fitting]) if event["message"].startswith(begin)), None)

        return wait_until(newest, f"{name} has an Event {reason}") or {}

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the Events on an object, oldest first."""
        items = self.cluster.rest.list("events", self.name, fields=f"involvedObject.name={name}")
        return sorted(items, key=lambda item: item["metadata"]["name"].rpartition(".")[2])


def condition_of(found: dict[str, Any], kind: str = "Ready") -> dict[str, Any]:
    """Return a condition of an object; empty where it has none."""
    conditions = (found.get("status") or {}).get("conditions", [])
    return next((condition for condition in conditions if condition["type"] == kind), {})


def _ready_reason(found: dict[str, Any]) -> str | None:
    ready = condition_of(found)
    current = ready.get("observedGeneration") == found["metadata"]["generation"]
    return ready.get("reason") if current else None


def _cloud_status(found: dict[str, Any]) -> str | None:
    word: str | None = (found.get("status") or {}).get("cloudStatus")
    return word
