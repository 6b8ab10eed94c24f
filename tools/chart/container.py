"""A container as a kubelet would start it, for where there is none: what the chart says is what is run."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ENTRYPOINT: Final = "atlas-streams-peering"
"""What the image runs."""

_INHERITED: Final = ("HOME", "LANG", "PATH", "TMPDIR")


@dataclass(frozen=True)
class Container:
    """Command and environment of one container of a manifest."""

    namespace: str
    account: str
    """The ServiceAccount that the pod runs as."""
    arguments: tuple[str, ...]
    variables: Mapping[str, str]

    @property
    def command(self) -> list[str]:
        """The command line, with the operator of this Python's environment."""
        return [str(Path(sys.executable).with_name(ENTRYPOINT)), *self.arguments]

    def environment(self, kubeconfig: Path, **more: str) -> dict[str, str]:
        """Return its environment; `kubeconfig` stands in for the token that a pod has mounted."""
        inherited = {name: value for name, value in os.environ.items() if name in _INHERITED}
        return {**inherited, **self.variables, "KUBECONFIG": str(kubeconfig), **more}


def containers(manifest: dict[str, Any]) -> list[Container]:
    """Return the containers of a Pod, or of what makes Pods."""
    namespace = manifest["metadata"]["namespace"]
    spec = manifest["spec"] if manifest["kind"] == "Pod" else manifest["spec"]["template"]["spec"]
    return [
        Container(
            namespace=namespace,
            account=spec["serviceAccountName"],
            arguments=(*container.get("command", [])[1:], *container.get("args", [])),
            variables={
                entry["name"]: _value(entry, namespace) for entry in container.get("env", []) if not _of_pod(entry)
            },
        )
        for container in spec["containers"]
    ]


def _of_pod(entry: dict[str, Any]) -> bool:
    """Tell whether it names the pod, which a process is not."""
    return entry.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath") in ("metadata.name", "metadata.uid")


def _value(entry: dict[str, Any], namespace: str) -> str:
    source = entry.get("valueFrom")
    if source is None:
        value: str = entry.get("value", "")
        return value
    if source.get("fieldRef", {}).get("fieldPath") == "metadata.namespace":
        return namespace
    raise ValueError(f"{entry['name']}: this source is not known here")
