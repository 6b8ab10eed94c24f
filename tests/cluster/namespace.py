"""A namespace of a test's own, used as a user would: with kubectl."""

import json
import subprocess
from typing import Any

from cluster.waiting import wait_until
from local_cluster import Cluster

PROJECT = "671a86f4cfc9da7d7c31b14f"
ACCOUNT = "417601102659"
PUBLIC_KEY = "ojarafoc"
PRIVATE_KEY = "1ecf4c70-98ea-4168-8e44-fd67dba0f3ba"


def vpc(number: int) -> str:
    return f"vpc-{number:017x}"


def pcx(number: int) -> str:
    return f"pcx-{number:017x}"


def peering(name: str, *, project: str = PROJECT, secret: str | None = "atlas-api", **spec: Any) -> dict[str, Any]:
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
    """kubectl in one namespace."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster, self.name = cluster, name

    def kubectl(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return self.cluster.kubectl("--namespace", self.name, *arguments, **options)

    def apply(self, *manifests: dict[str, Any], server_side: bool = False) -> str:
        mode = ("--server-side",) if server_side else ()
        documents = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        return self.kubectl("apply", *mode, "-f", "-", input=json.dumps(documents)).stdout

    def refused(self, manifest: dict[str, Any]) -> str:
        """Apply what the API server must refuse, and return what it says."""
        answer = self.kubectl("apply", "-f", "-", input=json.dumps(manifest), check=False)
        assert answer.returncode != 0, f"was not refused: {manifest}"
        return answer.stderr

    def secret(self, name: str = "atlas-api", **fields: str) -> None:
        """Write a Secret: an API key unless told otherwise."""
        data = fields or {"publicApiKey": PUBLIC_KEY, "privateApiKey": PRIVATE_KEY}
        self.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data})

    def patch(self, name: str, kind: str = "svp", **spec: Any) -> None:
        self.kubectl("patch", kind, name, "--type=merge", "-p", json.dumps({"spec": spec}))

    def delete(self, name: str, kind: str = "svp", *, wait: bool = False) -> None:
        self.kubectl("delete", kind, name, f"--wait={str(wait).lower()}")

    def get(self, name: str, kind: str = "svp") -> dict[str, Any] | None:
        answer = self.kubectl("get", kind, name, "-o", "json", "--ignore-not-found")
        return json.loads(answer.stdout) if answer.stdout.strip() else None

    def status(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = (self.get(name) or {}).get("status") or {}
        return found

    def condition(self, name: str, kind: str = "Ready") -> dict[str, Any]:
        conditions = self.status(name).get("conditions", [])
        return next((condition for condition in conditions if condition["type"] == kind), {})

    def wait_for_reason(self, name: str, reason: str, *, kind: str = "Ready", seconds: float = 30.0) -> dict[str, Any]:
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
            return wait_until(reached, f"{name}: {kind} has the reason {reason}", seconds=seconds, every=0.2)
        except AssertionError as error:
            raise AssertionError(f"{error}; object: {json.dumps(self.get(name))}") from None

    def wait_gone(self, name: str, *, seconds: float = 30.0) -> None:
        wait_until(lambda: self.get(name) is None, f"{name} is gone", seconds=seconds, every=0.2)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the Events on an object, oldest first."""
        answer = self.kubectl("get", "events", "-o", "json", f"--field-selector=involvedObject.name={name}")
        items: list[dict[str, Any]] = json.loads(answer.stdout)["items"]
        return sorted(items, key=lambda item: item["metadata"]["name"].rpartition(".")[2])
