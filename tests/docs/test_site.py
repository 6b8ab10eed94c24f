"""The site can be built, everybody finds every page, and it needs nothing from elsewhere."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from docs.documents import DOCUMENTS, ROOT
from documentation.building import BuildError, build
from documentation.checking import problems
from documentation.pages import FRONT_PAGE, links_out, navigation, pages, title
from documentation.staging import stage


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as `make docs` does: with each warning, and each broken link, as an error."""
    directory = tmp_path_factory.mktemp("documentation") / "site"
    build(directory)
    return directory


def test_the_site_is_built_without_a_warning_and_each_link_in_it_leads_to_a_page_and_a_heading(site: Path) -> None:
    assert {place for place in pages().values() if not (site / address(place) / "index.html").is_file()} == set()


def test_a_reader_can_search_for_every_page(site: Path) -> None:
    found = {entry["location"].partition("#")[0] for entry in json.loads((site / "search.json").read_text())["items"]}
    assert {address(place) for place in pages().values()} <= found


def address(place: str) -> str:
    return "" if place == "index.md" else f"{place.removesuffix('.md')}/"


def test_each_page_is_in_the_navigation_once() -> None:
    listed = Counter(path for members in navigation().values() for path in members)
    assert set(pages()) - {FRONT_PAGE} == set(listed), "add a row for the page to a table in docs/README.md"
    assert {path for path, times in listed.items() if times > 1} == set()


def test_no_two_pages_have_one_title() -> None:
    titles = Counter(title(path) for path in pages())
    assert {name for name, times in titles.items() if times > 1} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_belongs_to_an_entry_of_a_list_is_indented_by_four_spaces(path: Path) -> None:
    # GitHub is content with three. The site would end the list, and number the next entry 1.
    text = re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"\n\n {1,3}\S.*", text) == []


def test_a_link_that_leads_nowhere_fails_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(directory: Path) -> None:
        (directory / "docs").mkdir()
        (directory / "docs" / "index.md").write_text("# Home\n\n[gone](#no-such-heading)\n")
        (directory / "mkdocs.yml").write_text("site_name: broken\n")

    monkeypatch.setattr("documentation.building.stage", broken)
    with pytest.raises(BuildError, match="no-such-heading"):
        build(tmp_path / "site")
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="b/">there</a>', "links to b/, which does not exist"),
        ('<a href="#none">below</a>', "links to #none, and that page has no such heading"),
        ('<script src="https://cdn.example/a.js"></script>', "loads https://cdn.example/a.js"),
        ('<link rel="stylesheet" href="https://fonts.example/css">', "loads https://fonts.example/css"),
        ('<pre class="mermaid">a</pre>', "has a diagram, which a script from elsewhere would have to draw"),
        ("<p>Either:\n- this\n- that</p>", "shows Markdown as text: 'Either:'"),
    ],
)
def test_what_is_wrong_with_a_built_page_is_said(html: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(f"<html><body>{html}</body></html>")
    assert problems(tmp_path) == [f"index.html: {problem}"]


def test_a_page_that_holds_together_has_no_problem(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "index.html").write_text('<h1 id="top">A</h1><p>Text, 1.5 - and more.</p>')
    (tmp_path / "index.html").write_text('<link rel="canonical" href="https://a.example/"><a href="a/#top">A</a>')
    assert problems(tmp_path) == []


def test_links_to_other_files_of_the_repository_lead_to_it_only_where_its_address_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REPOSITORY_URL", raising=False)
    stage(tmp_path / "without")
    monkeypatch.setenv("REPOSITORY_URL", "https://git.example/us/operator/")
    stage(tmp_path / "with")
    without, known = (
        " ".join((tmp_path / each / "docs" / "argocd.md").read_text().split()) for each in ("without", "with")
    )
    assert "files in argocd/, it shows" in without
    assert "files in [argocd/](https://git.example/us/operator/tree/main/argocd), it shows" in known


def test_the_name_of_a_linked_file_becomes_the_title_of_its_page(tmp_path: Path) -> None:
    stage(tmp_path)
    assert "[Chart values](values.md) lists all values" in (tmp_path / "docs" / "install.md").read_text()


def test_addresses_outside_the_site_are_https() -> None:
    assert links_out()
    assert [each for each in links_out() if not each.startswith("https://")] == []
