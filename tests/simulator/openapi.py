"""Parses an OpenAPI 3.0 document into operations with strict JSON schemas, which refuse undeclared fields."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from jsonschema import Draft202012Validator, FormatChecker

Direction = Literal["request", "response"]
Schema = dict[str, Any]

_FOLDER = Path(__file__).parent
_METHODS = frozenset({"get", "put", "post", "patch", "delete"})
_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(text: object) -> bool:
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


@_FORMATS.checks("int32")
def _is_int32(number: object) -> bool:
    return not isinstance(number, int) or -(2**31) <= number < 2**31


@dataclass(frozen=True)
class Operation:
    """One operation of the document, with every reference resolved."""

    method: str
    template: str
    path: re.Pattern[str]
    parameters: list[dict[str, Any]]
    request_body: dict[str, Any] | None
    responses: dict[str, dict[str, Any]]

    @property
    def success_media_types(self) -> list[str]:
        return [
            media_type
            for status, response in self.responses.items()
            if status.startswith("2")
            for media_type in response.get("content", {})
        ]


class Description:
    """The operations and components of one or more OpenAPI documents."""

    def __init__(self, documents: list[dict[str, Any]]) -> None:
        self._components: dict[str, dict[str, Any]] = {}
        self._validators: dict[tuple[int, Direction], tuple[Schema, Draft202012Validator]] = {}
        for document in documents:
            for kind, named in document["components"].items():
                self._components.setdefault(kind, {}).update(named)
        self.operations = [
            self._operation(method, template, definition)
            for document in documents
            for template, item in document["paths"].items()
            for method, definition in item.items()
            if method in _METHODS
        ]

    def named_schema(self, name: str) -> Schema:
        return {"$ref": f"#/components/schemas/{name}"}

    def find(self, method: str, path: str) -> tuple[Operation | None, Mapping[str, str]]:
        for operation in self.operations:
            match = operation.path.fullmatch(path)
            if match and operation.method == method:
                return operation, match.groupdict()
        return None, {}

    def errors(self, instance: object, schema: Schema, direction: Direction) -> list[str]:
        known = self._validators.get((id(schema), direction))
        if known is None:
            validator = Draft202012Validator(self.closed(schema, direction), format_checker=_FORMATS)
            known = self._validators[id(schema), direction] = schema, validator
        return [f"{error.json_path}: {error.message}" for error in known[1].iter_errors(instance)]

    def closed(self, schema: Schema, direction: Direction) -> Schema:
        """Return a JSON schema that refuses undeclared fields and, in requests, read-only fields."""
        schema = self.resolved(schema)
        if "discriminator" in schema:
            return self._by_discriminator(schema, direction)
        schema = self._merged(schema)
        result = {key: schema[key] for key in _PLAIN if key in schema}
        if "items" in schema:
            result["items"] = self.closed(schema["items"], direction)
        if schema.get("type") == "object" or "properties" in schema:
            properties = {
                name: self.closed(value, direction)
                for name, value in schema.get("properties", {}).items()
                if direction == "response" or not self.resolved(value).get("readOnly")
            }
            result |= {"properties": properties, "additionalProperties": False}
            result["required"] = [name for name in schema.get("required", []) if name in properties]
        if schema.get("nullable"):
            return {"anyOf": [{"type": "null"}, result]}
        return result

    def resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            _, _, kind, name = node["$ref"].split("/")
            node = self._components[kind][name]
        return node

    def _by_discriminator(self, schema: Schema, direction: Direction) -> Schema:
        """Choose the variant by the discriminator; without it, any variant may match, as in documented answers."""
        name = schema["discriminator"]["propertyName"]
        variants = {
            value: self.closed({"$ref": reference}, direction)
            for value, reference in schema["discriminator"]["mapping"].items()
        }
        given = {"type": "object", "required": [name], "properties": {name: {"enum": list(variants)}}}
        chosen: list[Schema] = [
            {"if": {**given, "properties": {name: {"const": value}}}, "then": variant}
            for value, variant in variants.items()
        ]
        return {"allOf": [*chosen, {"if": {"not": given}, "then": {"anyOf": list(variants.values())}}]}

    def _merged(self, schema: Schema) -> Schema:
        """Flatten ``allOf``; a part with a discriminator is the parent, whose variants do not apply again."""
        merged: Schema = {key: value for key, value in schema.items() if key != "allOf"}
        for part in schema.get("allOf", []):
            flat = self._merged(self.resolved(part))
            merged = {key: flat[key] for key in (*_PLAIN, "items", "nullable", "readOnly") if key in flat} | merged
            properties = dict(flat.get("properties", {}))
            for name, value in merged.get("properties", {}).items():
                properties[name] = {"allOf": [properties[name], value]} if properties.get(name) else value
            merged["properties"] = properties
            merged["required"] = [*flat.get("required", []), *merged.get("required", [])]
        return merged

    def _operation(self, method: str, template: str, definition: dict[str, Any]) -> Operation:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/:]+)", re.escape(template))
        body = definition.get("requestBody")
        return Operation(
            method=method.upper(),
            template=template,
            path=re.compile(pattern),
            parameters=[self.resolved(each) for each in definition.get("parameters", [])],
            request_body=None if body is None else self.resolved(body),
            responses={status: self.resolved(each) for status, each in definition["responses"].items()},
        )


_PLAIN = ("type", "enum", "pattern", "format", "minimum", "maximum")


@cache
def atlas() -> Description:
    """Return the Admin API's endpoints that this project uses, with the OAuth endpoints beside them."""
    api = _read("atlas-openapi.yaml")
    # Atlas sends strings and numbers here, as published logs of real answers show (such as "Params:
    # [api/atlas/v2/orgs 19 300 100 60]"); the document says objects.
    api["components"]["schemas"]["ApiError"]["properties"]["parameters"]["items"] = {}
    return Description([api, _read("oauth-openapi.yaml")])


@cache
def confluent() -> Description:
    """Return the endpoints of Confluent Cloud's networking API that this project uses."""
    return Description([_read("confluent-networking-openapi.yaml")])


def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))
    return document
