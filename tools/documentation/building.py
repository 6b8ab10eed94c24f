"""From the sources to the site."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from documentation.checking import problems
from documentation.staging import stage

_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")


class BuildError(Exception):
    """The site cannot be built, or does not hold together. The text says what to fix."""


def build(site: Path) -> None:
    """Build the site into a directory, and check it. BuildError where anything is wrong, also a warning."""
    with tempfile.TemporaryDirectory(prefix="documentation-") as name:
        directory = Path(name)
        stage(directory)
        _generate(directory)
        found = problems(directory / "site")
        if found:
            raise BuildError("\n".join(found))
        # An older site goes only once there is a new one.
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(directory / "site", site)


def _generate(directory: Path) -> None:
    """Run the generator. It ends with an error where a page has a warning."""
    generator = Path(sys.executable).with_name("zensical")
    command = [str(generator), "build", "--strict", "--config-file", "mkdocs.yml"]
    ended = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise BuildError(_COLOURS.sub("", ended.stdout + ended.stderr.rpartition("\n")[0]))
