"""In a container the operator's user is a number that no file on the disk gives a name to."""

from pathlib import Path

import pytest

from cluster.conftest import StartOperator
from cluster.namespace import Namespace, peering, vpc

NOBODY_HAS_A_NAME = """
import pwd

def unknown(uid):
    raise KeyError(f"getpwuid(): uid not found: {uid}")

pwd.getpwuid = unknown
"""


@pytest.fixture
def nameless(tmp_path: Path) -> Path:
    """What Python loads at its start, where it is told to look."""
    tmp_path.joinpath("sitecustomize.py").write_text(NOBODY_HAS_A_NAME)
    return tmp_path


def test_the_operator_runs_as_a_user_without_a_name(
    namespace: Namespace, start_operator: StartOperator, nameless: Path
) -> None:
    operator = start_operator(namespace, PYTHONPATH=str(nameless))
    namespace.apply(peering("orders", vpc=vpc(1)))
    namespace.wait_for_reason("orders", "WaitingForRequest", seconds=60)
    assert operator.stop() == 0
