"""Helm, and what it renders the chart to."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from local_cluster.programs import fetch_helm

ROOT: Final = Path(__file__).parents[2]
CHART: Final = ROOT / "charts" / "atlas-streams-peering"
RELEASE: Final = "atlas-streams-peering"
"""Name of the release, and its namespace, unless told otherwise."""

Manifest = dict[str, Any]


class ChartRefusedError(Exception):
    """Helm did not render the chart; the text is what it said."""


def helm(*arguments: str, input: str | None = None, timeout: float = 60) -> subprocess.CompletedProcess[str]:  # noqa: A002
    """Run Helm to its end, whatever that is."""
    return subprocess.run(
        [fetch_helm(), *arguments], input=input, capture_output=True, text=True, timeout=timeout, check=False
    )


def render(
    values: Mapping[str, Any] | None = None,
    *,
    release: str = RELEASE,
    namespace: str = RELEASE,
    kubernetes: str | None = None,
    chart: Path = CHART,
) -> list[Manifest]:
    """Return what the chart renders to, hooks included, in the order in which Helm would apply it.

    >>> cluster.kubectl("apply", "-f", "-", input=json.dumps({"kind": "List", "apiVersion": "v1", "items": render()}))
    """
    text = _rendered(json.dumps(values or {}, sort_keys=True), release, namespace, kubernetes, chart)
    return [document for document in yaml.load_all(text, Loader=_UniqueKeyLoader) if document]


def is_hook(manifest: Manifest, event: str | None = None) -> bool:
    """Tell whether Helm runs this as a hook, of this event if one is given."""
    hooks = (manifest["metadata"].get("annotations") or {}).get("helm.sh/hook", "").split(",")
    return event in hooks if event else hooks != [""]


def named(manifests: Iterable[Manifest], kind: str, name: str | None = None) -> Manifest:
    """Return the one manifest of this kind that is no hook, or the one of this name, hook or not."""
    found = [
        manifest
        for manifest in manifests
        if manifest["kind"] == kind
        and (manifest["metadata"]["name"] == name if name is not None else not is_hook(manifest))
    ]
    if len(found) != 1:
        raise LookupError(f"there are {len(found)} of {kind} {name or ''}")
    return found[0]


@cache
def _rendered(values: str, release: str, namespace: str, kubernetes: str | None, chart: Path) -> str:
    version = ["--kube-version", kubernetes] if kubernetes else []
    arguments = ["template", release, str(chart), "--namespace", namespace, "--values", "-", *version]
    result = helm(*arguments, input=values)
    if result.returncode:
        raise ChartRefusedError(result.stderr.strip())
    return result.stdout


class _UniqueKeyLoader(yaml.CSafeLoader):
    """Refuses a mapping that has a key twice, as strict parsers do."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise ChartRefusedError(f"rendered twice in one mapping: {', '.join(sorted(map(str, twice)))}")
        return super().construct_mapping(node, deep)
