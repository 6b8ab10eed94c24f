"""StreamsVpcPeeringPolicies in a test's namespace."""

from typing import Any, Final

from cluster.namespace import ACCOUNT, PROJECT, SECRET, Namespace
from cluster.waiting import wait_until

Manifest = dict[str, Any]

LABEL: Final = "atlasstreams.io/policy"


def policy(name: str, *, project: str = PROJECT, secret: str | None = SECRET, **spec: Any) -> Manifest:
    """Return a manifest; keywords are fields of spec, `vpcs` and `cidrs` those of its only requester."""
    requester = {
        key: value
        for key, value in {
            "accountId": spec.pop("account", ACCOUNT),
            "vpcIds": spec.pop("vpcs", None),
            "cidrs": spec.pop("cidrs", None),
        }.items()
        if value is not None
    }
    excepted = spec.pop("excepted", None)
    return {
        "apiVersion": "atlasstreams.io/v1alpha1",
        "kind": "StreamsVpcPeeringPolicy",
        "metadata": {"name": name},
        "spec": {
            "projectId": project,
            **({"credentialsSecretRef": {"name": secret}} if secret else {}),
            "requesters": [requester],
            **({"except": excepted} if excepted else {}),
            **spec,
        },
    }


class PolicyNamespace(Namespace):
    """A namespace whose objects are StreamsVpcPeeringPolicies unless said otherwise."""

    KIND = "svpp"

    def peering(self, name: str) -> Manifest | None:
        """Return a StreamsVpcPeering."""
        return self.get(name, "svp")

    def taken(self, name: str) -> set[str]:
        """Return the names of the StreamsVpcPeerings with the label of a policy."""
        return set(self.objects("svp", labels=f"{LABEL}={name}"))

    def wait_for_taken(self, name: str, names: set[str]) -> None:
        wait_until(lambda: self.taken(name) == names, f"{name} has taken {sorted(names)}", every=0.1)

    def requests(self, name: str) -> dict[str, str]:
        """Return the reasons of the requests that a policy lists, by connection."""
        return {each["connectionName"]: each["reason"] for each in self.status(name).get("requests", [])}

    def wait_for_requests(self, name: str, reasons: dict[str, str]) -> None:
        wait_until(lambda: self.requests(name) == reasons, f"{name} lists {reasons}", every=0.1)
