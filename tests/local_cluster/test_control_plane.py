"""What the demo and the other tests rely on, asked of a real control plane."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_cluster import ControlPlane, LocalClusterError


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with ControlPlane().start(tmp_path_factory.mktemp("control-plane")) as started:
        yield started


def eventually(condition: Callable[[], bool], *, within: float = 30) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not so within {within:g} s"
        time.sleep(0.05)


def exists(cluster: ControlPlane, *what: str) -> bool:
    return cluster.kubectl("get", *what, check=False).returncode == 0


def test_answers_with_the_version_it_was_built_from(cluster: ControlPlane) -> None:
    versions = json.loads(cluster.kubectl("version", "--output=json").stdout)
    assert versions["serverVersion"]["gitVersion"].startswith("v1.")
    assert versions["serverVersion"]["minor"].isdigit()


def test_starting_again_changes_nothing(cluster: ControlPlane, tmp_path: Path) -> None:
    before = dict(cluster.processes), cluster.directory
    assert cluster.start(tmp_path) is cluster
    assert (dict(cluster.processes), cluster.directory) == before


def test_only_its_owner_reads_the_kubeconfig(cluster: ControlPlane) -> None:
    assert cluster.kubeconfig.stat().st_mode & 0o077 == 0


def test_another_one_in_the_same_directory_is_refused(cluster: ControlPlane) -> None:
    with pytest.raises(LocalClusterError, match="already runs in"):
        ControlPlane().start(cluster.directory)


def test_a_failed_kubectl_says_what_the_server_said(cluster: ControlPlane) -> None:
    with pytest.raises(LocalClusterError, match=r"kubectl get configmap absent: .*not found"):
        cluster.kubectl("get", "configmap", "absent")


def test_a_service_account_may_do_what_rbac_lets_it_and_no_more(cluster: ControlPlane) -> None:
    cluster.kubectl("create", "serviceaccount", "reader")
    own = f"--kubeconfig={cluster.service_account_kubeconfig('default', 'reader')}"

    denied = cluster.kubectl("get", "configmaps", own, check=False)
    assert denied.returncode != 0
    assert 'User "system:serviceaccount:default:reader" cannot list resource "configmaps"' in denied.stderr

    cluster.kubectl("create", "role", "read", "--verb=list", "--resource=configmaps")
    cluster.kubectl("create", "rolebinding", "read", "--role=read", "--serviceaccount=default:reader")
    eventually(lambda: cluster.kubectl("get", "configmaps", own, check=False).returncode == 0)
    assert not exists(cluster, "secrets", own)


def test_a_namespace_gets_its_default_account_and_is_deleted_with_its_contents(cluster: ControlPlane) -> None:
    cluster.kubectl("create", "namespace", "short-lived")
    eventually(lambda: exists(cluster, "serviceaccount", "default", "--namespace=short-lived"))
    cluster.kubectl("create", "configmap", "content", "--namespace=short-lived")
    cluster.kubectl("delete", "namespace", "short-lived", "--timeout=30s")
    assert not exists(cluster, "configmap", "content", "--namespace=short-lived")


def test_what_an_object_owns_goes_with_it(cluster: ControlPlane) -> None:
    cluster.kubectl("create", "configmap", "owner")
    uid = cluster.kubectl("get", "configmap", "owner", "--output=jsonpath={.metadata.uid}").stdout
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid}
    owned = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "owned", "ownerReferences": [owner]},
    }
    cluster.kubectl("create", "--filename=-", input=json.dumps(owned))
    cluster.kubectl("delete", "configmap", "owner")
    eventually(lambda: not exists(cluster, "configmap", "owned"))


def test_the_audit_log_names_who_asked_for_what_and_the_answer(cluster: ControlPlane) -> None:
    cluster.kubectl("create", "configmap", "audited")
    (event,) = (
        event
        for event in cluster.audit_events()
        if event["verb"] == "create" and event["objectRef"].get("name") == "audited"
    )
    assert event["user"]["username"] == "admin"
    assert event["objectRef"]["resource"] == "configmaps"
    assert event["responseStatus"]["code"] == 201
    assert "requestObject" not in event


def test_a_paused_api_server_answers_once_it_is_resumed(cluster: ControlPlane) -> None:
    cluster.pause()
    try:
        with pytest.raises(LocalClusterError, match="did not end within"):
            cluster.kubectl("get", "--raw=/readyz", timeout=0.5)
    finally:
        cluster.resume()
    assert cluster.kubectl("get", "--raw=/readyz").stdout == "ok"


def test_a_restarted_api_server_keeps_address_certificate_and_data(cluster: ControlPlane) -> None:
    cluster.kubectl("create", "configmap", "kept")
    before = cluster.processes["kube-apiserver"]
    cluster.restart_apiserver()
    assert cluster.processes["kube-apiserver"] != before
    assert exists(cluster, "configmap", "kept")


def test_a_restored_backup_knows_nothing_of_what_came_after_it(cluster: ControlPlane) -> None:
    cluster.kubectl("create", "configmap", "before")
    backup = cluster.back_up()
    cluster.kubectl("create", "configmap", "after")
    cluster.restore(backup)
    assert exists(cluster, "configmap", "before")
    assert not exists(cluster, "configmap", "after")
