"""The files that a release publishes name the image that was published with them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from chart import render
from release import statements, write_assets

ROOT = Path(__file__).parents[2]
IMAGE = "registry.example/team/atlas-streams-peering"
CHARTS = "registry.example/team/charts"
DIGEST = f"sha256:{'0123456789abcdef' * 4}"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("release")
    write_assets(ROOT, directory, image=IMAGE, digest=DIGEST, charts=CHARTS)
    return directory


def objects(path: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def images(manifests: list[dict[str, Any]]) -> set[str]:
    pods = [manifest["spec"]["template"]["spec"] for manifest in manifests if manifest["kind"] == "Deployment"]
    return {container["image"] for pod in pods for container in pod["containers"]}


def test_the_manifests_run_exactly_the_published_image(release: Path) -> None:
    assert images(objects(release / "assets" / "operator.yaml")) == {f"{IMAGE}@{DIGEST}"}
    assert "put in the image" not in (release / "assets" / "operator.yaml").read_text()


def test_but_for_the_image_they_are_those_of_the_repository(release: Path) -> None:
    (default,) = images(objects(ROOT / "deploy" / "operator.yaml"))
    as_released = (release / "assets" / "operator.yaml").read_text().replace(f"{IMAGE}@{DIGEST}", default)
    assert [*yaml.safe_load_all(as_released)] == [*yaml.safe_load_all((ROOT / "deploy" / "operator.yaml").read_text())]
    assert (release / "assets" / "rbac.yaml").read_text() == (ROOT / "deploy" / "rbac.yaml").read_text()


def test_all_kinds_are_in_one_file(release: Path) -> None:
    single = [document for path in sorted((ROOT / "crds").glob("*.yaml")) for document in objects(path)]
    assert objects(release / "assets" / "crds.yaml") == single


def test_the_chart_pulls_the_published_image_by_its_version(release: Path) -> None:
    version = next(statements(ROOT)).version
    assert images(render(chart=release / "chart")) == {f"{IMAGE}:{version}"}


def test_the_notes_say_what_is_new_and_where_all_of_it_is(release: Path) -> None:
    text = (release / "notes.md").read_text()
    assert text.startswith("### Added\n")
    assert f"`{IMAGE}@{DIGEST}`" in text
    assert f"`oci://{CHARTS}/atlas-streams-peering`, version `{next(statements(ROOT)).version}`" in text
    assert {path.name for path in (release / "assets").iterdir()} == {"crds.yaml", "rbac.yaml", "operator.yaml"}
    assert [path.name for path in (release / "assets").iterdir() if path.name not in text] == []


@pytest.mark.parametrize("digest", ["", "latest", "sha256:abc", DIGEST.upper()])
def test_what_is_no_digest_is_refused_before_anything_is_written(tmp_path: Path, digest: str) -> None:
    with pytest.raises(ValueError, match="is no digest of an image"):
        write_assets(ROOT, tmp_path / "release", image=IMAGE, digest=digest, charts=CHARTS)
    assert not (tmp_path / "release").exists()
