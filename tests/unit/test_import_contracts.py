"""The import contracts of pyproject.toml: they are kept, and each would notice being broken."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "operator" / "atlas_streams_peering"
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

CONTRACTS = [
    contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
]

_SIBLING = "from ..streams_account_details import messages as others"

# contract, module that breaks it, with which import
BREACHES: list[tuple[str, str, str]] = [
    ("Imports point down", "api/conditions.py", "from ..atlas import models"),
    ("Imports point down", "atlas/models.py", "from ..kube import watch"),
    ("Imports point down", "polling/poll.py", "from ..kube import api"),
    ("Imports point down", "settings.py", "from . import kinds"),
    ("Kinds know each other by their resources only", "kinds/streams_vpc_peering/decide.py", _SIBLING),
    ("Deciding, its words and its models do no I/O", "kinds/streams_account_details/decide.py", "import asyncio"),
    ("Deciding, its words and its models do no I/O", "kinds/streams_vpc_peering/states.py", "import httpx"),
    (
        "The path, the polls and the cluster know no kind and no service",
        "controller/reconcile.py",
        "from ..atlas import models",
    ),
    (
        "The path, the polls and the cluster know no kind and no service",
        "polling/polls.py",
        "from ..kinds import resources",
    ),
    ("The shared models do no I/O", "api/group.py", "import aiohttp"),
    ("Imports point down", "transport/errors.py", "from ..atlas import models"),
    (
        "Of ours, transport knows the reasons of conditions only",
        "transport/budget.py",
        "from ..api import crd",
    ),
    (
        "Of ours, atlas knows transport and api only",
        "atlas/models.py",
        "from ..settings import Settings",
    ),
    (
        "Of ours, confluent knows transport and api only",
        "confluent/models.py",
        "from ..settings import Settings",
    ),
    ("Imports point down", "confluent/models.py", "from ..atlas import models"),
    ("Only transport imports httpx", "atlas/client.py", "import httpx"),
    ("Only kube imports Kopf", "controller/controller.py", "import kopf"),
    ("Only kube imports the Kubernetes client", "controller/writer.py", "from kubernetes.aio import client"),
    ("Imports point down", "commands.py", "from .plugin import entry"),
    ("Only the plugin imports what its extra installs", "check.py", "import click"),
    ("The plugin runs no operator", "plugin/credentials.py", "from ..process import run_operator"),
]


def lint(directory: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts on the package as `directory` has it."""
    command: list[str | Path] = [LINT_IMPORTS, "--no-cache", "--no-logo", "--config", ROOT / "pyproject.toml"]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60, check=False)


def test_the_contracts_are_kept() -> None:
    outcome = lint(ROOT)

    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize(("contract", "module", "line"), BREACHES)
def test_a_breach_is_noticed(tmp_path: Path, contract: str, module: str, line: str) -> None:
    copy = tmp_path / PACKAGE.name
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    with (copy / module).open("a") as file:
        file.write(f"\n{line}\n")

    outcome = lint(tmp_path)

    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    assert f"{contract} BROKEN" in outcome.stdout


def test_every_contract_has_a_breach_that_it_notices() -> None:
    assert {contract for contract, _, _ in BREACHES} == set(CONTRACTS)


def test_a_module_without_a_place_in_the_layers_is_noticed(tmp_path: Path) -> None:
    copy = tmp_path / PACKAGE.name
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "elsewhere.py").touch()

    assert "Imports point down BROKEN" in lint(tmp_path).stdout


def test_a_kind_may_know_the_resource_of_another(tmp_path: Path) -> None:
    copy = tmp_path / PACKAGE.name
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    with (copy / "kinds/streams_vpc_peering/decide.py").open("a") as file:
        file.write("\nfrom ..streams_account_details.resource import CloudProvider\n")

    assert lint(tmp_path).returncode == 0
