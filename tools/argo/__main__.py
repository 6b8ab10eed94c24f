"""``python -m argo``: write what is generated for Argo CD, or its test data."""

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from argo.customizations import ARGOCD, generated_files
from argo.details import collect_details
from argo.outbound import collect_outbound
from argo.policies import collect_policies
from argo.stage import collect
from argo.testdata import (
    ACTIONS_TESTDATA,
    DETAILS_TESTDATA,
    OUTBOUND_TESTDATA,
    POLICY_TESTDATA,
    TESTDATA,
    inputs,
    outputs,
    same,
)
from local_cluster import LocalClusterError


def main() -> int:
    """Do what the command line says; a failure is one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m argo", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("sync", help="the patch of argocd-cm and the values of Argo CD's chart, from the Lua files")
    commands.add_parser("testdata", help="the objects of the health check's tests, from a real operator")
    arguments = parser.parse_args()
    if arguments.command == "sync":
        _write(ARGOCD, generated_files())
        return 0
    try:
        with tempfile.TemporaryDirectory(prefix="argo-testdata-") as directory:
            objects = collect(Path(directory))
        with tempfile.TemporaryDirectory(prefix="argo-testdata-") as directory:
            details = collect_details(Path(directory))
        with tempfile.TemporaryDirectory(prefix="argo-testdata-") as directory:
            outbound = collect_outbound(Path(directory))
        with tempfile.TemporaryDirectory(prefix="argo-testdata-") as directory:
            policies = collect_policies(Path(directory))
    except LocalClusterError as error:
        sys.stderr.write(f"argo: {error}\n")
        return 1
    _renew(TESTDATA, inputs(objects))
    _renew(ACTIONS_TESTDATA, outputs(objects))
    _renew(DETAILS_TESTDATA, inputs(details))
    _renew(OUTBOUND_TESTDATA, inputs(outbound))
    _renew(POLICY_TESTDATA, inputs(policies))
    return 0


def _renew(directory: Path, files: Mapping[str, str]) -> None:
    """Write the files that have changed, and drop those that are no longer made."""
    for path in directory.glob("*.yaml"):
        if path.name not in files:
            path.unlink()
    changed = {
        name: content
        for name, content in files.items()
        if not (directory / name).exists() or not same((directory / name).read_text(), content)
    }
    _write(directory, changed)


def _write(directory: Path, files: Mapping[str, str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (directory / name).write_text(content)


if __name__ == "__main__":
    sys.exit(main())
