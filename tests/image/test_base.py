"""A base of Debian's packages, for where no registry is."""

from pathlib import Path

import pytest

from image import Builder, BuilderError, base


@pytest.fixture(autouse=True)
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The base as it was made before, so that no package is fetched."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(base, "_release", lambda: "bookworm")
    archive = tmp_path / "atlas-streams-peering" / "image-base" / "bookworm.tar"
    archive.parent.mkdir(parents=True)
    archive.touch()
    return archive


@pytest.fixture
def imported(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, str]]:
    calls: list[tuple[Path, str]] = []
    monkeypatch.setattr(Builder, "import_root", lambda _, archive, image: calls.append((archive, image)))
    return calls


def test_buildah_builds_on_it_and_pulls_nothing(
    made: Path, imported: list[tuple[Path, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_CERT", raising=False)
    flags = base.flags(Builder("buildah"))
    assert imported == [(made, base.NAME)]
    assert flags == ["--pull-never", "--isolation=chroot", f"--build-arg=BASE_IMAGE={base.NAME}"]


@pytest.mark.usefixtures("imported")
def test_pip_in_the_build_gets_the_certificates_that_pip_has_here(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CERT", "/etc/ssl/certs/own.pem")
    *_, certificates, configuration = base.flags(Builder("podman"))
    assert certificates == "--volume=/etc/ssl/certs:/etc/ssl/certs:ro"
    assert configuration == f"--volume={made.with_name('pip.conf')}:/etc/pip.conf:ro"
    assert made.with_name("pip.conf").read_text() == "[global]\ncert = /etc/ssl/certs/own.pem\n"


def test_without_the_program_that_makes_it_the_package_is_named(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made.unlink()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BuilderError, match="apt-get install mmdebstrap"):
        base.archive()
