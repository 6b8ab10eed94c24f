"""The deployment on a real API: its manifests are accepted, and of two replicas one acts."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from atlas_simulator import SimulatorThread
from cluster.operator_process import OperatorProcess
from cluster.waiting import wait_until
from demo.places import ROOT
from local_cluster import Cluster, ControlPlane

NAME: Final = "atlas-streams-peering"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with ControlPlane().start(tmp_path_factory.mktemp("control-plane"), audit=False) as cluster:
        cluster.kubectl("apply", "-f", str(ROOT / "crds"), "-f", str(ROOT / "deploy" / "rbac.yaml"))
        cluster.kubectl("wait", "--for=condition=Established", "-f", str(ROOT / "crds"))
        yield cluster


@pytest.fixture
def start_replica(cluster: Cluster, tmp_path: Path) -> Iterator[Callable[[], OperatorProcess]]:
    """Start the operator as a pod of its Deployment would, with leader election."""
    kubeconfig = cluster.service_account_kubeconfig(NAME, NAME, tmp_path / "kubeconfig")
    replicas: list[OperatorProcess] = []
    with SimulatorThread() as atlas:

        def start() -> OperatorProcess:
            log = tmp_path / f"{len(replicas)}.log"
            replicas.append(
                OperatorProcess(kubeconfig, log, atlas=atlas.base_url, LEADER_ELECT="true", POD_NAMESPACE=NAME)
            )
            return replicas[-1].start(wait=False)

        yield start
        for replica in replicas:
            replica.kill()


def leads(replica: OperatorProcess) -> bool:
    try:
        return "atlas_streams_peering_leader 1.0" in replica.metrics()
    except OSError:
        return False  # not up yet


def test_the_deployment_is_accepted_without_a_warning(cluster: Cluster) -> None:
    manifest = str(ROOT / "deploy" / "operator.yaml")
    answer = cluster.kubectl("apply", "--dry-run=server", "--validate=strict", "-f", manifest)
    assert answer.stdout == f"deployment.apps/{NAME} created (server dry run)\n"
    assert answer.stderr == ""


def test_its_pods_fit_a_namespace_that_takes_restricted_ones_only(cluster: Cluster) -> None:
    restricted = "pod-security.kubernetes.io/warn=restricted"
    cluster.kubectl("label", "namespace", NAME, restricted, "--overwrite")
    answer = cluster.kubectl("apply", "--dry-run=server", "-f", str(ROOT / "deploy" / "operator.yaml"))
    assert "would violate PodSecurity" not in answer.stderr


def test_of_two_replicas_one_leads_and_both_count_as_ready(
    cluster: Cluster, start_replica: Callable[[], OperatorProcess]
) -> None:
    leader = start_replica()
    wait_until(leader.ready, "the first replica is ready", seconds=20)
    standby = start_replica()
    # Else a Deployment of two is never available, and its update waits for ever.
    wait_until(standby.ready, "the one that stands by is ready to take over", seconds=20)
    wait_until(lambda: leads(leader), "the first replica leads", seconds=30)
    assert not leads(standby)


def test_a_replica_that_is_stopped_hands_over_at_once(
    cluster: Cluster, start_replica: Callable[[], OperatorProcess]
) -> None:
    leader = start_replica()
    wait_until(lambda: leads(leader), "the first replica leads", seconds=30)
    standby = start_replica()
    wait_until(standby.ready, "the other stands by", seconds=20)
    assert leader.stop() == 0
    wait_until(lambda: leads(standby), "the other leads", seconds=10)
