"""The files of a release: plain manifests and the chart, both with the image's address, the plugin, and notes."""

import re
import shutil
from pathlib import Path
from typing import Final

import yaml

from chart.helm import RELEASE
from chart.manifests import manifest_files
from chart.metadata import MARK, annotations
from olm.bundle import bundle_files
from olm.files import write_bundle
from release.plugin import write_plugin
from release.versions import CHART, changes, notes, statements

_LINKS: Final = {"Documentation": "docs/README.md", "Changes": "CHANGELOG.md", "How to verify it": "SECURITY.md"}
_REPOSITORY: Final = re.compile(r"(?<=^image:\n)((?:  .*\n)*?  repository: ).*$", re.MULTILINE)


def write_assets(root: Path, directory: Path, *, image: str, digest: str, charts: str, repository: str) -> None:
    """Write ``assets/``, which is published as it is, ``chart/`` and ``olm/``, which are packaged, and ``notes.md``.

    `repository`: the address of the source, ``https://HOST/OWNER/NAME``.
    """
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise ValueError(f"{digest!r} is no digest of an image")
    assets = directory / "assets"
    assets.mkdir(parents=True)
    crds = (path.read_text().rstrip("\n") for path in sorted((root / "crds").glob("*.yaml")))
    (assets / "crds.yaml").write_text("\n---\n".join(crds) + "\n")
    for name, content in manifest_files({"repository": image, "digest": digest}).items():
        (assets / name).write_text(content)
    write_plugin(root, assets, version=next(statements(root)).version, repository=repository)
    _copy_chart((root / CHART).parent, directory / "chart", image)
    chart = directory / "chart" / CHART.name
    chart.write_text(_told(root, chart.read_text(), image=image, digest=digest, repository=repository))
    write_bundle(directory / "olm", bundle_files(image={"repository": image, "digest": digest}, repository=repository))
    (directory / "notes.md").write_text(f"{notes(root)}\n{_where(root, f'{image}@{digest}', charts)}")


def _where(root: Path, image: str, charts: str) -> str:
    version = next(statements(root)).version
    return (
        "### Where it is\n\n"
        f"- Image: `{image}`\n"
        f"- Chart: `oci://{charts}/{RELEASE}`, version `{version}`\n"
        "- Bundle for the Operator Lifecycle Manager: `olm.tar.gz`\n"
        "- Manifests: `kubectl apply --server-side -f crds.yaml`, then `rbac.yaml` and `operator.yaml`\n"
        f"- kubectl plugin: `kubectl krew install --manifest=atlas-peering.yaml`, or the wheel with its extra: "
        f"`uv tool install 'atlas_streams_peering-{version}-py3-none-any.whl[kubectl]'`\n\n"
        "SECURITY.md says how to verify them.\n"
    )


def _told(root: Path, chart: str, *, image: str, digest: str, repository: str) -> str:
    """Return Chart.yaml with what only a release knows: addresses, images and changes."""
    version, changed = next(statements(root)).version, changes(root)
    at = f"{repository}/blob/v{version}"
    fields = {
        "home": repository,
        "sources": [repository],
        "icon": f"{repository}/raw/v{version}/{(CHART.parent / 'icon.svg').as_posix()}",
    }
    told = {
        "images": [
            {"name": RELEASE, "image": f"{image}:{version}@{digest}", "platforms": ["linux/amd64", "linux/arm64"]}
        ],
        "changes": changed,
        "links": [{"name": name, "url": f"{at}/{path}"} for name, path in _LINKS.items()],
        "prerelease": str("-" in version).lower(),
        "containsSecurityUpdates": str(any(one["kind"] == "security" for one in changed)).lower(),
    }
    above, mark, below = chart.partition(MARK)
    begin = "annotations:\n"
    if not mark or above.count(begin) != 1:
        raise ValueError(f"{CHART} has no annotations, or no line {MARK.strip()!r}")
    head, _, static = above.partition(begin)
    return head + yaml.safe_dump(fields, sort_keys=False) + begin + static + annotations(told) + mark + below


def _copy_chart(source: Path, target: Path, image: str) -> None:
    """Copy the chart; its tag is the appVersion, as users of charts expect, so only the repository is filled in."""
    shutil.copytree(source, target)
    values = target / "values.yaml"
    text, replaced = _REPOSITORY.subn(rf"\g<1>{image}", values.read_text())
    if replaced != 1:
        raise ValueError(f"{values} has {replaced} places for the image's repository")
    values.write_text(text)
