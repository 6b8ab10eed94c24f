"""Every manifest that is shown can be applied: in examples/ and in the documents."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from docs.documents import DOCUMENTS, ROOT, code_blocks, manifests_in, read

EXAMPLES = sorted(path for path in (ROOT / "examples").rglob("*.yaml") if path.name != "kustomization.yaml")
FOLDERS = sorted({path.parent for path in EXAMPLES})
SHOWN = [
    pytest.param(manifest, id=f"{path.relative_to(ROOT)}-{number}")
    for path, manifests in (
        *((path, list(yaml.safe_load_all(path.read_text()))) for path in EXAMPLES),
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


def schema_of(manifest: dict[str, Any]) -> Any:
    for path in (ROOT / "crds").glob("*.yaml"):
        spec = yaml.safe_load(path.read_text())["spec"]
        for version in spec["versions"]:
            if (manifest["apiVersion"], manifest["kind"]) == (
                f"{spec['group']}/{version['name']}",
                spec["names"]["kind"],
            ):
                return strict(version["schema"]["openAPIV3Schema"])
    raise AssertionError(f"no CRD for {manifest['apiVersion']} {manifest['kind']}")


@pytest.mark.parametrize("manifest", SHOWN)
def test_each_manifest_shown_fits_the_schema(manifest: dict[str, Any]) -> None:
    jsonschema.validate(manifest, schema_of(manifest))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_kustomization_lists_every_example(folder: Path) -> None:
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    assert sorted(listed) == [path.name for path in EXAMPLES if path.parent == folder]


def test_each_example_is_explained() -> None:
    explained = read("examples/README.md")
    names = [str(path.relative_to(ROOT / "examples")) for path in EXAMPLES]
    assert [name for name in names if f"({name})" not in explained] == []


def test_the_output_shown_in_the_readme_has_the_columns_of_today() -> None:
    crd = yaml.safe_load(read("crds/streamsvpcpeerings.atlasstreams.io.yaml"))
    columns = [column["name"].upper() for column in crd["spec"]["versions"][0]["additionalPrinterColumns"]]
    outputs = [block for block in code_blocks(read("README.md"), "console") if "get svp -o wide" in block]
    assert outputs
    for output in outputs:
        assert " ".join(output.splitlines()[1].split()) == " ".join(["NAME", *columns])
