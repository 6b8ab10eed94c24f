"""What a release publishes of the kubectl plugin: the wheel, an archive for krew, and its manifest with checksum."""

import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Final

KREW: Final = Path("packaging/krew")
LAUNCHER: Final = "kubectl-atlas_peering"
MANIFEST: Final = "atlas-peering.yaml"

_PLACES: Final = ("VERSION", "HOMEPAGE", "URI", "SHA256")


def write_plugin(root: Path, assets: Path, *, version: str, repository: str) -> None:
    """Write the wheel, the archive and the manifest into `assets`. `repository`: the URL of the source repository."""
    wheel = _wheel(root, assets)
    archive = assets / f"{LAUNCHER}-{version}.tar.gz"
    archive.write_bytes(_archive([root / KREW / LAUNCHER, root / "LICENSE", wheel]))
    values = {
        "VERSION": version,
        "HOMEPAGE": repository,
        "URI": f"{repository}/releases/download/v{version}/{archive.name}",
        "SHA256": hashlib.sha256(archive.read_bytes()).hexdigest(),
    }
    (assets / MANIFEST).write_text(_filled((root / KREW / MANIFEST).read_text(), values))


def _wheel(root: Path, directory: Path) -> Path:
    """Build the wheel. The same sources give the same bytes."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    # pip copies nothing of a checkout, and hatchling leaves nothing in it.
    environment = {"SOURCE_DATE_EPOCH": "315532800", **os.environ}
    subprocess.run([*command, f"--wheel-dir={directory}", str(root)], check=True, env=environment)
    (wheel,) = directory.glob("*.whl")
    return wheel


def _archive(files: list[Path]) -> bytes:
    """Return a tar archive that depends on the content of the files only."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in files:
            member = tarfile.TarInfo(path.name)
            member.size, member.mode = path.stat().st_size, 0o755 if os.access(path, os.X_OK) else 0o644
            with path.open("rb") as content:
                archive.addfile(member, content)
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as compressed:
        shutil.copyfileobj(io.BytesIO(plain.getvalue()), compressed)
    return packed.getvalue()


def _filled(template: str, values: dict[str, str]) -> str:
    """Fill in the template; its comment is about the template and goes."""
    text = "".join(line for line in template.splitlines(keepends=True) if not line.startswith("#"))
    for place in _PLACES:
        if text.count(place) != 1:
            raise ValueError(f"{MANIFEST} has {text.count(place)} places for {place}")
        text = text.replace(place, values[place])
    return text
