"""The files that Argo CD is given for a StreamsVpcPeering, as tests read them."""

from pathlib import Path
from typing import Any, Final

import yaml

from argo import CUSTOMIZATIONS, GROUP, KIND

DIRECTORY: Final = CUSTOMIZATIONS / GROUP / KIND
ACTIONS: Final = DIRECTORY / "actions"
TESTDATA: Final = DIRECTORY / "testdata"

HEALTH: Final = (DIRECTORY / "health.lua").read_text()
HEALTH_TESTS: Final[list[dict[str, Any]]] = yaml.safe_load((DIRECTORY / "health_test.yaml").read_text())["tests"]
ACTION_TESTS: Final[dict[str, list[dict[str, Any]]]] = yaml.safe_load((ACTIONS / "action_test.yaml").read_text())
NAMES: Final = sorted(path.stem for path in TESTDATA.glob("*.yaml"))


def read(path: Path) -> dict[str, Any]:
    """Return an object of the test data."""
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


def specimen(name: str) -> dict[str, Any]:
    """Return an object of the health check's test data."""
    return read(TESTDATA / f"{name}.yaml")
