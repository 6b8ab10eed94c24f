"""From pydantic models to CustomResourceDefinitions."""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

import yaml
from pydantic.json_schema import GenerateJsonSchema

from .base import ApiModel
from .group import API_VERSION, CATEGORY, GROUP, VERSION

UNTOUCHED = {"observedGeneration": -1}
"""Status of an object that no operator has seen: kstatus reads it as "in progress", not as current.

The convention of Flux' own resources.
"""


@dataclass(frozen=True)
class PrinterColumn:
    """A column of `kubectl get`; `wide` ones only show with `-o wide`."""

    name: str
    json_path: str
    description: str
    type: Literal["string", "integer", "date"] = "string"
    wide: bool = False

    def manifest(self) -> dict[str, Any]:
        """Return the entry of additionalPrinterColumns."""
        entry: dict[str, Any] = {
            "name": self.name,
            "type": self.type,
            "jsonPath": self.json_path,
            "description": self.description,
        }
        return entry | ({"priority": 1} if self.wide else {})


@dataclass(frozen=True)
class CustomResource:
    """A kind: its names, models, rules and columns."""

    kind: str
    plural: str
    singular: str
    short_names: tuple[str, ...]
    description: str
    spec: type[ApiModel]
    status: type[ApiModel]
    columns: tuple[PrinterColumn, ...]
    spec_rules: tuple[dict[str, str], ...] = ()
    root_rules: tuple[dict[str, str], ...] = ()
    service: str = "Atlas"
    """Where its objects hold something, in words."""
    held_in: str = "connectionName"
    """The field of the status that names what an object holds there."""

    @property
    def holds(self) -> bool:
        """Its objects may hold something outside Kubernetes: deleting one then takes the operator, and a finalizer."""
        return "deletion_policy" in self.spec.model_fields

    @property
    def crd_name(self) -> str:
        """Name of the CustomResourceDefinition, and of the file that holds it."""
        return f"{self.plural}.{GROUP}"

    def path(self, namespace: str | None = None) -> str:
        """Path of the collection: of one namespace, or of the whole cluster."""
        scope = f"/namespaces/{namespace}" if namespace else ""
        return f"/apis/{API_VERSION}{scope}/{self.plural}"

    def manifest(self) -> dict[str, Any]:
        """Return the CustomResourceDefinition."""
        spec = structural_schema(self.spec)
        if self.spec_rules:
            spec["x-kubernetes-validations"] = list(self.spec_rules)
        schema: dict[str, Any] = {
            "type": "object",
            "description": self.description,
            "required": ["spec"],
            "properties": {
                "apiVersion": {"type": "string", "description": "Version of this object's schema."},
                "kind": {"type": "string", "description": f"{self.kind}."},
                "metadata": {"type": "object"},
                "spec": spec,
                "status": {**structural_schema(self.status), "default": UNTOUCHED},
            },
        }
        if self.root_rules:
            schema["x-kubernetes-validations"] = list(self.root_rules)
        return {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": self.crd_name},
            "spec": {
                "group": GROUP,
                "scope": "Namespaced",
                "names": {
                    "kind": self.kind,
                    "listKind": f"{self.kind}List",
                    "plural": self.plural,
                    "singular": self.singular,
                    "shortNames": list(self.short_names),
                    "categories": [CATEGORY],
                },
                "versions": [
                    {
                        "name": VERSION,
                        "served": True,
                        "storage": True,
                        "subresources": {"status": {}},
                        "additionalPrinterColumns": [column.manifest() for column in self.columns],
                        "schema": {"openAPIV3Schema": schema},
                    }
                ],
            },
        }


def structural_schema(model: type[ApiModel]) -> dict[str, Any]:
    """Return the model's schema as Kubernetes wants it: structural, without $ref, anyOf-null, titles or defaults.

    A field's description ends with its default; the API server fills in nothing. With a default in the
    schema Argo CD does not see that a field was removed from git.

    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
    """
    document = model.model_json_schema(by_alias=True, schema_generator=GenerateJsonSchema)
    structural = _structural(document, document.get("$defs", {}))
    if not isinstance(structural, dict):
        raise TypeError(f"{model.__name__} has no schema of an object")
    return structural


def _structural(schema: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_structural(entry, definitions) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    merged = _with_default_in_words(_resolved(schema, definitions))
    kept = {key: value for key, value in merged.items() if key not in _NOT_STRUCTURAL}
    if isinstance(merged.get("additionalProperties"), dict):
        kept["additionalProperties"] = merged["additionalProperties"]  # a map: its values have a schema
    return {key: _structural_value(key, value, definitions) for key, value in kept.items()}


def _with_default_in_words(schema: dict[str, Any]) -> dict[str, Any]:
    default = schema.get("default")
    if default in (None, [], {}):
        return schema
    said = default if isinstance(default, str) else json.dumps(default)
    return {**schema, "description": f"{schema.get('description', '')} Defaults to {said}."}


def _resolved(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Replace "this or null" and references by what they stand for; what is said beside them stays."""
    merged = dict(schema)
    if "anyOf" in merged:
        (option,) = [option for option in merged.pop("anyOf") if option != {"type": "null"}]
        merged = {**option, **merged}
    while "$ref" in merged:
        target = definitions[merged.pop("$ref").rsplit("/", 1)[-1]]
        merged = {**target, **merged}
    return merged


_NOT_STRUCTURAL = frozenset({"title", "$defs", "additionalProperties", "default"})
_VERBATIM = frozenset({"x-kubernetes-validations", "enum", "required"})


def _structural_value(key: str, value: Any, definitions: dict[str, Any]) -> Any:
    if key == "properties":
        return {name: _structural(entry, definitions) for name, entry in value.items()}
    if key == "description":
        return re.sub(r"\s+", " ", value).strip()
    return value if key in _VERBATIM else _structural(value, definitions)


class _Dumper(yaml.SafeDumper):
    """Writes the same mapping twice rather than an anchor."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # the base class' signature
        return True


def as_yaml(manifest: dict[str, Any]) -> str:
    """Return a manifest as it stands in `crds/`."""
    text: str = yaml.dump(manifest, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True)
    return text
