"""The files that a release publishes name the image that was published with them."""

import hashlib
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from chart import render
from fast_yaml import read_yaml, read_yaml_all
from release import statements, write_assets
from release.plugin import write_plugin

ROOT = Path(__file__).parents[2]
IMAGE = "registry.example/team/atlas-streams-peering"
CHARTS = "registry.example/team/charts"
REPOSITORY = "https://code.example/team/atlas-streams-peering"
VERSION = next(statements(ROOT)).version
ARCHIVE = f"kubectl-atlas_peering-{VERSION}.tar.gz"
DIGEST = f"sha256:{'0123456789abcdef' * 4}"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("release")
    write_assets(ROOT, directory, image=IMAGE, digest=DIGEST, charts=CHARTS, repository=REPOSITORY)
    return directory


def objects(path: Path) -> list[dict[str, Any]]:
    return [document for document in read_yaml_all(path.read_text()) if document]


def images(manifests: list[dict[str, Any]]) -> set[str]:
    pods = [manifest["spec"]["template"]["spec"] for manifest in manifests if manifest["kind"] == "Deployment"]
    return {container["image"] for pod in pods for container in pod["containers"]}


def test_the_manifests_run_exactly_the_published_image(release: Path) -> None:
    assert images(objects(release / "assets" / "operator.yaml")) == {f"{IMAGE}@{DIGEST}"}
    assert "put in the image" not in (release / "assets" / "operator.yaml").read_text()


def test_but_for_the_image_they_are_those_of_the_repository(release: Path) -> None:
    (default,) = images(objects(ROOT / "deploy" / "operator.yaml"))
    as_released = (release / "assets" / "operator.yaml").read_text().replace(f"{IMAGE}@{DIGEST}", default)
    assert read_yaml_all(as_released) == [*read_yaml_all((ROOT / "deploy" / "operator.yaml").read_text())]
    assert (release / "assets" / "rbac.yaml").read_text() == (ROOT / "deploy" / "rbac.yaml").read_text()


def test_all_kinds_are_in_one_file(release: Path) -> None:
    single = [document for path in sorted((ROOT / "crds").glob("*.yaml")) for document in objects(path)]
    assert objects(release / "assets" / "crds.yaml") == single


def test_the_chart_pulls_the_published_image_by_its_version(release: Path) -> None:
    version = next(statements(ROOT)).version
    assert images(render(chart=release / "chart")) == {f"{IMAGE}:{version}"}


def test_the_chart_tells_catalogues_what_only_a_release_knows(release: Path) -> None:
    version = next(statements(ROOT)).version
    chart = read_yaml((release / "chart" / "Chart.yaml").read_text())
    assert (chart["home"], chart["sources"]) == (REPOSITORY, [REPOSITORY])
    assert chart["icon"] == f"{REPOSITORY}/raw/v{version}/charts/atlas-streams-peering/icon.svg"
    told = {key: read_yaml(value) for key, value in chart["annotations"].items()}
    assert [one["image"] for one in told["artifacthub.io/images"]] == [f"{IMAGE}:{version}@{DIGEST}"]
    links = [one["url"].removeprefix(f"{REPOSITORY}/blob/v{version}/") for one in told["artifacthub.io/links"]]
    assert [path for path in links if not (ROOT / path).exists()] == []
    assert told["artifacthub.io/prerelease"] is ("-" in version)
    kinds = {"added", "changed", "deprecated", "removed", "fixed", "security"}
    assert {one["kind"] for one in told["artifacthub.io/changes"]} <= kinds


def test_but_for_that_the_chart_says_what_it_says_in_the_repository(release: Path) -> None:
    ours = read_yaml((ROOT / "charts" / "atlas-streams-peering" / "Chart.yaml").read_text())
    released = read_yaml((release / "chart" / "Chart.yaml").read_text())
    assert released["annotations"].items() >= ours.pop("annotations").items()
    assert {key: released[key] for key in ours} == ours


def test_the_bundle_runs_exactly_the_published_image(release: Path) -> None:
    (path,) = (release / "olm" / "manifests").glob("*.clusterserviceversion.yaml")
    (deployment,) = objects(path)[0]["spec"]["install"]["spec"]["deployments"]
    assert images([{"kind": "Deployment", **deployment}]) == {f"{IMAGE}@{DIGEST}"}


def test_the_notes_say_what_is_new_and_where_all_of_it_is(release: Path) -> None:
    text = (release / "notes.md").read_text()
    assert text.startswith("### Added\n")
    assert f"`{IMAGE}@{DIGEST}`" in text
    assert f"`oci://{CHARTS}/atlas-streams-peering`, version `{next(statements(ROOT)).version}`" in text
    # The archive is for krew, whose manifest names it.
    assert [path.name for path in (release / "assets").iterdir() if path.name not in text] == [ARCHIVE]


def test_exactly_these_files_are_published(release: Path) -> None:
    manifests = {"crds.yaml", "rbac.yaml", "operator.yaml"}
    plugin = {"atlas-peering.yaml", ARCHIVE, f"atlas_streams_peering-{VERSION}-py3-none-any.whl"}
    assert {path.name for path in (release / "assets").iterdir()} == manifests | plugin


def test_krew_finds_the_archive_and_can_check_it(release: Path) -> None:
    (manifest,) = objects(release / "assets" / "atlas-peering.yaml")
    (platform,) = manifest["spec"]["platforms"]
    assert (manifest["spec"]["version"], manifest["spec"]["homepage"]) == (f"v{VERSION}", REPOSITORY)
    assert platform["uri"] == f"{REPOSITORY}/releases/download/v{VERSION}/{ARCHIVE}"
    assert platform["sha256"] == hashlib.sha256((release / "assets" / ARCHIVE).read_bytes()).hexdigest()


def test_the_plugin_runs_the_wheel_of_its_archive_with_what_the_person_has(release: Path, tmp_path: Path) -> None:
    (manifest,) = objects(release / "assets" / "atlas-peering.yaml")
    with tarfile.open(release / "assets" / ARCHIVE) as archive:
        archive.extractall(tmp_path / "store", filter="data")
    # As krew does: the person has a link in PATH.
    programs = tmp_path / "bin"
    programs.mkdir()
    linked = programs / "kubectl-atlas_peering"
    linked.symlink_to(Path("..") / "store" / manifest["spec"]["platforms"][0]["bin"])
    wheel = tmp_path / "store" / f"atlas_streams_peering-{VERSION}-py3-none-any.whl"
    assert wheel.exists()

    def run() -> subprocess.CompletedProcess[str]:
        path = f"{programs}:/usr/bin:/bin"
        return subprocess.run([linked, "list"], env={"PATH": path}, capture_output=True, text=True, check=False)

    assert (run().returncode, run().stdout) == (1, "")
    assert "needs uv" in run().stderr
    for name in ("pipx", "uv"):
        (programs / name).write_text('#!/bin/sh\nprintf "%s\\n" "${0##*/}" "$@"\n')
        (programs / name).chmod(0o755)
        said = run().stdout.splitlines()
        assert (said[0], said[-3:]) == (
            name,
            [f"atlas-streams-peering[kubectl] @ file://{wheel}", "kubectl-atlas_peering", "list"],
        )


def test_the_plugin_is_the_same_each_time_it_is_built(release: Path, tmp_path: Path) -> None:
    write_plugin(ROOT, tmp_path, version=VERSION, repository=REPOSITORY)
    assert (tmp_path / ARCHIVE).read_bytes() == (release / "assets" / ARCHIVE).read_bytes()


@pytest.mark.parametrize("digest", ["", "latest", "sha256:abc", DIGEST.upper()])
def test_what_is_no_digest_is_refused_before_anything_is_written(tmp_path: Path, digest: str) -> None:
    with pytest.raises(ValueError, match="is no digest of an image"):
        write_assets(ROOT, tmp_path / "release", image=IMAGE, digest=digest, charts=CHARTS, repository=REPOSITORY)
    assert not (tmp_path / "release").exists()
