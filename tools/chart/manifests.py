"""Plain manifests for ``kubectl apply -f``, from the chart."""

from collections.abc import Mapping
from typing import Any, Final

import yaml

from chart.helm import RELEASE, Manifest, is_hook, render
from chart.permissions import KINDS, permissions

_HEADER: Final = "# Generated from charts/atlas-streams-peering by `make manifests`. Do not edit.\n"
_OF_HELM: Final = ("app.kubernetes.io/managed-by", "helm.sh/chart")


def manifest_files(image: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return file name → content: what to apply after crds/. `image`: values of the chart that name a published one."""
    rendered = render({"crds": {"enabled": False}, "image": dict(image or {})})
    objects = [_plain(manifest) for manifest in rendered if not is_hook(manifest)]
    others = [manifest for manifest in objects if manifest["kind"] not in KINDS]
    return {
        "rbac.yaml": _file(
            "The operator's namespace, its account, and what that may do: it reads Secrets by name, and lists none.",
            [_namespace(), *permissions(objects)],
        ),
        "operator.yaml": _file(
            f"The operator: {'' if image else 'put in the image that your cluster pulls, and '}apply the "
            "CustomResourceDefinitions and rbac.yaml first.",
            others,
        ),
    }


def _namespace() -> Manifest:
    restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": RELEASE, "labels": restricted}}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items() if key not in _OF_HELM}
    return [_plain(entry) for entry in value] if isinstance(value, list) else value


def _file(purpose: str, manifests: list[Manifest]) -> str:
    return _HEADER + f"# {purpose}\n" + yaml.safe_dump_all(manifests, sort_keys=False, width=110)
