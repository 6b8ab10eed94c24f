"""StreamsVpcPeerings as the API server has them."""

from typing import Any

from atlas_streams_peering.api.group import FINALIZER
from atlas_streams_peering.kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from atlas_streams_peering.kube.objects import KubernetesObject
from simulator.caller import ACCOUNT, PROJECT, VPC
from unit.controller.api_objects import ApiObjects

NAMESPACE = "streams"


def path(name: str = "kafka", namespace: str = NAMESPACE) -> str:
    return f"{STREAMS_VPC_PEERING.path(namespace)}/{name}"


def body(*, finalizers: tuple[str, ...] = (), deleting: bool = False, **metadata: Any) -> dict[str, Any]:
    """Return an object; what is not said here the server adds."""
    found: dict[str, Any] = {"generation": 1, "creationTimestamp": "2024-12-12T12:00:00Z", **metadata}
    if finalizers:
        found["finalizers"] = list(finalizers)
    if deleting:
        found["deletionTimestamp"] = "2024-12-12T13:00:00Z"
    requester = {"accountId": ACCOUNT, "vpcId": VPC}
    spec = {"projectId": PROJECT, "credentialsSecretRef": {"name": "atlas-api"}, "requester": requester}
    return {"metadata": found, "spec": spec, "status": {"observedGeneration": -1}}


def create(server: ApiObjects, name: str = "kafka", *, namespace: str = NAMESPACE, **options: Any) -> KubernetesObject:
    """Let the API server have an object, and return it as it is now."""
    return KubernetesObject.read(server.put(path(name, namespace), body(**options)))


def stored(server: ApiObjects, name: str = "kafka") -> dict[str, Any]:
    """Return the object as the API server has it."""
    return server.objects[path(name)]


def finalizers(server: ApiObjects, name: str = "kafka") -> list[str]:
    found: list[str] = stored(server, name)["metadata"].get("finalizers", [])
    return found


OURS = FINALIZER
THEIRS = "example.com/theirs"
