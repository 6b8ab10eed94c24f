"""The generated schemas are structural, and explain themselves: to `kubectl explain` and to who gets refused."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

import jsonschema
import pytest
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from atlas_streams_peering.api.base import ApiModel
from atlas_streams_peering.api.crd import structural_schema
from atlas_streams_peering.kinds.resources import KINDS
from json_schemas import validator

STRUCTURAL_WORDS = {
    "type",
    "format",
    "description",
    "default",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "maxProperties",
    "required",
    "properties",
    "additionalProperties",
    "items",
    "x-kubernetes-validations",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
}


class Node(NamedTuple):
    """A schema within a schema."""

    path: str
    schema: dict[str, Any]

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2].removesuffix("[]").removesuffix("{}")

    @property
    def names(self) -> set[str]:
        """Names by which a refusal may call it: an entry of `vpcIds` is a vpcId."""
        return {self.name, self.name.removesuffix("s")} if self.path.endswith("[]") else {self.name}


def nodes(path: str, schema: dict[str, Any]) -> Iterator[Node]:
    yield Node(path, schema)
    for name, child in schema.get("properties", {}).items():
        yield from nodes(f"{path}.{name}", child)
    for word, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(schema.get(word), dict):
            yield from nodes(f"{path}{mark}", schema[word])


def schema_of(kind: Any) -> dict[str, Any]:
    (version,) = kind.manifest()["spec"]["versions"]
    schema: dict[str, Any] = version["schema"]["openAPIV3Schema"]
    return schema


NODES = [node for kind in KINDS for node in nodes(kind.kind, schema_of(kind))]
EVERYWHERE = pytest.mark.parametrize("node", NODES, ids=[node.path for node in NODES])
SPEC_NODES = [node for node in NODES if node.path.split(".")[1:2] == ["spec"]]
RULES = [(node, rule) for node in NODES for rule in node.schema.get("x-kubernetes-validations", ())]


@EVERYWHERE
class TestEveryNode:
    def test_it_has_only_words_of_a_structural_schema(self, node: Node) -> None:
        assert set(node.schema) <= STRUCTURAL_WORDS

    def test_it_has_a_type(self, node: Node) -> None:
        assert node.schema["type"] in {"object", "array", "string", "integer", "number", "boolean"}

    def test_it_has_a_description_in_one_line(self, node: Node) -> None:
        description = node.schema.get("description", "")
        # What metadata means is Kubernetes' to say.
        assert node.name == "metadata" or description.splitlines() == [description.strip()]

    def test_what_it_requires_it_has(self, node: Node) -> None:
        assert set(node.schema.get("required", ())) <= set(node.schema.get("properties", ()))

    def test_a_list_by_keys_requires_its_keys(self, node: Node) -> None:
        assert set(node.schema.get("x-kubernetes-list-map-keys", ())) <= set(
            node.schema.get("items", {}).get("required", ())
        )

    def test_a_pattern_is_explained_in_words(self, node: Node) -> None:
        if "pattern" in node.schema:
            (first, *_) = node.schema["x-kubernetes-validations"]
            assert first["rule"] == f"self.matches('{node.schema['pattern']}')"

    def test_a_string_with_rules_is_bounded(self, node: Node) -> None:
        if node.schema["type"] == "string" and "x-kubernetes-validations" in node.schema:
            longest_name = 253
            assert node.schema["maxLength"] <= longest_name


@pytest.mark.parametrize(
    "node",
    [node for node in SPEC_NODES if "cidr" in node.name.lower() and node.schema["type"] == "string"],
    ids=lambda node: node.path,
)
def test_a_cidr_has_to_be_a_network_address(node: Node) -> None:
    """The API server evaluates the rule: tests/cluster/test_manifests.py."""
    (_, rule, *_) = node.schema["x-kubernetes-validations"]
    assert rule["rule"] == "!isCIDR(self) || cidr(self) == cidr(self).masked()"
    assert rule["message"].endswith(" must be a network address: 10.0.0.0/16, not 10.0.0.1/16")


@pytest.mark.parametrize(("node", "rule"), RULES, ids=[f"{node.path}: {rule['message']}" for node, rule in RULES])
def test_a_refusal_names_the_field_in_one_line(node: Node, rule: dict[str, str]) -> None:
    field = rule.get("fieldPath", "").rpartition(".")[2]
    assert any(name in rule["message"] for name in ({field} if field else node.names))
    assert rule["message"].splitlines() == [rule["message"]]


@pytest.mark.parametrize(
    "field",
    [
        "projectId",
        "requester.accountId",
        "requester.vpcId",
        "requester.confluentPeeringRef",
        "cloudProvider",
        "region",
        "environmentId",
        "networkId",
        "accountDetailsRef",
        "atlas.accountId",
        "atlas.vpcId",
    ],
)
def test_what_cannot_be_changed_is_said_so(field: str) -> None:
    messages = [rule["message"] for _, rule in RULES]
    assert any(message.startswith(f"spec.{field} cannot be changed: ") for message in messages)


def test_an_object_as_documented_passes() -> None:
    PEERING.validate(peering())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("projectId", "671A86F4CFC9DA7D7C31B14F"),
        ("projectId", "671a86f4cfc9da7d7c31b14"),
        ("requester.accountId", "41760110265"),
        ("requester.accountId", "4176011026590"),
        ("requester.vpcId", "0d13eb6a2f0377854"),
        ("requester.vpcId", "vpc-0d13eb6a2f037785"),
        ("requester.cidr", "10.0.0.0"),
        ("requester.cidr", "10.0.0.256/16"),
        ("requester.cidr", "10.0.0.0/33"),
        ("connectionName", "6759e61aa6cf0a5476e233d1"),
        ("connectionName", "pcx-09277e1e81d0751c"),
        ("desiredState", "accepted"),
        ("deletionPolicy", "Orphan"),
        ("suspend", "yes"),
        ("credentialsSecretRef", {"name": ""}),
        ("credentialsSecretRef", {}),
    ],
)
def test_a_malformed_value_does_not_pass(path: str, value: Any) -> None:
    changed = peering()
    place = changed["spec"]
    *parents, last = path.split(".")
    for parent in parents:
        place = place[parent]
    place[last] = value
    with pytest.raises(jsonschema.ValidationError):
        PEERING.validate(changed)


@pytest.mark.parametrize("name", ["pcx-09277e1e", "pcx-09277e1e81d0751c1"])
def test_old_and_new_names_of_connections_pass(name: str) -> None:
    changed = peering()
    changed["spec"]["connectionName"] = name
    PEERING.validate(changed)


@pytest.mark.parametrize("node", SPEC_NODES, ids=[node.path for node in SPEC_NODES])
def test_the_api_server_fills_in_nothing_under_spec(node: Node) -> None:
    """Argo CD does not see that a field was removed from git when the API server puts its default there."""
    assert "default" not in node.schema


class Optional(NamedTuple):
    """A field that has a default in its model."""

    path: str
    default: Any


def optionals(path: str, model: type[ApiModel]) -> Iterator[Optional]:
    for field in model.model_fields.values():
        here = f"{path}.{field.alias}"
        if not field.is_required() and field.get_default() not in (None, (), []):
            yield Optional(here, to_jsonable_python(field.get_default()))
        for inner in models_in(field):
            yield from optionals(here, inner)


def models_in(field: FieldInfo) -> Iterator[type[ApiModel]]:
    candidates = [field.annotation]
    while candidates:
        candidate = candidates.pop()
        if isinstance(candidate, type) and issubclass(candidate, ApiModel):
            yield candidate
        candidates += get_args(candidate)


DESCRIPTIONS = {node.path.replace("[]", ""): node.schema.get("description", "") for node in NODES}
OPTIONALS = [each for kind in KINDS for each in optionals(f"{kind.kind}.spec", kind.spec)]


@pytest.mark.parametrize("optional", OPTIONALS, ids=[optional.path for optional in OPTIONALS])
def test_a_description_names_the_default_of_its_field(optional: Optional) -> None:
    default = optional.default if isinstance(optional.default, str) else json.dumps(optional.default)
    assert DESCRIPTIONS[optional.path].endswith(f" Defaults to {default}.")


@pytest.mark.parametrize(
    ("field", "default"), [("desiredState", "Accepted"), ("deletionPolicy", "Delete"), ("suspend", "false")]
)
def test_defaults(field: str, default: str) -> None:
    assert DESCRIPTIONS[f"StreamsVpcPeering.spec.{field}"].endswith(f" Defaults to {default}.")


class Inner(ApiModel):
    """A part."""

    weight: int = 3
    """How heavy it is."""


class Outer(ApiModel):
    """A whole."""

    inner: Inner = Inner()
    """Its part."""
    parts: tuple[Inner, ...] = ()
    """More of them."""
    name: str | None = None
    """What it is called."""


def test_the_schema_of_a_model_says_its_defaults_in_words_only() -> None:
    properties = structural_schema(Outer)["properties"]
    assert not any("default" in node.schema for node in nodes("Outer", structural_schema(Outer)))
    assert properties["inner"]["properties"]["weight"]["description"] == "How heavy it is. Defaults to 3."
    assert properties["inner"]["description"] == 'Its part. Defaults to {"weight": 3}.'
    assert properties["parts"]["description"] == "More of them."
    assert properties["name"]["description"] == "What it is called."


PEERING = validator(next(schema_of(kind) for kind in KINDS if kind.kind == "StreamsVpcPeering"))


def peering() -> dict[str, Any]:
    return {
        "apiVersion": "atlasstreams.io/v1alpha1",
        "kind": "StreamsVpcPeering",
        "metadata": {"name": "kafka"},
        "spec": {
            "projectId": "671a86f4cfc9da7d7c31b14f",
            "credentialsSecretRef": {"name": "atlas-api"},
            "requester": {"accountId": "417601102659", "vpcId": "vpc-0d13eb6a2f0377854", "cidr": "10.0.0.0/16"},
            "connectionName": "pcx-09277e1e81d0751c1",
            "desiredState": "Accepted",
            "deletionPolicy": "Delete",
            "suspend": False,
        },
    }
