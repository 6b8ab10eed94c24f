"""A release and its CRDs on a real API server: install, upgrade, uninstall."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from chart_release import CRD, Release

from chart import CHART
from chart.helm import ROOT
from cluster.leftovers import remove_crds
from cluster.operator_process import OperatorProcess
from cluster.waiting import wait_until
from fast_yaml import read_yaml


@pytest.fixture(autouse=True)
def no_crds_left(release: Release) -> Iterator[None]:
    """What a release leaves behind on purpose must not meet the next test."""
    yield
    remove_crds(release.cluster)


@pytest.fixture
def older_chart(tmp_path: Path) -> Path:
    """The chart as it might have been before: its CRD lacks `spec.suspend`."""
    directory = tmp_path / CHART.name
    shutil.copytree(CHART, directory)
    path = directory / "files" / "crds" / f"{CRD}.yaml"
    crd = read_yaml(path.read_text())
    del spec_of(crd)["suspend"]
    path.write_text(yaml.safe_dump(crd))
    return directory


def owner(manifest: dict[str, Any]) -> str | None:
    name: str | None = manifest["metadata"].get("annotations", {}).get("meta.helm.sh/release-name")
    return name


def spec_of(crd: dict[str, Any]) -> dict[str, Any]:
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    fields: dict[str, Any] = schema["properties"]["spec"]["properties"]
    return fields


def test_it_installs_and_the_kinds_are_served(release: Release) -> None:
    release.install()
    assert release.get("deployment", release.object_name()) is not None
    release.wait_until_served()


def test_an_upgrade_upgrades_the_crds(release: Release, older_chart: Path) -> None:
    release.install(chart=older_chart)
    assert "suspend" not in spec_of(release.get("crd", CRD) or {})
    answer = release.helm("upgrade", str(CHART))
    assert answer.code == 0, answer.output
    assert "suspend" in spec_of(release.get("crd", CRD) or {})


def test_the_election_can_be_turned_off_and_on_again(release: Release) -> None:
    release.install()
    for elects, strategy in ((False, "Recreate"), (True, "RollingUpdate")):
        answer = release.helm("upgrade", str(CHART), values={"config": {"leaderElect": elects}})
        assert answer.code == 0, answer.output
        deployment = release.get("deployment", release.object_name()) or {}
        assert deployment["spec"]["strategy"]["type"] == strategy


def test_an_uninstall_leaves_crds_and_objects(release: Release) -> None:
    release.install()
    release.wait_until_served()
    release.peering("kafka")
    answer = release.helm("uninstall", "--no-hooks")
    assert answer.code == 0, answer.output
    assert release.get("deployment", release.object_name()) is None
    assert release.get("svp", "kafka") is not None


def test_another_install_takes_up_the_crds_that_were_left(release: Release) -> None:
    release.install()
    assert release.helm("uninstall", "--no-hooks").code == 0
    release.install()


def test_crds_that_were_applied_by_hand_are_taken_over_when_helm_is_told_so(release: Release) -> None:
    release.kubectl("apply", "--server-side", "-f", str(ROOT / "crds"))
    refused = release.helm("install", str(CHART))
    assert "cannot be imported into the current release" in refused.output
    answer = release.helm("upgrade", str(CHART), "--install", "--take-ownership")
    assert answer.code == 0, answer.output
    assert owner(release.get("crd", CRD) or {}) == release.name


def test_an_uninstall_takes_crds_along_where_they_are_not_to_be_kept(release: Release) -> None:
    release.install({"crds": {"keep": False}})
    assert release.helm("uninstall", "--no-hooks").code == 0
    wait_until(lambda: release.get("crd", CRD) is None, "the CRD is gone")


def test_an_operator_whose_crd_is_deleted_says_so_in_a_line_and_serves_again_when_it_is_back(
    release: Release, tmp_path: Path
) -> None:
    release.install()
    release.wait_until_served()
    log, never_asked = tmp_path / "operator.log", "http://127.0.0.1:9"
    with OperatorProcess(release.cluster.kubeconfig, log, atlas=never_asked, LOG_LEVEL="info") as operator:
        release.kubectl("delete", "crd", CRD)
        assert operator.wait() == 1
        *_, last = operator.output().splitlines()
        assert last.endswith(f"The operator stops: the CustomResourceDefinition {CRD} no longer exists")
        assert "Traceback" not in operator.output()

        operator.start(wait=False)
        wait_until(lambda: f"The CustomResourceDefinition {CRD} does not exist" in operator.output(), "it says so")
        release.kubectl("apply", "--server-side", "-f", str(ROOT / "crds"))
        wait_until(operator.ready, "it is ready")
