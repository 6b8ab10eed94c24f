"""Collects the test data of every kind: objects that real operators reconcile on one Kubernetes API."""

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from argo.confluent import collect_confluent
from argo.customizations import ACCOUNT_DETAILS, CONFLUENT_PEERING, OUTBOUND_PEERING, PEERING, POLICY, Customization
from argo.details import collect_details
from argo.harness import kubernetes_api
from argo.outbound import collect_outbound
from argo.peerings import collect_peerings
from argo.policies import collect_policies
from local_cluster import Cluster

Objects = Mapping[str, dict[str, Any]]
"""What the API server has of each object, by name."""

COLLECTORS: Final[Mapping[Customization, Callable[[Cluster], Objects]]] = {
    PEERING: collect_peerings,
    ACCOUNT_DETAILS: collect_details,
    CONFLUENT_PEERING: collect_confluent,
    OUTBOUND_PEERING: collect_outbound,
    POLICY: collect_policies,
}
"""Kind → the function that creates the objects of its test data, and waits for the state of each."""


@contextmanager
def collecting(
    directory: Path, kinds: Collection[Customization] = COLLECTORS
) -> Iterator[dict[Customization, Future[Objects]]]:
    """Collect the objects of these kinds, all kinds at the same time: a kind mostly waits."""
    with kubernetes_api(directory) as cluster, ThreadPoolExecutor(len(kinds)) as threads:
        yield {kind: threads.submit(COLLECTORS[kind], cluster) for kind in kinds}
