"""An upgrade from what came before: the last release, or while there is none, the commit before this one."""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from atlas_simulator import SimulatorThread
from chart import CHART
from chart.helm import ROOT
from cluster.atlas import asked, request
from cluster.namespace import peering, vpc
from pods.installation import SECONDS, Installation


def git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, check=False)


@pytest.fixture(scope="module")
def older_chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart of the last release's tag. Its image is this one: an older image is nowhere to be had."""
    tag = git("describe", "--tags", "--abbrev=0", "--match=v*", "HEAD~1").stdout.decode().strip()
    content = git("archive", tag or "HEAD~1", "--", str(CHART.relative_to(ROOT)))
    if content.returncode:
        pytest.skip(f"this clone has no earlier commit: {content.stderr.decode().strip()}")
    directory = tmp_path_factory.mktemp("older")
    with tarfile.open(fileobj=io.BytesIO(content.stdout)) as archive:
        archive.extractall(directory, filter="data")
    return directory / CHART.relative_to(ROOT)


def test_an_upgrade_keeps_what_is_active_and_serves_what_is_new(
    installation: Installation, atlas: SimulatorThread, older_chart: Path
) -> None:
    installation.install(chart=older_chart)
    before = request(atlas, 1)
    installation.served.apply(peering("before", vpc=vpc(1)))
    installation.served.wait_for_reason("before", "Active", seconds=SECONDS)
    old = installation.wait_for_leader()

    installation.upgrade()
    # Where no more than the chart's version differs, the pod stays.
    installation.kubectl("rollout", "restart", "deployment", installation.deployment)
    installation.wait_for_leader(other_than=old)

    after = request(atlas, 2)
    installation.served.apply(peering("after", vpc=vpc(2)))
    installation.served.wait_for_reason("after", "Active", seconds=SECONDS)
    assert [asked(atlas, before), asked(atlas, after)] == [["accept"], ["accept"]]
    installation.helm("test").must_succeed()
