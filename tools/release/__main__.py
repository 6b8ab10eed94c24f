"""``python -m release``: check that a release can be made, and write its files."""

import argparse
import sys
from pathlib import Path
from typing import Final

from release.assets import write_assets
from release.versions import disagreements

ROOT: Final = Path(__file__).parents[2]


def main() -> int:
    """Do what the command line says; a failure is one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="fail unless all places name one version, and the tag is its")
    check.add_argument("tag", nargs="?", help="v and the version; without one the changelog needs no date yet")
    assets = commands.add_parser("assets", help="write manifests, chart, plugin and notes")
    assets.add_argument("directory", type=Path)
    assets.add_argument("--image", required=True, help="registry and repository")
    assets.add_argument("--digest", required=True, help="sha256:…")
    assets.add_argument("--charts", required=True, help="registry and path that the chart is pushed to")
    assets.add_argument("--repository", required=True, help="URL of the source repository")
    arguments = parser.parse_args()
    if arguments.command == "check":
        found = disagreements(ROOT, arguments.tag)
        sys.stderr.writelines(f"release: {sentence}\n" for sentence in found)
        return 1 if found else 0
    try:
        write_assets(
            ROOT,
            arguments.directory,
            image=arguments.image,
            digest=arguments.digest,
            charts=arguments.charts,
            repository=arguments.repository,
        )
    except ValueError as error:
        sys.stderr.write(f"release: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
