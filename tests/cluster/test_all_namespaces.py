"""An operator that watches every namespace, as one does that is not told otherwise."""

from collections.abc import Callable

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.conftest import StartOperator
from cluster.namespace import Namespace, peering, vpc
from local_cluster import Cluster

KINDS = ("svpp", "svp", "sacct", "cfp", "sop")


@pytest.fixture
def emptied(cluster: Cluster) -> None:
    """Nothing is left of other modules: this operator would serve their objects and policies too."""
    for kind in KINDS:
        for item in cluster.rest.list(kind, ""):
            named = (kind, item["metadata"]["namespace"], item["metadata"]["name"])
            # What is being deleted already goes with its finalizer.
            if "finalizers" in item["metadata"]:
                cluster.rest.patch(*named, {"metadata": {"finalizers": None}})
            if "deletionTimestamp" not in item["metadata"]:
                cluster.rest.delete(*named)


@pytest.mark.usefixtures("emptied")
def test_objects_of_every_namespace_are_looked_after(
    make_namespace: Callable[[str], Namespace], simulator: SimulatorThread, start_operator: StartOperator
) -> None:
    start_operator()
    for number, suffix in enumerate(("east", "west"), start=0xE000):
        connection = request(simulator, number)
        namespace = make_namespace(suffix)
        namespace.secret()
        namespace.apply(peering("orders", vpc=vpc(number)))

        namespace.wait_for_reason("orders", "Active")

        assert asked(simulator, connection) == ["accept"]
        namespace.delete("orders", wait=True)
        assert asked(simulator, connection) == ["accept", "delete"]
