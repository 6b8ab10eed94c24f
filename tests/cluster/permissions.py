"""What the operator was allowed to do in the course of a whole session, and by whom."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from chart import Grant, denied, grants, requests, ungranted
from fast_yaml import read_yaml_all
from local_cluster import Cluster

RBAC: Final = Path(__file__).parents[2] / "deploy" / "rbac.yaml"
OPERATOR: Final = "atlas-streams-peering"
"""The operator's ServiceAccount, and its namespace."""


def granted() -> set[Grant]:
    """Return what the plain manifests, which are rendered from the chart, grant to the operator."""
    return grants(read_yaml_all(RBAC.read_text()), OPERATOR)


class Permissions:
    """Watches over what the operator's account asks of a control plane, from the first test to the last."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._excused: list[range] = []

    @contextmanager
    def excused(self) -> Iterator[None]:
        """Ignore denied requests while the block lasts."""
        begun = len(list(self._cluster.audit_events()))
        yield
        self._excused.append(range(begun, len(list(self._cluster.audit_events()))))

    def check(self) -> None:
        """Fail when the operator was ever denied anything, or allowed what the chart does not grant."""
        watched = [
            event
            for number, event in enumerate(self._cluster.audit_events())
            if not any(number in excused for excused in self._excused)
        ]
        asked = requests(watched, OPERATOR, OPERATOR)
        refused, beyond = denied(asked), ungranted(asked, granted())
        assert not refused, f"the operator was denied: {sorted(refused)}"
        assert not beyond, f"the operator asked for what the chart does not grant: {sorted(beyond)}"
