"""What is generated for the chart is as its sources say: `make chart` writes it anew."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

from atlas_streams_peering.kinds.resources import KINDS, crd_files
from chart import render
from chart.dashboard import dashboard
from chart.helm import CHART, ROOT
from chart.manifests import manifest_files
from chart.metadata import CHART_YAML, ICON, chart_yaml, example
from chart.values import README, SCHEMA, VALUES, documented, readme, schema, table
from fast_yaml import read_yaml

CRDS = {path.name: path.read_text() for path in (ROOT / "crds").glob("*.yaml")}


def test_the_chart_carries_the_same_crd_files() -> None:
    assert {path.name: path.read_text() for path in (CHART / "files" / "crds").iterdir()} == CRDS


def test_the_chart_carries_a_crd_for_every_kind() -> None:
    assert set(CRDS) == set(crd_files())


def test_a_rendered_crd_differs_from_its_file_in_metadata_only() -> None:
    rendered = {one["metadata"]["name"]: one for one in render() if one["kind"] == "CustomResourceDefinition"}
    for text in CRDS.values():
        crd = read_yaml(text)
        assert rendered[crd["metadata"]["name"]]["spec"] == crd["spec"]


def test_crds_are_no_part_of_what_helm_installs_once_and_never_upgrades() -> None:
    assert not (CHART / "crds").exists()


def test_the_table_of_values_is_current() -> None:
    assert (ROOT / "docs" / "values.md").read_text() == table()


def test_the_table_in_the_charts_readme_is_current() -> None:
    assert README.read_text() == readme()


def test_what_the_chart_tells_catalogues_of_the_kinds_is_current() -> None:
    assert CHART_YAML.read_text() == chart_yaml()


def test_every_kind_is_shown_by_an_example_that_is_of_it_and_valid() -> None:
    annotations = read_yaml(CHART_YAML.read_text())["annotations"]
    assert all(isinstance(value, str) for value in annotations.values()), "Helm takes no other annotations"
    shown = {one["kind"]: one for one in read_yaml(annotations["artifacthub.io/crdsExamples"])}
    told = {one["kind"]: one for one in read_yaml(annotations["artifacthub.io/crds"])}
    assert set(shown) == set(told) == {kind.kind for kind in KINDS}
    for kind in KINDS:
        assert shown[kind.kind] == example(kind)
        kind.spec.model_validate(shown[kind.kind]["spec"])
        assert told[kind.kind]["name"] == kind.crd_name


def test_the_icon_is_a_small_svg_that_needs_nothing_else() -> None:
    text = ICON.read_text()
    assert ET.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314  # it is our own
    assert "href" not in text
    assert len(text) < 2_000


def test_the_schema_says_what_values_yaml_says() -> None:
    assert SCHEMA.read_text() == schema()


def test_the_dashboard_is_current() -> None:
    assert (CHART / "files" / "dashboard.json").read_text() == dashboard()


def test_the_plain_manifests_are_current() -> None:
    assert {path.name: path.read_text() for path in (ROOT / "deploy").glob("*.yaml")} == manifest_files()


def test_every_value_is_documented() -> None:
    documents = {value.path for value in documented()}
    undocumented = {path for path in leaves(read_yaml(VALUES.read_text())) if not covered(path, documents)}
    assert undocumented == set()


def test_the_schema_knows_exactly_the_values_that_exist() -> None:
    of_a_parent_chart = {"global", "enabled"}
    known = {path for path in schema_leaves(json.loads(SCHEMA.read_text())) if path[0] not in of_a_parent_chart}
    documents = {value.path for value in documented()}
    assert {path for path in known if not covered(path, documents)} == set()
    assert documents <= known | {path[: len(one)] for path in known for one in documents if path[: len(one)] == one}


def test_version_of_chart_and_operator_are_one() -> None:
    from atlas_streams_peering import __version__  # noqa: PLC0415

    chart = read_yaml((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)


def covered(path: tuple[str, ...], documents: set[tuple[str, ...]]) -> bool:
    return any(path[:length] in documents for length in range(1, len(path) + 1))


def leaves(values: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(values, dict) and values:
        for key, value in values.items():
            yield from leaves(value, (*path, key))
    else:
        yield path


def schema_leaves(node: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if "properties" in node:
        for key, value in node["properties"].items():
            yield from schema_leaves(value, (*path, key))
    else:
        yield path
