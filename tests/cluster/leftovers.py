"""Removes what a test or a module leaves in a control plane that others use too."""

from typing import Any, Final

from cluster.waiting import wait_until
from local_cluster import Cluster, LocalClusterError

GROUP: Final = "atlasstreams.io"
CRD: Final = "customresourcedefinitions"
PATIENCE: Final = 20.0
"""Seconds for the API server to delete a CRD by itself."""

_BARE: Final = {"metadata": {"finalizers": None}}


def remove_objects(cluster: Cluster) -> None:
    """Delete the objects of all our kinds in all namespaces, without asking an operator."""
    for crd in filter(_is_served, _crds(cluster)):
        kind = crd["spec"]["names"]["plural"]
        for item in cluster.rest.list(kind, ""):
            named = (kind, item["metadata"]["namespace"], item["metadata"]["name"])
            # What is being deleted already goes with its finalizer.
            if "finalizers" in item["metadata"]:
                cluster.rest.patch(*named, _BARE)
            if "deletionTimestamp" not in item["metadata"]:
                _delete(cluster, *named)


def remove_crds(cluster: Cluster) -> None:
    """Delete our CRDs, with their objects.

    The API server deletes a CRD's objects before the CRD. If that fails once, it waits longer from try to try, for
    minutes in the end. There are no objects here, so the CRD can go without it.
    """
    remove_objects(cluster)
    for crd in _crds(cluster):
        _delete(cluster, CRD, "", crd["metadata"]["name"])
    try:
        wait_until(lambda: not _crds(cluster), "the CRDs are gone", seconds=PATIENCE)
    except AssertionError:
        for crd in _crds(cluster):
            cluster.rest.patch(CRD, "", crd["metadata"]["name"], _BARE)
        wait_until(lambda: not _crds(cluster), "the CRDs are gone without their finalizer")


def _delete(cluster: Cluster, kind: str, namespace: str, name: str) -> None:
    """Delete what is there, or was a moment ago: an uninstall may just be removing it."""
    try:
        cluster.rest.delete(kind, namespace, name)
    except LocalClusterError:
        if cluster.rest.get(kind, namespace, name) is not None:
            raise


def _crds(cluster: Cluster) -> list[dict[str, Any]]:
    return [crd for crd in cluster.rest.list(CRD, "") if crd["spec"]["group"] == GROUP]


def _is_served(crd: dict[str, Any]) -> bool:
    if "deletionTimestamp" in crd["metadata"]:
        return False  # its objects go with it
    conditions = (crd.get("status") or {}).get("conditions", [])
    return any(condition["type"] == "Established" and condition["status"] == "True" for condition in conditions)
