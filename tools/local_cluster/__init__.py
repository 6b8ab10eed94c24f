"""A real Kubernetes API on this machine, with or without Docker, for the demo and the tests."""

from local_cluster.cluster import ESTABLISHED, Cluster
from local_cluster.errors import LocalClusterError
from local_cluster.kind import KindCluster
from local_cluster.node_cluster import NodeCluster
from local_cluster.plane import ControlPlane

# What `--cluster` may say.
CLUSTERS: dict[str, type[Cluster]] = {"auto": ControlPlane, "local": ControlPlane, "kind": KindCluster}

__all__ = ["CLUSTERS", "ESTABLISHED", "Cluster", "ControlPlane", "KindCluster", "LocalClusterError", "NodeCluster"]
