"""How kind and Docker are called; stand-ins take the calls, since not every machine has them."""

import json
import sys
from pathlib import Path

import pytest

from local_cluster import KindCluster, LocalClusterError

PROGRAM = """#!{python}
import json, os, pathlib, sys
with open({record!r}, "a") as record:
    record.write(" ".join([{name!r}, *sys.argv[1:]]) + "\\n")
if sys.argv[1:2] == [os.environ.get("FAKE_FAILS_ON")]:
    sys.exit("it does not work")
for argument in sys.argv:
    if sys.argv[1] == "create" and argument.startswith("--kubeconfig="):
        cluster = {{"server": "https://127.0.0.1:1", "certificate-authority-data": "Y2E="}}
        pathlib.Path(argument.partition("=")[2]).write_text(json.dumps({{
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "contexts": [{{"name": "c", "context": {{"cluster": "c", "user": "u"}}}}],
            "clusters": [{{"name": "c", "cluster": cluster}}], "users": [{{"name": "u", "user": {{}}}}],
        }}))
if sys.argv[1] == "exec":
    print('{{"verb": "get"}}')
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    record = tmp_path / "calls"
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("docker", "kind"):
        program = programs / name
        program.write_text(PROGRAM.format(python=sys.executable, record=str(record), name=name))
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    return record


def test_it_creates_a_cluster_with_an_audit_log_and_deletes_it(calls: Path, tmp_path: Path) -> None:
    with KindCluster().start(tmp_path) as cluster:
        assert cluster.server == "https://127.0.0.1:1"
        assert cluster.ca == "ca"
        assert [event["verb"] for event in cluster.audit_events()] == ["get"]
    info, create, read, delete = calls.read_text().splitlines()
    name = create.partition("--name=")[2].split()[0]
    assert info == "docker info"
    assert create.startswith("kind create cluster")
    assert read == f"docker exec {name}-control-plane cat /var/log/kubernetes/audit.log"
    assert delete.startswith(f"kind delete cluster --name={name} ")
    (node,) = json.loads((tmp_path / "kind.json").read_text())["nodes"]
    arguments = [json.loads(patch)["apiServer"]["extraArgs"] for patch in node["kubeadmConfigPatches"]]
    assert arguments[0]["audit-log-path"] == "/var/log/kubernetes/audit.log"
    assert {"name": "audit-log-path", "value": "/var/log/kubernetes/audit.log"} in arguments[1]


def test_a_cluster_that_could_not_be_created_is_deleted(
    calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FAILS_ON", "create")
    with pytest.raises(LocalClusterError, match="kind create cluster: it does not work"):
        KindCluster().start(tmp_path)
    assert calls.read_text().splitlines()[-1].startswith("kind delete cluster")


def test_a_docker_that_does_not_answer_is_said_in_one_line(
    calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FAILS_ON", "info")
    with pytest.raises(LocalClusterError, match=r"^--cluster kind needs a Docker that answers.*$"):
        KindCluster().start(tmp_path)


def test_missing_programs_are_named_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LocalClusterError, match=r"^--cluster kind needs docker and kind on PATH.*$"):
        KindCluster().start(tmp_path)
