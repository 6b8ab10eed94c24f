"""StreamsAccountDetails in a test's namespace."""

from typing import Any, Final

from cluster.namespace import PROJECT, SECRET, Namespace
from cluster.waiting import wait_until

Manifest = dict[str, Any]

AWS: Final = {"accountId": "974404375205", "vpcId": "vpc-0ef7efa5ceca36e2f", "cidrBlock": "192.168.248.0/21"}
"""What the stand-in for Atlas has in US_EAST_1 of every project, as the status names it."""


def account_details(
    name: str, region: str = "US_EAST_1", *, project: str = PROJECT, secret: str | None = SECRET, **spec: Any
) -> Manifest:
    """Return a manifest; keywords are fields of spec, `config_map` the name of its ConfigMap."""
    config_map = spec.pop("config_map", None)
    reference = {"credentialsSecretRef": {"name": secret}} if secret else {}
    target = {"configMapRef": {"name": config_map}} if config_map else {}
    return {
        "apiVersion": "atlasstreams.io/v1alpha1",
        "kind": "StreamsAccountDetails",
        "metadata": {"name": name},
        "spec": {"projectId": project, "region": region, **reference, **target, **spec},
    }


class DetailsNamespace(Namespace):
    """A namespace whose objects are StreamsAccountDetails unless said otherwise."""

    KIND = "sacct"

    def config_map(self, name: str) -> Manifest | None:
        return self.get(name, "configmap")

    def data(self, name: str) -> dict[str, str] | None:
        """Return what a ConfigMap contains; None: there is none."""
        found = self.config_map(name)
        return None if found is None else found.get("data") or {}

    def wait_for_data(self, name: str, data: dict[str, str] | None) -> None:
        wait_until(lambda: self.data(name) == data, f"ConfigMap {name} contains {data}")

    def write_config_map(self, name: str, **data: str) -> None:
        """Write a ConfigMap that belongs to nobody."""
        self.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})

    def change_data(self, name: str, **data: str | None) -> None:
        self.merge(name, {"data": data}, "configmap")
