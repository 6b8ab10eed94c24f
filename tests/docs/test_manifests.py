"""Every manifest that is shown can be applied: in examples/ and in the documents."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema.protocols import Validator

from atlas_streams_peering.plugin import outbound, peerings
from docs.documents import DOCUMENTS, ROOT, code_blocks, manifests_in, read
from fast_yaml import read_yaml, read_yaml_all
from json_schemas import validator

KUSTOMIZATIONS = sorted((ROOT / "examples").rglob("kustomization.yaml"))
EXAMPLES = sorted(path for path in (ROOT / "examples").rglob("*.yaml") if path not in KUSTOMIZATIONS)
SHOWN = [
    pytest.param(manifest, id=f"{path.relative_to(ROOT)}-{number}")
    for path, manifests in (
        *((path, read_yaml_all(path.read_text())) for path in EXAMPLES),
        *((path, manifests_in(path.read_text())) for path in DOCUMENTS),
    )
    for number, manifest in enumerate(manifests)
    if manifest["apiVersion"].startswith("atlasstreams.io/")
]


def strict(schema: Any) -> Any:
    """Refuse fields that a schema does not know: the API server drops them, and the user wonders."""
    if isinstance(schema, list):
        return [strict(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: strict(value) for key, value in schema.items()}
    if isinstance(result.get("properties"), dict):
        result["additionalProperties"] = False
    return result


@cache
def schema_of(api_version: str, kind: str) -> Validator:
    for path in (ROOT / "crds").glob("*.yaml"):
        spec = read_yaml(path.read_text())["spec"]
        for version in spec["versions"]:
            if (api_version, kind) == (f"{spec['group']}/{version['name']}", spec["names"]["kind"]):
                return validator(strict(version["schema"]["openAPIV3Schema"]))
    raise AssertionError(f"no CRD for {api_version} {kind}")


@pytest.mark.parametrize("manifest", SHOWN)
def test_each_manifest_shown_fits_the_schema(manifest: dict[str, Any]) -> None:
    schema_of(manifest["apiVersion"], manifest["kind"]).validate(manifest)


@pytest.mark.parametrize("kustomization", KUSTOMIZATIONS, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_a_kustomization_lists_every_example_beside_it(kustomization: Path) -> None:
    listed = read_yaml(kustomization.read_text())["resources"]
    assert sorted(listed) == [path.name for path in EXAMPLES if path.parent == kustomization.parent]


def test_each_example_has_a_kustomization_and_is_explained() -> None:
    explained = read("examples/README.md")
    assert {path.parent for path in EXAMPLES} == {path.parent for path in KUSTOMIZATIONS}
    assert [path for path in EXAMPLES if f"({path.relative_to(ROOT / 'examples')})" not in explained] == []


HEADERS = [
    pytest.param(line.split("  "), id=f"{path.name}-{number}")
    for path in DOCUMENTS
    for number, line in enumerate(
        re.findall(r"^(?:NAME|ID) +.*AGE.*$", "\n".join(code_blocks(path.read_text(), "console")), re.MULTILINE)
    )
]


def columns_of(crd: Path, *, wide: bool) -> list[str]:
    (version,) = read_yaml(crd.read_text())["spec"]["versions"]
    columns = version["additionalPrinterColumns"]
    return ["NAME", *(column["name"].upper() for column in columns if wide or not column.get("priority"))]


def columns_of_plugin() -> Iterator[list[str]]:
    now = datetime.now(UTC)
    for columns in (
        peerings.columns(several_projects=False, now=now),
        outbound.columns(several_projects=False, now=now),
    ):
        for wide in (False, True):
            yield [column.title for column in columns if wide or not column.wide]


@pytest.mark.parametrize("header", HEADERS)
def test_each_output_shown_has_the_columns_of_today(header: list[str]) -> None:
    shown = [title.strip() for title in header if title.strip()]
    known = [columns_of(crd, wide=wide) for crd in (ROOT / "crds").glob("*.yaml") for wide in (False, True)]
    assert shown in [*known, *columns_of_plugin()]


@pytest.mark.parametrize("document", ["README.md", "docs/confluent.md"])
def test_the_whole_procedure_is_shown_as_the_demo_applies_it(document: str) -> None:
    folder = ROOT / "examples" / "confluent"
    applied = [manifest for path in folder.glob("*.yaml") for manifest in read_yaml_all(path.read_text())]
    shown = manifests_in(read(document))
    assert {manifest["kind"] for manifest in shown} == {
        "StreamsAccountDetails",
        "ConfluentPeering",
        "StreamsVpcPeering",
    }
    assert [manifest for manifest in shown if manifest not in applied] == []
    assert "get sacct,cfp,svp" in "".join(code_blocks(read(document), "console"))


def test_the_quick_start_shows_examples_that_are_tested() -> None:
    examples = [manifest for path in EXAMPLES for manifest in read_yaml_all(path.read_text())]
    shown = manifests_in(read("docs/quickstart.md"))
    assert [manifest["kind"] for manifest in shown] == ["StreamsAccountDetails", "StreamsVpcPeering"]
    assert [manifest for manifest in shown if manifest not in examples] == []
