"""A watch that shows nothing any more, and does not end: the kubelet starts the operator anew."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.fault_proxy import FaultProxy
from cluster.namespace import peering, vpc
from cluster.waiting import wait_until
from pods.installation import SECONDS, Installation

EVENTS = ("ADDED", "MODIFIED", "DELETED")
LONG = 900.0
"""Seconds. Of these, 180 are the time for which a watch may lag behind before it counts as dead."""


@pytest.fixture(scope="module")
def proxy(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultProxy]:
    """The operator's way to the API server, on which things can go wrong."""
    installation.install()
    account = installation.cluster.service_account_kubeconfig(installation.name, installation.deployment)
    with FaultProxy(installation.cluster, account, tmp_path_factory.mktemp("proxy")) as proxy:
        give_way(installation, proxy.kubeconfig)
        yield proxy


def give_way(installation: Installation, kubeconfig: Path) -> None:
    """Have the pod ask the API server by this kubeconfig, and not as pods do."""
    content = json.loads(kubeconfig.read_text())
    cluster = content["clusters"][0]["cluster"]
    port = urlsplit(cluster["server"]).port
    assert port is not None
    cluster["server"] = f"http://{installation.cluster.reach(port)}:{port}"
    secret = {"metadata": {"name": "way"}, "stringData": {"config": json.dumps(content)}}
    installation.kubectl("create", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "Secret", **secret}))
    installation.upgrade(
        livenessProbe={"periodSeconds": 5, "timeoutSeconds": 2, "failureThreshold": 6},
        extraVolumes=[{"name": "way", "secret": {"secretName": "way"}}],
        extraVolumeMounts=[{"name": "way", "mountPath": "/way", "readOnly": True}],
        extraEnv=[{"name": "KUBECONFIG", "value": "/way/config"}, {"name": "KUBERNETES_SERVICE_HOST", "value": ""}],
    )


def test_it_is_started_anew_and_serves_what_the_watch_did_not_show(
    installation: Installation, atlas: SimulatorThread, proxy: FaultProxy
) -> None:
    (pod,) = installation.names()
    connection = request(atlas, 1)
    changes = count(1)
    installation.served.apply(peering("known", vpc=vpc(1)))
    installation.served.wait_for_reason("known", "Active", seconds=SECONDS)

    def started_anew() -> bool:
        # Something has to change, or a quiet watch would be as good.
        installation.served.kubectl("annotate", "--overwrite", "svp", "known", f"changes={next(changes)}")
        return installation.restarts(pod) == 1

    with proxy.losing(*EVENTS):
        # A comparison with a list follows each list of the watch; the next one would be minutes later.
        with proxy.fault(410, path="/streamsvpcpeerings$", watch=True) as expired:
            proxy.break_watches()
            wait_until(lambda: expired.hits, "the watch begins anew", seconds=SECONDS)
        wait_until(started_anew, "the kubelet starts it anew", seconds=LONG, every=1)
    proxy.break_watches()

    assert "Liveness probe failed: HTTP probe failed with statuscode: 503" in installation.said_by_probes(pod)
    another = request(atlas, 2)
    installation.served.apply(peering("later", vpc=vpc(2)))
    installation.served.wait_for_reason("later", "Active", seconds=SECONDS)
    assert [asked(atlas, connection), asked(atlas, another)] == [["accept"], ["accept"]]
