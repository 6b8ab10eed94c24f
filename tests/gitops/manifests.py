"""What stands in git, in the folder of an Application."""

from typing import Any, Final

from cluster import confluent
from cluster.account_details import account_details
from cluster.namespace import PRIVATE_KEY, PUBLIC_KEY, SECRET, peering

PEERING: Final = "orders"
"""The name of every object that has to do with the connection."""
LATER: Final = "consumer"
"""The ConfigMap that stands for whatever needs the connection."""

Manifest = dict[str, Any]


def secret() -> Manifest:
    """Return the credentials; a user would have them sealed, or made by another operator."""
    data = {"publicApiKey": PUBLIC_KEY, "privateApiKey": PRIVATE_KEY}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET}, "stringData": data}


def orders(**spec: Any) -> Manifest:
    """Return the peering."""
    return peering(PEERING, **spec)


def confluent_secret() -> Manifest:
    """Return the credentials of Confluent Cloud."""
    data = {"apiKey": confluent.KEY, "apiSecret": confluent.KEY_SECRET}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": confluent.SECRET}, "stringData": data}


def procedure(network: str) -> list[Manifest]:
    """Return the three manifests that do the whole procedure for a network of Confluent Cloud."""
    return [
        account_details(PEERING),
        confluent.confluent_peering(PEERING, details=PEERING, networkId=network),
        orders(requester={"confluentPeeringRef": {"name": PEERING}}),
    ]


def consumer() -> Manifest:
    """Return what needs the connection."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": LATER}, "data": {"needs": PEERING}}


def in_waves(*manifests: Manifest) -> list[Manifest]:
    """Return the manifests with sync waves in this order, from 0."""
    return [_annotated(manifest, "argocd.argoproj.io/sync-wave", str(wave)) for wave, manifest in enumerate(manifests)]


def _annotated(manifest: Manifest, name: str, value: str) -> Manifest:
    metadata = manifest["metadata"]
    return {**manifest, "metadata": {**metadata, "annotations": {**metadata.get("annotations", {}), name: value}}}
