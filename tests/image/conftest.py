"""The image that `make image` has built; without one these tests are skipped."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from containers import EngineRuntime, RootRuntime, Runtime

from image import Builder, Configuration, find_builder

Files = dict[str, tarfile.TarInfo]


@pytest.fixture(scope="session")
def image() -> str:
    name = os.environ.get("IMAGE")
    if not name:
        pytest.skip("no image is named: `make image image-test` builds one and runs these tests")
    return name


@pytest.fixture(scope="session")
def builder(image: str) -> Builder:
    del image  # without one no builder is needed
    return find_builder()


@pytest.fixture(scope="session")
def configuration(builder: Builder, image: str) -> Configuration:
    return builder.configuration(image)


@pytest.fixture(scope="session")
def archive(builder: Builder, image: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image's file system."""
    path = tmp_path_factory.mktemp("image") / "root.tar"
    builder.export(image, path)
    return path


@pytest.fixture(scope="session")
def files(archive: Path) -> Files:
    """What is in the image, by absolute path."""
    with tarfile.open(archive) as content:
        return {f"/{member.name.removeprefix('.').strip('/')}": member for member in content}


@pytest.fixture(scope="session")
def runtime(
    builder: Builder, image: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Runtime:
    """What runs the image: the builder, where it can, else this machine's kernel."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the image runs beside the test's control plane only on Linux")
    if builder.runs_containers:
        return EngineRuntime(builder, image)
    if os.geteuid() != 0:
        pytest.skip("without docker or podman only root can enter the image")
    root = tmp_path_factory.mktemp("image") / "root"
    root.mkdir()
    archive = request.getfixturevalue("archive")
    subprocess.run(("tar", "--extract", f"--file={archive}", f"--directory={root}", "--numeric-owner"), check=True)
    return RootRuntime(root, request.getfixturevalue("configuration"))
