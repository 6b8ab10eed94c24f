"""The order of the modules: several workers are done at about the same time when none begins with a long one late.

And what spares time in all of them: garbage that is not looked for where there is none.
"""

import gc
import os
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parent

LONGEST: Final = (
    "chart/test_rbac_in_cluster.py",
    "gitops/test_collected_testdata.py",
    "demo/test_demo.py",
    "cluster/test_leader.py",
    "cluster/test_intent.py",
    "cluster/test_restart.py",
    "cluster/test_outbound_faults.py",
    "cluster/test_leader_losing.py",
    "chart/test_chart_values.py",
    "cluster/test_faults_api_server.py",
    "cluster/test_policy_limit.py",
    "cluster/test_lost_namespaces.py",
    "chart/test_chart_lifecycle.py",
    "chart/test_chart_uninstall.py",
    "chart/test_check_command.py",
    "local_cluster/test_control_plane.py",
    "cluster/test_faults_atlas_changes.py",
    "chart/test_helm_wait.py",
    "chart/test_helm_wait_reasons.py",
    "cluster/test_faults_atlas_lists.py",
    "cluster/test_restored_backup.py",
)
"""The longest first. `make test` shows how long each test takes with FLAGS=--durations=50."""
SHORT: Final = ("docs", "release", "simulator", "unit")
"""Folders of modules that need no control plane: they fill up what the others leave."""

# Programs in Go inherit it: kubectl and Helm end before they have garbage worth collecting, and an API server that has
# memory to spare takes a sixth less CPU time.
os.environ.setdefault("GOGC", "400")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect ten thousand tests, which stay to the end: no search for garbage goes through them, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the modules; within a module nothing changes."""
    items.sort(key=lambda item: _place(item.path))


@cache
def _place(path: Path) -> tuple[int, int]:
    module = path.relative_to(TESTS)
    if module.as_posix() in LONGEST:
        return 0, LONGEST.index(module.as_posix())
    return (2 if module.parts[0] in SHORT else 1), 0
