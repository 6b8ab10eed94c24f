"""``python -m argo``: write what is generated for Argo CD, or its test data."""

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from argo.collecting import COLLECTORS, Objects, collecting
from argo.customizations import ALL, ARGOCD, Customization, generated_files
from argo.testdata import inputs, lasting, outputs
from local_cluster import LocalClusterError


def main() -> int:
    """Do what the command line says; a failure is one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m argo", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("sync", help="what is generated from the Lua files and the test data")
    testdata = commands.add_parser("testdata", help="the objects of the health checks' tests, from a real operator")
    kinds = {each.kind: each for each in COLLECTORS}
    testdata.add_argument("kind", nargs="*", choices=[[], *kinds], help="only these kinds")
    arguments = parser.parse_args()
    if arguments.command == "sync":
        _write(ARGOCD, generated_files())
        for each in ALL:
            _write_outputs(each)
        return 0
    try:
        with tempfile.TemporaryDirectory(prefix="argo-testdata-") as directory:
            chosen = [kinds[kind] for kind in arguments.kind or kinds]
            with collecting(Path(directory), chosen) as collected:
                for kind in chosen:
                    _renew_kind(kind, collected[kind].result())
    except LocalClusterError as error:
        sys.stderr.write(f"argo: {error}\n")
        return 1
    return 0


def _renew_kind(customization: Customization, objects: Objects) -> None:
    _renew(customization.testdata, inputs(objects))
    _write_outputs(customization)


def _write_outputs(customization: Customization) -> None:
    if found := outputs(customization):
        _renew(customization.actions_testdata, found)


def _renew(directory: Path, files: Mapping[str, str]) -> None:
    """Write the files that have changed, and delete those that no scenario writes any more."""
    for path in directory.glob("*.yaml"):
        if path.name not in files:
            path.unlink()
    changed = {
        name: content
        for name, content in files.items()
        if not (directory / name).exists() or lasting((directory / name).read_text()) != lasting(content)
    }
    _write(directory, changed)


def _write(directory: Path, files: Mapping[str, str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (directory / name).write_text(content)


if __name__ == "__main__":
    sys.exit(main())
