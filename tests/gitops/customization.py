"""The files that Argo CD is given, as tests read them: those for a StreamsVpcPeering, and those for every kind."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from argo import CUSTOMIZATIONS, GROUP, KIND
from argo.customizations import ALL

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


@dataclass(frozen=True)
class Case:
    """An object of a kind's test data, and what is asked for."""

    kind: str
    path: Path
    wanted: Any
    """The health of the object, or the actions that it offers."""

    def __str__(self) -> str:
        return f"{self.kind}-{self.path.stem}"


EVERY_HEALTH_TEST: Final = [
    Case(each.kind, each.directory / case["inputPath"], case["healthStatus"])
    for each in ALL
    for case in yaml.safe_load((each.directory / "health_test.yaml").read_text())["tests"]
]
EVERY_DISCOVERY_TEST: Final = [
    Case(each.kind, each.directory / "actions" / case["inputPath"], case["result"])
    for each in ALL
    for case in yaml.safe_load((each.directory / "actions" / "action_test.yaml").read_text())["discoveryTests"]
]
