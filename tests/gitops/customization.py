"""The files that Argo CD is given, as tests read them: those for a StreamsVpcPeering, and those for every kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from argo import CONFLUENT, CUSTOMIZATIONS, DETAILS, GROUP, KIND, OUTBOUND, POLICIES, Customization
from argo.customizations import ACCOUNT_DETAILS, ALL, CONFLUENT_PEERING, OUTBOUND_PEERING, POLICY
from fast_yaml import read_yaml
from gitops.lua_vm import run

HOW_TO_RENEW: Final = "see the change: make argocd-testdata"
"""What a test says of an outdated file."""

DIRECTORY: Final = CUSTOMIZATIONS / GROUP / KIND
ACTIONS: Final = DIRECTORY / "actions"
TESTDATA: Final = DIRECTORY / "testdata"

HEALTH: Final = (DIRECTORY / "health.lua").read_text()
HEALTH_TESTS: Final[list[dict[str, Any]]] = read_yaml((DIRECTORY / "health_test.yaml").read_text())["tests"]
ACTION_TESTS: Final[dict[str, list[dict[str, Any]]]] = read_yaml((ACTIONS / "action_test.yaml").read_text())
NAMES: Final = sorted(path.stem for path in TESTDATA.glob("*.yaml"))


def read(path: Path) -> dict[str, Any]:
    """Return an object of the test data."""
    found: dict[str, Any] = read_yaml(path.read_text())
    return found


def recorded(name: str) -> dict[str, Any]:
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
    for case in read_yaml((each.directory / "health_test.yaml").read_text())["tests"]
]
EVERY_DISCOVERY_TEST: Final = [
    Case(each.kind, each.directory / "actions" / case["inputPath"], case["result"])
    for each in ALL
    for case in read_yaml((each.directory / "actions" / "action_test.yaml").read_text())["discoveryTests"]
]


class Named(Protocol):
    """An object that an operator writes for the test data."""

    @property
    def name(self) -> str:
        """Its name."""
        ...


@dataclass(frozen=True)
class Scripted:
    """A kind with its Lua, and with objects that an operator has written."""

    kind: Customization
    names: tuple[str, ...]
    """The objects of its test data, in the order in which they are asked about."""

    def __str__(self) -> str:
        return self.kind.kind

    @property
    def health_tests(self) -> list[dict[str, Any]]:
        """What is asked about the health of its objects."""
        tests: list[dict[str, Any]] = read_yaml((self.kind.directory / "health_test.yaml").read_text())["tests"]
        return tests

    def example(self, name: str) -> dict[str, Any]:
        """Return an object of its test data."""
        return read(self.kind.testdata / f"{name}.yaml")

    def health(self, obj: dict[str, Any]) -> dict[str, Any]:
        """Return what its health check says of an object."""
        found: dict[str, Any] = run((self.kind.directory / "health.lua").read_text(), obj)
        return found


def scripted(kind: Customization, objects: Iterable[Named]) -> Scripted:
    """Return a kind with its objects."""
    return Scripted(kind, tuple(each.name for each in objects))


SCRIPTED_DETAILS: Final = scripted(ACCOUNT_DETAILS, DETAILS)
SCRIPTED_CONFLUENT: Final = scripted(CONFLUENT_PEERING, CONFLUENT)
SCRIPTED_OUTBOUND: Final = scripted(OUTBOUND_PEERING, OUTBOUND)
SCRIPTED_POLICIES: Final = scripted(POLICY, POLICIES)
EVERY_SCRIPTED: Final = (SCRIPTED_DETAILS, SCRIPTED_CONFLUENT, SCRIPTED_OUTBOUND, SCRIPTED_POLICIES)
