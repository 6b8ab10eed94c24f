"""Helm and Argo CD: built like a control plane, but only when they are asked for."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local_cluster import LocalClusterError
from local_cluster.programs import fetch_argocd, fetch_helm, fetch_redis
from local_cluster.toolsets import ARGOCD, CONTROL_PLANE, HELM, REDIS, Toolset

VERSION = r"\d+\.\d+\.\d+"


@pytest.fixture
def argocd_module(modules: Path) -> Path:
    """The module of Argo CD as Go keeps it: nothing in it may be run."""
    module = modules / ARGOCD.module
    for name in (
        "manifests/crds/application-crd.yaml",
        "manifests/base/config/argocd-cm.yaml",
        "hack/git-verify-wrapper.sh",
        "hack/release.sh",
        "resource_customizations/apps/Deployment/health.lua",
    ):
        (module / name).parent.mkdir(parents=True, exist_ok=True)
        (module / name).write_text(name)
        (module / name).chmod(0o444)
    return module


def fake_helm(directory: Path, version: str) -> Path:
    helm = directory / "helm"
    helm.write_text(f"#!/bin/sh\necho {version}\n")
    helm.chmod(0o755)
    return helm


@pytest.mark.parametrize(
    ("toolset", "version"),
    [
        (CONTROL_PLANE, rf"gitVersion=v{VERSION} .*gitMajor=\d+ .*gitMinor=\d+$"),
        (HELM, rf"version=v{VERSION}$"),
        (ARGOCD, rf"version={VERSION}$"),
    ],
    ids=lambda value: value.name if isinstance(value, Toolset) else "",
)
def test_programs_are_stamped_with_the_version_they_are_built_from(toolset: Toolset, version: str) -> None:
    (stamp,) = (flag for flag in toolset.build_flags if flag.startswith("-ldflags="))
    assert re.search(version, stamp)


def test_every_toolset_has_a_cache_of_its_own() -> None:
    roots = [toolset.cache_root for toolset in (CONTROL_PLANE, HELM, ARGOCD, REDIS)]
    assert [root.name for root in roots] == ["control-plane", "helm", "argocd", "redis"]


def test_helm_is_built_once_and_alone(record: Path) -> None:
    helm = fetch_helm()
    assert helm == HELM.cache_directory / "helm"
    assert helm.read_text() == "half and half"
    assert fetch_helm() == helm
    assert record.read_text().splitlines() == [HELM.packages["helm"]]


def test_a_helm_that_is_merely_on_path_is_passed_over(record: Path) -> None:
    fake_helm(record.parent / "bin", "v4.0.0")
    assert fetch_helm() == HELM.cache_directory / "helm"


@pytest.mark.parametrize("version", ["v3.18.0", "v4.0.0+gabc"])
def test_a_helm_that_is_named_is_used(version: str, record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helm = fake_helm(record.parent / "bin", version)
    for name in ("helm", str(helm)):
        monkeypatch.setenv("HELM", name)
        assert fetch_helm() == helm
    assert not record.exists()


@pytest.mark.parametrize("version", ["v3.17.9", "helm: command not found", ""])
def test_a_named_helm_that_is_old_or_none_is_refused(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELM", str(fake_helm(tmp_path, version)))
    with pytest.raises(LocalClusterError, match=r"HELM \(.*\) is no Helm 3\.18 or newer"):
        fetch_helm()


def test_argocd_comes_with_its_components_and_the_files_of_its_version(record: Path, argocd_module: Path) -> None:
    argocd = fetch_argocd()
    assert argocd.binary.read_text() == "half and half"
    for component in (argocd.repo_server, argocd.application_controller):
        assert component.resolve() == argocd.binary.resolve()
    files = {str(path.relative_to(argocd.share)) for path in argocd.share.rglob("*") if path.is_file()}
    assert files == {
        "manifests/crds/application-crd.yaml",
        "manifests/base/config/argocd-cm.yaml",
        "hack/git-verify-wrapper.sh",
        "resource_customizations/apps/Deployment/health.lua",
    }
    assert (argocd.share / "hack/git-verify-wrapper.sh").stat().st_mode & 0o111
    assert fetch_argocd() == argocd
    assert record.read_text().splitlines() == [ARGOCD.packages["argocd"]]


def test_an_argocd_whose_files_are_missing_is_not_taken_for_whole(record: Path, argocd_module: Path) -> None:
    script = argocd_module / "hack/git-verify-wrapper.sh"
    script.rename(argocd_module / "moved")
    with pytest.raises(LocalClusterError, match=r"has no hack/git-verify-wrapper\.sh"):
        fetch_argocd()
    assert not list(ARGOCD.cache_directory.iterdir())
    (argocd_module / "moved").rename(script)
    assert (fetch_argocd().share / "hack/git-verify-wrapper.sh").exists()


def test_a_redis_is_built_from_the_source_that_is_here(
    record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis = fetch_redis()
    assert redis == REDIS.cache_directory / "redis"
    changed = tmp_path / "changed"
    shutil.copytree(REDIS.directory, changed)
    with (changed / "main.go").open("a") as source:
        source.write("// changed\n")
    monkeypatch.setattr(Toolset, "directory", changed)
    assert fetch_redis() != redis
    assert record.read_text().splitlines() == [REDIS.packages["redis"]] * 2


@pytest.mark.parametrize(
    ("arguments", "built", "printed"),
    [
        ([], [CONTROL_PLANE], []),
        (["helm"], [HELM], [HELM]),
        (["argocd"], [ARGOCD], [ARGOCD]),
        (["redis"], [REDIS], [REDIS]),
        (["all"], [CONTROL_PLANE, HELM, ARGOCD, REDIS], [HELM, ARGOCD, REDIS]),
    ],
    ids=["nothing", "helm", "argocd", "redis", "all"],
)
def test_the_command_builds_what_it_is_told_to(
    arguments: list[str], built: list[Toolset], printed: list[Toolset], record: Path, argocd_module: Path
) -> None:
    command = [sys.executable, "-m", "local_cluster", "fetch", *arguments]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert record.read_text().splitlines() == [package for toolset in built for package in toolset.packages.values()]
    assert output.splitlines() == [str(toolset.cache_directory / toolset.name) for toolset in printed]
