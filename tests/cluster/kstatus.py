"""kstatus' verdict on an object, as Flux, Argo CD's kstatus mode, Helm and kpt come to it.

The rules for kinds that kstatus does not know by name, in its order:
https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
That the library itself comes to the same is seen in tests/chart/test_helm_wait_reasons.py: it is inside Helm 4.
"""

from enum import StrEnum
from typing import Any


class Kstatus(StrEnum):
    """What kstatus says of an object."""

    IN_PROGRESS = "InProgress"
    FAILED = "Failed"
    CURRENT = "Current"
    TERMINATING = "Terminating"


def kstatus(found: dict[str, Any]) -> Kstatus:
    """Return kstatus' verdict."""
    metadata, status = found["metadata"], found.get("status") or {}
    if metadata.get("deletionTimestamp"):
        return Kstatus.TERMINATING
    if status.get("observedGeneration", metadata["generation"]) != metadata["generation"]:
        return Kstatus.IN_PROGRESS
    conditions = {condition["type"]: condition["status"] for condition in status.get("conditions", [])}
    if conditions.get("Reconciling") == "True":
        return Kstatus.IN_PROGRESS
    if conditions.get("Stalled") == "True":
        return Kstatus.FAILED
    # Without a Ready condition an object counts as current: nothing says that there is more to come.
    return Kstatus.CURRENT if conditions.get("Ready", "True") == "True" else Kstatus.IN_PROGRESS
