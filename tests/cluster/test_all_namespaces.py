"""An operator that watches every namespace, as one does that is not told otherwise."""

import json
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
    nothing_held = json.dumps({"metadata": {"finalizers": None}})
    for kind in KINDS:
        cluster.kubectl("delete", kind, "--all", "--all-namespaces", "--wait=false")
        for item in json.loads(cluster.kubectl("get", kind, "--all-namespaces", "-o", "json").stdout)["items"]:
            named = (f"--namespace={item['metadata']['namespace']}", kind, item["metadata"]["name"])
            cluster.kubectl("patch", *named, "--type=merge", f"-p={nothing_held}")


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
