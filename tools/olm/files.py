"""Writes a bundle."""

from collections.abc import Mapping
from pathlib import Path


def write_bundle(directory: Path, files: Mapping[str, str]) -> None:
    """Write the files of a bundle, and remove a CustomResourceDefinition that it has no more."""
    for path in directory.glob("manifests/*.yaml"):
        if f"manifests/{path.name}" not in files:
            path.unlink()
    for name, content in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(content)
