"""The collected objects as files of Argo CD's tests."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from argo.customizations import ACCOUNT_DETAILS, OUTBOUND_PEERING, PEERING, POLICY, Customization

Manifest = dict[str, Any]

TESTDATA: Final = PEERING.testdata
DETAILS_TESTDATA: Final = ACCOUNT_DETAILS.testdata
OUTBOUND_TESTDATA: Final = OUTBOUND_PEERING.testdata
POLICY_TESTDATA: Final = POLICY.testdata

_SUSPEND: Final = {"suspend": True, "resume": False}
"""What the actions write into spec.suspend."""
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
    # Which of the two an object says while a service limits the rate depends on the moment at which it is read.
    r"|(?<=message: )('Confluent Cloud limits the rate of requests: .*'|The operator is at its own limit of .*)(?=\n)"
)


def lasting(content: str) -> str:
    """Return a file's content without times, and without IDs that Atlas and Confluent Cloud draw."""
    return _VOLATILE.sub("…", content)


def inputs(objects: Mapping[str, Manifest]) -> dict[str, str]:
    """Return file name → content of the inputs."""
    return {f"{name}.yaml": _document(found) for name, found in objects.items()}


def outputs(customization: Customization) -> dict[str, str]:
    """Return file name → content of what the actions of a kind shall make of their inputs, by its action_test.yaml."""
    actions = customization.directory / "actions"
    found = {}
    for case in yaml.safe_load((actions / "action_test.yaml").read_text())["actionTests"]:
        if case["action"] in _SUSPEND:
            given = yaml.safe_load((actions / case["inputPath"]).read_text())
            made = {**given, "spec": {**given["spec"], "suspend": _SUSPEND[case["action"]]}}
            found[Path(case["expectedOutputPath"]).name] = _document(made)
    return found


def _document(found: Manifest) -> str:
    metadata = {key: found["metadata"][key] for key in _KEPT if key in found["metadata"]}
    shown = {**found, "metadata": metadata}
    order = ("apiVersion", "kind", "metadata", "spec", "status")
    return yaml.safe_dump({key: shown[key] for key in order if key in shown}, sort_keys=False, width=110)
