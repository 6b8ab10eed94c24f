"""A cluster with a real node, and on it the image that the Dockerfile builds. Where pods cannot run, all is skipped."""

import os
import re
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import quick_atlas
from image.archive import image_archive
from local_cluster import NodeCluster
from local_cluster.node_cluster import why_not
from pods.installation import Installation

FOLDER: Final = f"{Path(__file__).parent}{os.sep}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        # The hook is given the tests of all folders, ten thousand of them.
        if str(item.path).startswith(FOLDER):
            item.add_marker(pytest.mark.pods)


@pytest.fixture(scope="session", autouse=True)
def node() -> None:
    """Without a node there is nothing to test."""
    if reason := why_not():
        pytest.skip(f"pods cannot run on this machine: {reason}")


@pytest.fixture(scope="session")
def archive(node: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image: of ``IMAGE_ARCHIVE``, or built on the base that ``IMAGE_BASE`` names."""
    return image_archive(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="session")
def cluster(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeCluster]:
    with NodeCluster().start(tmp_path_factory.mktemp("cluster")) as started:
        started.load_image(archive)
        yield started


@pytest.fixture(scope="module")
def atlas() -> Iterator[SimulatorThread]:
    """Atlas, quick: nothing takes longer than a fraction of a second."""
    with quick_atlas() as simulator:
        yield simulator


@pytest.fixture(scope="session")
def new_installation(
    cluster: NodeCluster, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, SimulatorThread], Installation]:
    """Make an installation that is not there yet, in a namespace in which only restricted pods may run."""
    numbers = count(1)

    def make(name: str, atlas: SimulatorThread) -> Installation:
        name = re.sub(r"[^a-z0-9]+", "-", name.rpartition("test_")[2])[:30].strip("-") + f"-{next(numbers)}"
        return Installation(cluster, name, atlas, tmp_path_factory.mktemp(name))

    return make


@pytest.fixture(scope="module")
def installation(
    new_installation: Callable[[str, SimulatorThread], Installation],
    atlas: SimulatorThread,
    request: pytest.FixtureRequest,
) -> Iterator[Installation]:
    """The module's own; afterwards nothing of it is left."""
    made = new_installation(request.module.__name__, atlas)
    yield made
    made.remove_all()
