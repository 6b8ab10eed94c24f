"""The image as an archive, for a cluster on this machine that no registry serves."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from image.builder import BuilderError

REPOSITORY: Final = "docker.io/library/atlas-streams-peering"
TAG: Final = "dev"
ARCHIVE_VARIABLE: Final = "IMAGE_ARCHIVE"
BASE_VARIABLE: Final = "IMAGE_BASE"
_ROOT: Final = Path(__file__).parents[2]


def image_archive(directory: Path) -> Path:
    """Return an archive with the image ``REPOSITORY:TAG``: the one that ``IMAGE_ARCHIVE`` names, or a new one.

    A new one has the image of this checkout, on the base that ``IMAGE_BASE`` names.
    """
    if given := os.environ.get(ARCHIVE_VARIABLE):
        return Path(given)
    archive, log = directory / "image.tar", directory / "image.log"
    base = os.environ.get(BASE_VARIABLE) or "dockerfile"
    command = [sys.executable, "-m", "image", f"--base={base}", f"--archive={archive}", f"{REPOSITORY}:{TAG}"]
    with log.open("wb") as output:
        code = subprocess.run(command, cwd=_ROOT, stdout=output, stderr=subprocess.STDOUT, check=False).returncode
    if code:
        lines = log.read_text(errors="replace").splitlines()[-15:]
        raise BuilderError("\n".join(["the image could not be built:", *(f"    {line}" for line in lines)]))
    return archive
