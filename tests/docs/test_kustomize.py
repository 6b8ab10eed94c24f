"""The configuration for Kustomize knows each reference of each kind."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from docs.documents import ROOT, code_blocks, read
from fast_yaml import read_yaml

MADE_BY_THE_OPERATOR: Final = "configMapRef"
"""No kustomization contains the ConfigMap, so that Kustomize renames no reference to it."""


def references_in(schema: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield the path of each name that refers to another object, as Kustomize writes it."""
    for name, field in schema.get("properties", {}).items():
        if name.endswith("Ref"):
            yield f"{path}/{name}/name"
        else:
            yield from references_in(field.get("items", field), f"{path}/{name}")


def test_each_reference_of_a_spec_is_in_the_configuration_and_no_other_is() -> None:
    wanted = set()
    for path in (ROOT / "crds").glob("*.yaml"):
        spec = read_yaml(path.read_text())["spec"]
        (version,) = spec["versions"]
        schema = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
        wanted |= {(spec["names"]["kind"], found) for found in references_in(schema, "spec")}
    blocks = [read_yaml(block) for block in code_blocks(read("docs/kustomize.md"), "yaml")]
    (entries,) = [block["nameReference"] for block in blocks if "nameReference" in block]
    fields = [field for entry in entries for field in entry["fieldSpecs"]]
    assert {field["group"] for field in fields} == {"atlasstreams.io"}
    shown = {(field["kind"], field["path"]) for field in fields}
    assert shown == {(kind, path) for kind, path in wanted if MADE_BY_THE_OPERATOR not in path}
