"""The specimens as files of Argo CD's tests."""

import re
from collections.abc import Mapping
from typing import Any, Final

import yaml

from argo.customizations import ACCOUNT_DETAILS, OUTBOUND_PEERING, PEERING, POLICY

Manifest = dict[str, Any]

TESTDATA: Final = PEERING.testdata
ACTIONS_TESTDATA: Final = PEERING.directory / "actions" / "testdata"
DETAILS_TESTDATA: Final = ACCOUNT_DETAILS.testdata
OUTBOUND_TESTDATA: Final = OUTBOUND_PEERING.testdata
POLICY_TESTDATA: Final = POLICY.testdata

_KEPT: Final = (
    "name",
    "namespace",
    "generation",
    "finalizers",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
)
_VOLATILE: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
    r"|(?<=connectionId: )\S+|(?<=peerId: )\S+|(?<=containerId: )\S+|(?<=peering )[0-9a-f]{24}|\bpeer-[a-z0-9]{6}\b"
)


def lasting(content: str) -> str:
    """Return a file's content without times, and without IDs that Atlas and Confluent Cloud draw."""
    return _VOLATILE.sub("…", content)


def inputs(objects: Mapping[str, Manifest]) -> dict[str, str]:
    """Return file name → content of the inputs."""
    return {f"{name}.yaml": _document(found) for name, found in objects.items()}


def outputs(objects: Mapping[str, Manifest]) -> dict[str, str]:
    """Return file name → content of what the actions shall make of their inputs."""
    active, suspended = objects["active"], objects["active-while-suspended"]
    return {
        "suspended.yaml": _document({**active, "spec": {**active["spec"], "suspend": True}}),
        "resumed.yaml": _document({**suspended, "spec": {**suspended["spec"], "suspend": False}}),
    }


def _document(found: Manifest) -> str:
    metadata = {key: found["metadata"][key] for key in _KEPT if key in found["metadata"]}
    shown = {**found, "metadata": metadata}
    order = ("apiVersion", "kind", "metadata", "spec", "status")
    return yaml.safe_dump({key: shown[key] for key in order if key in shown}, sort_keys=False, width=110)
