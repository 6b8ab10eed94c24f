"""``python -m argo``: write what is generated for Argo CD, or its test data."""

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from argo.collecting import COLLECTORS, Objects, collecting
from argo.customizations import ARGOCD, PEERING, Customization, generated_files
from argo.testdata import ACTIONS_TESTDATA, inputs, lasting, outputs
from local_cluster import LocalClusterError


def main() -> int:
    """Do what the command line says; a failure is one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m argo", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("sync", help="the patch of argocd-cm and the values of Argo CD's chart, from the Lua files")
    testdata = commands.add_parser("testdata", help="the objects of the health checks' tests, from a real operator")
    kinds = {each.kind: each for each in COLLECTORS}
    testdata.add_argument("kind", nargs="*", choices=[[], *kinds], help="only these kinds")
    arguments = parser.parse_args()
    if arguments.command == "sync":
        _write(ARGOCD, generated_files())
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
    if customization is PEERING:
        _renew(ACTIONS_TESTDATA, outputs(objects))


def _renew(directory: Path, files: Mapping[str, str]) -> None:
    """Write the files that have changed, and drop those that are no longer made."""
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
