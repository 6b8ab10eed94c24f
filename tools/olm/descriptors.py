"""What OLM's consoles show of a kind: its fields, as the CustomResourceDefinition describes them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from atlas_streams_peering.api.crd import CustomResource
from atlas_streams_peering.api.group import VERSION
from chart.metadata import display_name

_UI: Final = "urn:alm:descriptor:com.tectonic.ui"
_KUBERNETES: Final = "urn:alm:descriptor:io.kubernetes"
_OBJECTS: Final = {"credentialsSecretRef": "Secret", "configMapRef": "ConfigMap"}
"""References to objects of Kubernetes: field → kind."""


def owned(kind: CustomResource) -> dict[str, Any]:
    """Return the entry of ``spec.customresourcedefinitions.owned``."""
    (version,) = kind.manifest()["spec"]["versions"]
    properties = version["schema"]["openAPIV3Schema"]["properties"]
    return {
        "name": kind.crd_name,
        "version": VERSION,
        "kind": kind.kind,
        "displayName": display_name(kind.kind),
        "description": kind.description,
        "specDescriptors": list(_spec(properties["spec"]["properties"])),
        "statusDescriptors": list(_status(properties["status"]["properties"])),
    }


def _spec(properties: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, field in properties.items():
        if object_kind := _OBJECTS.get(name):
            yield _descriptor(f"{name}.name", field, f"{_KUBERNETES}:{object_kind}", title=name.removesuffix("Ref"))
        elif field.get("type") == "boolean":
            yield _descriptor(name, field, f"{_UI}:booleanSwitch")
        elif "enum" in field:
            yield _descriptor(name, field, *(f"{_UI}:select:{value}" for value in field["enum"]))
        else:
            yield _descriptor(name, field, *([f"{_UI}:text"] if field.get("type") == "string" else []))


def _status(properties: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, field in properties.items():
        if name == "conditions":
            yield _descriptor(name, field, f"{_KUBERNETES}.conditions")
        elif field.get("type") == "string":
            yield _descriptor(name, field, f"{_UI}:text")


def _descriptor(path: str, field: Mapping[str, Any], *hints: str, title: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"path": path, "displayName": _title(title or path)}
    if "description" in field:
        found["description"] = field["description"]
    return found | ({"x-descriptors": list(hints)} if hints else {})


def _title(name: str) -> str:
    """Return a field's name in words: ``projectId`` is "Project ID"."""
    words = "".join(f" {letter}" if letter.isupper() else letter for letter in name).split()
    known = {"id": "ID", "vpc": "VPC", "cidr": "CIDR", "aws": "AWS", "gcp": "GCP"}
    return " ".join(known.get(word.lower(), word.lower() if at else word.capitalize()) for at, word in enumerate(words))
