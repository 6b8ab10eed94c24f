"""What the operator wrote, from the API server's own audit log."""

from typing import NamedTuple
from uuid import uuid4

from cluster.waiting import wait_until
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
    """Return the operator's writes in a namespace that have been answered by now, oldest first."""
    # The log is written after the answer: what was asked before this mark is in it once the mark is.
    mark = f"mark-{uuid4().hex}"
    cluster.rest.get("configmap", namespace, mark)
    wait_until(lambda: mark in cluster.audit_log.read_text(), "the audit log is complete")
    found = []
    for event in cluster.audit_events():
        target = event.get("objectRef") or {}
        mine = event["user"].get("username") == OPERATOR and target.get("namespace") == namespace
        if mine and event["verb"] not in ("get", "list", "watch"):
            resource = "/".join(filter(None, (target["resource"], target.get("subresource"))))
            found.append(Write(event["verb"], resource, target.get("name", ""), event["responseStatus"]["code"]))
    return found
