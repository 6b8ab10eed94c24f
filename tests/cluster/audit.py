"""What the operator wrote, from the API server's own audit log."""

from typing import NamedTuple

from local_cluster import Cluster

OPERATOR = "system:serviceaccount:atlas-streams-peering:atlas-streams-peering"


class Write(NamedTuple):
    """One request of the operator's that was meant to change something."""

    verb: str
    resource: str
    """With its subresource: ``streamsvpcpeerings/status``."""
    name: str
    code: int


def writes(cluster: Cluster, namespace: str) -> list[Write]:
    """Return the operator's writes in a namespace, oldest first."""
    found = []
    for event in cluster.audit_events():
        target = event.get("objectRef") or {}
        mine = event["user"].get("username") == OPERATOR and target.get("namespace") == namespace
        if mine and event["verb"] not in ("get", "list", "watch"):
            resource = "/".join(filter(None, (target["resource"], target.get("subresource"))))
            found.append(Write(event["verb"], resource, target.get("name", ""), event["responseStatus"]["code"]))
    return found
