"""A base of this machine's Debian packages, for where no registry has the Dockerfile's."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from image.builder import Builder, BuilderError

NAME: Final = "localhost/atlas-streams-peering-base:debian"
PACKAGES: Final = "python3,python3-venv,ca-certificates"
PROGRAM: Final = "mmdebstrap"
_CERTIFICATES: Final = "/etc/ssl/certs"


def archive() -> Path:
    """Return the root file system as a tar archive, made once, of this machine's own release and package sources."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "atlas-streams-peering" / "image-base"
    release = _release()
    target = root / f"{release}.tar"
    if target.exists():
        return target
    if shutil.which(PROGRAM) is None:
        raise BuilderError(f"--base debian needs {PROGRAM}: apt-get install {PROGRAM}")
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root) as scratch:
        made = Path(scratch) / "root.tar"
        command = [PROGRAM, "--variant=essential", f"--include={PACKAGES}", release, str(made)]
        if subprocess.run(command, check=False).returncode:
            raise BuilderError(f"{PROGRAM} could not make a base of {release}")
        made.replace(target)
    return target


def flags(builder: Builder) -> list[str]:
    """Make the base, and return what the builder has to be told to build on it."""
    builder.import_root(archive(), NAME)
    # Such a machine may have no runtime for containers either, and buildah needs none for this.
    own = ["--pull-never", "--isolation=chroot"] if builder.name == "buildah" else ["--pull=false"]
    chosen = [*own, f"--build-arg=BASE_IMAGE={NAME}"]
    # pip needs this machine's certificates where its way to a registry has some of its own. Only the first stage sees
    # them, of which nothing but /opt/venv gets into the image.
    if builder.name != "docker" and (certificates := os.environ.get("PIP_CERT")):
        configuration = archive().with_name("pip.conf")
        configuration.write_text(f"[global]\ncert = {certificates}\n")
        chosen += [f"--volume={_CERTIFICATES}:{_CERTIFICATES}:ro", f"--volume={configuration}:/etc/pip.conf:ro"]
    return chosen


def _release() -> str:
    """Return the code name of this machine's Debian."""
    path = Path("/etc/os-release")
    lines = path.read_text().splitlines() if path.exists() else []
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    if values.get("ID", "").strip('"') != "debian" or "VERSION_CODENAME" not in values:
        raise BuilderError("--base debian takes the packages of this machine, which has to be a Debian")
    return values["VERSION_CODENAME"].strip('"')
