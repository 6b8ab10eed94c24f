"""Golden renders: what the chart's main modes come to, for reviewers to see each change of it."""

from typing import Any, Final

import yaml

from chart.helm import ROOT, Manifest, render

MODES: Final = ROOT / "tests" / "chart" / "modes"
GOLDEN: Final = ROOT / "tests" / "chart" / "golden"


def modes() -> dict[str, dict[str, Any]]:
    """Return the values of each mode, by its name."""
    return {path.stem: yaml.safe_load(path.read_text()) or {} for path in sorted(MODES.glob("*.yaml"))}


def golden_files() -> dict[str, str]:
    """Return file name → content."""
    return {f"{name}.yaml": golden(render(values)) for name, values in modes().items()}


def golden(manifests: list[Manifest]) -> str:
    """Return a render in an order and style of its own; CRDs stand in crds/ and would only repeat that."""
    shown = [manifest for manifest in manifests if manifest["kind"] != "CustomResourceDefinition"]
    return yaml.safe_dump_all(sorted(shown, key=_place), width=110, allow_unicode=True)


def _place(manifest: Manifest) -> tuple[str, ...]:
    metadata = manifest["metadata"]
    return manifest["kind"], metadata.get("namespace", ""), metadata["name"]
