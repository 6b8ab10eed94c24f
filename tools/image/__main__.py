"""``python -m image TAG [FLAGS]``: build the image of this checkout with docker, podman or buildah."""

import argparse
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

from image import base
from image.builder import BuilderError, find_builder

ROOT: Final = Path(__file__).parents[2]


def main() -> int:
    """Do what the command line says; a failure is one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m image", description=__doc__)
    parser.add_argument(
        "--archive", type=Path, help="write the image to this file, too, for a cluster without a registry"
    )
    parser.add_argument(
        "--base", choices=("dockerfile", "debian"), default="dockerfile", help=f"debian: {base.__doc__}"
    )
    parser.add_argument("tag")
    parser.add_argument("flags", nargs=argparse.REMAINDER, help="for the builder's `build`, as they are")
    arguments = parser.parse_args()
    try:
        builder = find_builder()
        of_base = base.flags(builder) if arguments.base == "debian" else []
        builder.build(ROOT, arguments.tag, flags=[*_provenance(), *of_base, *arguments.flags])
        if arguments.archive:
            arguments.archive.unlink(missing_ok=True)
            builder.save(arguments.tag, arguments.archive)
    except BuilderError as error:
        sys.stderr.write(f"image: {error}\n")
        return 1
    return 0


def _provenance() -> list[str]:
    """Say what it is built from: the version, and the commit with its time, which is the same for every build of it."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    flags = [f"--build-arg=VERSION={version}"]
    commit = _git("log", "-1", "--format=%H %cI").split()
    if commit:
        revision = commit[0] + ("-dirty" if _git("status", "--porcelain") else "")
        flags.append(f"--label=org.opencontainers.image.revision={revision}")
        flags.append(f"--label=org.opencontainers.image.created={commit[1]}")
    return flags


def _git(*arguments: str) -> str:
    """Return what git says; nothing where this is no clone."""
    try:
        return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


if __name__ == "__main__":
    sys.exit(main())
