"""What the chart's values promise holds on a real node: the memory limit, and probes that fail when they should."""

import os
import signal
from pathlib import Path

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.namespace import peering, vpc
from cluster.waiting import wait_until
from pods.installation import SECONDS, Installation

OBJECTS = 1000
MEBIBYTE = 2**20
LONG = 3 * SECONDS


@pytest.fixture(scope="module", autouse=True)
def installed(installation: Installation) -> None:
    # On a busy machine a start, too, takes its time.
    quick = {"periodSeconds": 5, "timeoutSeconds": 2, "failureThreshold": 6}
    installation.install(livenessProbe=quick, terminationGracePeriodSeconds=2)


@pytest.fixture
def pod(installation: Installation) -> str:
    (name,) = installation.names()
    return name


def peak_memory(process: int) -> int:
    """Return the most bytes that a process has ever had in memory."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def test_the_memory_limit_is_enough_for_a_thousand_objects(installation: Installation, pod: str) -> None:
    container = (installation.get("pod", pod) or {})["spec"]["containers"][0]
    assert container["resources"]["limits"]["memory"] == "256Mi"
    for begin in range(0, OBJECTS, 250):
        installation.served.apply(
            *(peering(f"order-{number}", vpc=vpc(1000 + number)) for number in range(begin, begin + 250))
        )

    def all_seen() -> bool:
        found = installation.served.objects().values()
        return len(found) == OBJECTS and all("conditions" in each.get("status", {}) for each in found)

    wait_until(all_seen, "every object has a status", seconds=LONG, every=2)

    assert installation.restarts(pod) == 0
    assert peak_memory(installation.process(pod)) < 256 * MEBIBYTE
    installation.served.kubectl("delete", "svp", "--all", "--wait=false", timeout=LONG)
    wait_until(lambda: not installation.served.objects(), "all are gone", seconds=LONG, every=2)


def test_a_frozen_process_fails_its_probe_is_started_anew_and_works(
    installation: Installation, atlas: SimulatorThread, pod: str
) -> None:
    process = installation.process(pod)
    os.kill(process, signal.SIGSTOP)
    try:
        wait_until(lambda: installation.restarts(pod) == 1, "the kubelet starts it anew", seconds=SECONDS)
    finally:
        if Path(f"/proc/{process}").exists():
            os.kill(process, signal.SIGCONT)

    assert installation.names() == {pod}
    connection = request(atlas, 1)
    installation.served.apply(peering("orders", vpc=vpc(1)))
    installation.served.wait_for_reason("orders", "Active", seconds=SECONDS)
    assert asked(atlas, connection) == ["accept"]
