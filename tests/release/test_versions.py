"""All places name one version, and a tag that does not fit is refused before anything is published."""

import shutil
from pathlib import Path

import pytest

import atlas_streams_peering
from release import disagreements, statements
from release.versions import changes, notes

ROOT = Path(__file__).parents[2]
PLACES = ("pyproject.toml", "Dockerfile", "CHANGELOG.md", "README.md", "charts/atlas-streams-peering/Chart.yaml")
VERSION = next(statements(ROOT)).version


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What names the version, ready for its release."""
    for name in PLACES:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    replace(tmp_path / "CHANGELOG.md", "Unreleased", "2031-02-03")
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_all_places_of_this_checkout_name_one_version() -> None:
    assert disagreements(ROOT) == []
    assert atlas_streams_peering.__version__ == VERSION


def test_a_checkout_that_is_ready_may_be_tagged_with_its_version(checkout: Path) -> None:
    assert disagreements(checkout, f"v{VERSION}") == []


@pytest.mark.parametrize(
    ("name", "old"),
    [
        ("Dockerfile", f"ARG VERSION={VERSION}"),
        ("Dockerfile", f"atlas-streams-peering:{VERSION}"),
        ("README.md", f"atlas-streams-peering:{VERSION}"),
        ("CHANGELOG.md", f"[{VERSION}]"),
        ("charts/atlas-streams-peering/Chart.yaml", f"\nversion: {VERSION}"),
        ("charts/atlas-streams-peering/Chart.yaml", f"\nappVersion: {VERSION}"),
    ],
)
def test_a_place_that_was_forgotten_is_named(checkout: Path, name: str, old: str) -> None:
    replace(checkout / name, old, old.replace(VERSION, "9.9.9"))
    (sentence,) = disagreements(checkout, f"v{VERSION}")
    assert sentence.startswith(name)
    assert f"says 9.9.9, pyproject.toml says {VERSION}." in sentence


@pytest.mark.parametrize("tag", ["v9.9.9", VERSION, f"v{VERSION}-rc.1"])
def test_another_tag_is_refused(checkout: Path, tag: str) -> None:
    assert disagreements(checkout, tag) == [f"The tag is {tag}, pyproject.toml says {VERSION}."]


def test_a_changelog_without_the_day_of_the_release_is_refused(checkout: Path) -> None:
    replace(checkout / "CHANGELOG.md", "2031-02-03", "Unreleased")
    (sentence,) = disagreements(checkout, f"v{VERSION}")
    assert sentence == "CHANGELOG.md: the newest section has no date, but 'Unreleased'."
    assert disagreements(checkout) == []


def test_the_notes_are_what_the_changelog_says_of_the_newest_version_only(checkout: Path) -> None:
    heading = f"## [{VERSION}] - 2031-02-03"
    replace(checkout / "CHANGELOG.md", heading, f"## [{VERSION}] - 2031-02-03\n\n- New.\n\n## [0.0.1] - 2030-01-01")
    assert notes(checkout) == "- New.\n"


def test_the_changes_are_the_entries_of_the_newest_version_in_one_line_each(checkout: Path) -> None:
    heading = f"## [{VERSION}] - 2031-02-03"
    newest = "### Fixed\n\n- One of\n  two lines, [see](docs/x.md).\n\n### Security\n\n- Two."
    replace(checkout / "CHANGELOG.md", heading, f"{heading}\n\n{newest}\n\n## [0.0.1] - 2030-01-01")
    assert changes(checkout) == [
        {"kind": "fixed", "description": "One of two lines, see."},
        {"kind": "security", "description": "Two."},
    ]
