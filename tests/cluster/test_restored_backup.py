"""A backup of etcd is restored under a running operator, which starts afresh and serves what was restored."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from atlas_simulator import SimulatorThread
from cluster.conftest import ROOT
from cluster.namespace import Namespace, peering, vpc
from cluster.operator_process import OperatorProcess
from local_cluster import ESTABLISHED, ControlPlane


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Namespace]:
    """A namespace of a control plane that no other test shares."""
    with ControlPlane().start(tmp_path / "control-plane", audit=False) as plane:
        plane.kubectl("apply", "-f", str(ROOT / "crds"))
        plane.kubectl("wait", ESTABLISHED, "crd", "--all")
        namespace = Namespace(plane, "default")
        namespace.secret()
        yield namespace


def test_the_operator_ends_and_the_next_one_serves_what_was_restored(
    place: Namespace, simulator: SimulatorThread, tmp_path: Path
) -> None:
    plane = place.cluster
    assert isinstance(plane, ControlPlane)
    place.apply(peering("orders", vpc=vpc(1)))
    backup = plane.back_up()
    operator = OperatorProcess(
        plane.kubeconfig, tmp_path / "operator.log", atlas=simulator.base_url, namespaces=place.name
    )
    with operator:
        place.wait_for_reason("orders", "WaitingForRequest")
        place.patch("orders", suspend=True)
        place.wait_for_reason("orders", "Suspended")

        plane.restore(backup)

        assert operator.wait(120) == 1
        last = operator.output().splitlines()[-1]
        assert "The operator stops: the API server has gone back to an earlier state" in last
        operator.start()
        place.wait_for_reason("orders", "WaitingForRequest")
