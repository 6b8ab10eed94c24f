"""The API server takes the examples as they are, without a warning; no operator runs here."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cluster.namespace import Namespace
from local_cluster import Cluster

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(path.parent for path in EXAMPLES.rglob("kustomization.yaml"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_examples_are_accepted_without_a_warning(
    cluster: Cluster, make_namespace: Callable[[str], Namespace], folder: Path
) -> None:
    # Limits for all namespaces are in none of them, or name the operator's.
    kubectl = cluster.kubectl if folder.name == "admission" else make_namespace(folder.name).kubectl

    answer = kubectl("apply", "--dry-run=server", "--validate=strict", "-k", str(folder))

    accepted = answer.stdout.splitlines()
    assert len(accepted) == len(list(folder.glob("*.yaml"))) - 1, "each file but the kustomization is one object"
    assert all(line.endswith(" created (server dry run)") for line in accepted), answer.stdout
    assert answer.stderr == ""
