"""`kubectl wait` on peerings on their way: it ends when they are there, and it can end when one is stuck."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import PollTrigger, request
from cluster.conftest import ROOT, StartOperator
from cluster.namespace import Namespace, pcx, peering, vpc
from local_cluster.assets import find_kubectl

LONG: Final = 60
REASON: Final = '{.status.conditions[?(@.type=="Ready")].reason}'


@contextmanager
def waiting(namespace: Namespace, *command: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command beside the test, with kubectl on PATH and at home in the namespace."""
    path = f"{find_kubectl().parent}:{os.environ['PATH']}"
    own = namespace.cluster.directory / f"{namespace.name}.kubeconfig"
    shutil.copy(namespace.cluster.kubeconfig, own)
    namespace.cluster.kubectl(f"--kubeconfig={own}", "config", "set-context", "local", f"--namespace={namespace.name}")
    environment = {**os.environ, "PATH": path, "KUBECONFIG": str(own), "KUBERC": "off"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait(name: str, what: str) -> list[str]:
    return ["kubectl", "wait", f"svp/{name}", f"--for={what}", f"--timeout={LONG}s"]


@pytest.mark.usefixtures("operator", "poll_trigger")
@pytest.mark.parametrize(
    ("number", "what"),
    [(1, "condition=Ready"), (2, "jsonpath={.status.cloudStatus}=active"), (3, f"jsonpath={REASON}=Active")],
)
def test_it_goes_on_while_the_peering_is_on_its_way_and_ends_when_that_is_active(
    namespace: Namespace, simulator: SimulatorThread, number: int, what: str
) -> None:
    name = f"coming-{number}"
    namespace.apply(peering(name, vpc=vpc(number)))
    with waiting(namespace, *wait(name, what)) as process:
        namespace.wait_for_reason(name, "WaitingForRequest")
        simulator.fault("stuck", "accept", connection=pcx(number))
        request(simulator, number)
        namespace.wait_for_reason(name, "Accepting")
        assert process.poll() is None

        simulator.set_cloud_status(pcx(number), "active")

        assert process.wait(LONG) == 0


@pytest.mark.usefixtures("operator", "poll_trigger")
def test_it_can_end_at_once_when_somebody_has_to_act(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 101)
    simulator.fault("stuck", "accept", connection=connection)
    namespace.apply(peering("dying", vpc=vpc(101)))
    with waiting(namespace, *wait("dying", "condition=Stalled")) as process:
        namespace.wait_for_reason("dying", "Accepting")
        assert process.poll() is None

        simulator.set_cloud_status(connection, "failed")

        assert process.wait(LONG) == 0
    assert namespace.condition("dying", "Stalled")["reason"] == "RequestFailed"


@pytest.mark.usefixtures("operator", "poll_trigger")
def test_a_deletion_is_waited_for_until_the_connection_is_gone(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 102, state="active")
    simulator.fault("stuck", "delete", connection=connection)
    namespace.apply(peering("leaving", vpc=vpc(102)))
    namespace.wait_for_reason("leaving", "Active")
    namespace.delete("leaving")
    with waiting(namespace, *wait("leaving", "delete")) as process:
        namespace.wait_for_reason("leaving", "Deleting")
        assert process.poll() is None

        simulator.set_cloud_status(connection, "deleted")

        assert process.wait(LONG) == 0


def documented_loop() -> str:
    """Return the lines of docs/conditions.md that wait for either."""
    page = (ROOT / "docs" / "conditions.md").read_text()
    (loop,) = re.findall(r"^until kubectl wait(?:.*\n)+?done$", page, re.MULTILINE)
    return str(loop)


@pytest.mark.usefixtures("operator", "poll_trigger")
@pytest.mark.parametrize(("number", "cloud", "code"), [(103, "active", 0), (104, "expired", 1)])
def test_the_documented_loop_ends_either_way(
    namespace: Namespace, simulator: SimulatorThread, number: int, cloud: str, code: int
) -> None:
    name = f"either-{cloud}"
    simulator.fault("stuck", "accept", connection=pcx(number))
    connection = request(simulator, number)
    namespace.apply(peering(name, vpc=vpc(number)))
    with waiting(namespace, "sh", "-c", documented_loop().replace("svp/orders", f"svp/{name}")) as process:
        namespace.wait_for_reason(name, "Accepting")
        assert process.poll() is None

        simulator.set_cloud_status(connection, cloud)

        assert process.wait(LONG) == code


def test_what_no_operator_has_seen_yet_is_not_ready(
    make_namespace: Callable[[str], Namespace], simulator: SimulatorThread, start_operator: StartOperator
) -> None:
    place = make_namespace("unseen")
    place.secret()
    request(simulator, 105, state="active")
    place.apply(peering("untouched", vpc=vpc(105)))
    assert not met(place, "untouched", "condition=Ready")

    operator = start_operator(place)
    with PollTrigger(place):
        place.wait_for_reason("untouched", "Active")
    assert met(place, "untouched", "condition=Ready")

    # A wish that nobody has looked at is not fulfilled by what the last one came to.
    operator.stop()
    place.patch("untouched", desiredState="Deleted")
    assert not met(place, "untouched", "condition=Ready")
    # Whereas the bare field is still what it was.
    assert met(place, "untouched", f"jsonpath={REASON}=Active")


def met(namespace: Namespace, name: str, what: str) -> bool:
    """Tell whether it is so now."""
    answer = namespace.kubectl("wait", f"svp/{name}", f"--for={what}", "--timeout=0", check=False)
    return answer.returncode == 0
