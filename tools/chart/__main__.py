"""``python -m chart``: write what is generated for the chart, and from it."""

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from chart.dashboard import dashboard
from chart.golden import GOLDEN, golden_files
from chart.helm import CHART, ROOT, ChartRefusedError
from chart.manifests import manifest_files
from chart.metadata import CHART_YAML, chart_yaml
from chart.schemas import extract
from chart.values import README, SCHEMA, readme, schema, table
from local_cluster import LocalClusterError


def main() -> int:
    """Do what the command line says; a failure is one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m chart", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser(
        "sync", help="the chart's copies of crds/, its dashboard and metadata, its values' schema and tables"
    )
    manifests = commands.add_parser("manifests", help="plain manifests from the chart")
    manifests.add_argument("directory", type=Path)
    commands.add_parser("golden", help="the golden renders of tests/chart")
    commands.add_parser("schemas", help="the Kubernetes schemas of tests/chart, from Go modules; needs go")
    arguments = parser.parse_args()
    tasks: dict[str, Callable[[], None]] = {
        "sync": sync,
        "manifests": lambda: _write(arguments.directory, manifest_files()),
        "golden": lambda: _write(GOLDEN, golden_files()),
        "schemas": extract,
    }
    try:
        tasks[arguments.command]()
    except (LocalClusterError, ChartRefusedError) as error:
        sys.stderr.write(f"chart: {error}\n")
        return 1
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"chart: {error}\n{error.stderr or ''}")
        return 1
    return 0


def sync() -> None:
    """Bring the chart's generated files, its README's table of values, and docs/values.md up to date."""
    copies = CHART / "files" / "crds"
    originals = {path.name: path.read_text() for path in (ROOT / "crds").glob("*.yaml")}
    for path in copies.glob("*.yaml"):
        if path.name not in originals:
            path.unlink()
    _write(copies, originals)
    _write(CHART / "files", {"dashboard.json": dashboard()})
    CHART_YAML.write_text(chart_yaml())
    SCHEMA.write_text(schema())
    README.write_text(readme())
    _write(ROOT / "docs", {"values.md": table()})


def _write(directory: Path, files: dict[str, str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (directory / name).write_text(content)


if __name__ == "__main__":
    sys.exit(main())
