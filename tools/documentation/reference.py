"""From the kinds' models to docs/reference/: fields, values, rules, columns, conditions and reasons."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from atlas_streams_peering.api.conditions import ConditionType
from atlas_streams_peering.api.crd import CustomResource
from atlas_streams_peering.api.group import API_VERSION, CATEGORY, FINALIZER
from atlas_streams_peering.controller.decision import Progress
from atlas_streams_peering.kinds.resources import KINDS
from documentation.pages import REFERENCE, anchor
from documentation.reasons import progress_of, reasons_of, reports_requested

GUIDES: Final[Mapping[str, str]] = {
    "StreamsVpcPeering": "../concepts.md",
    "StreamsAccountDetails": "../account-details.md",
    "ConfluentPeering": "../confluent.md",
    "StreamsOutboundVpcPeering": "../outbound.md",
    "StreamsVpcPeeringPolicy": "../policies.md",
}
"""Kind → the page that explains how to use it."""

_UNCHANGEABLE: Final = "Cannot be changed."
_UNCHANGEABLE_RULE: Final = "cannot be changed"
_DEFAULT: Final = re.compile(r" ?Defaults to (\S+)\.$")
_IN_EVERY_STATUS: Final = ("observedGeneration", "lastHandledReconcileAt", "conditions")
_CONDITIONS: Final = {
    Progress.REACHED: ("True", ""),
    Progress.RECONCILING: ("False", "Reconciling"),
    Progress.STALLED: ("False", "Stalled"),
    Progress.PAUSED: ("False", ""),
}
"""Progress → the status of Ready, and the condition that is present with it."""


def reference_files() -> dict[str, str]:
    """Return file name → content of every page of the reference."""
    return {f"{resource.singular}.md": page(resource) for resource in KINDS}


def write() -> None:
    """Write the pages, and remove those of kinds that are gone."""
    files = reference_files()
    REFERENCE.mkdir(exist_ok=True)
    for path in REFERENCE.glob("*.md"):
        if path.name not in files:
            path.unlink()
    for name, content in files.items():
        (REFERENCE / name).write_text(content)


def page(resource: CustomResource) -> str:
    """Return the page of one kind."""
    (version,) = resource.manifest()["spec"]["versions"]
    schema = version["schema"]["openAPIV3Schema"]
    spec, status = schema["properties"]["spec"], schema["properties"]["status"]
    return "\n".join(
        (
            f"# {resource.kind}",
            "",
            "Generated from the models in `operator/atlas_streams_peering/kinds` by `make crds`. Do not edit.",
            "",
            _sentence(resource.description),
            f"[How to use it]({GUIDES[resource.kind]}).",
            "",
            *_names(resource),
            "",
            "## spec",
            "",
            spec["description"],
            "",
            *_spec_table(schema),
            "",
            "A field of an object is required only where the object is there. No field has a default in the",
            "CustomResourceDefinition: [the operator applies it](../concepts.md#defaults).",
            "",
            "## Validation",
            "",
            "The API server refuses a value of another type, and an object that breaks one of these rules, with this",
            "message:",
            "",
            *_rules_table(schema),
            "",
            "## status",
            "",
            status["description"],
            "",
            *_status_table(status),
            "",
            "## Columns",
            "",
            f"`kubectl get {resource.short_names[0]}` shows these columns:",
            "",
            *_columns_table(resource),
            "",
            "## Conditions and reasons",
            "",
            *_conditions(resource),
            "",
        )
    )


@dataclass(frozen=True)
class _Field:
    path: str
    schema: Mapping[str, Any]
    required: bool


def _fields(schema: Mapping[str, Any], path: str) -> Iterator[_Field]:
    """Yield every field below a schema. An entry of a list is `path[]`."""
    for name, entry in schema.get("properties", {}).items():
        below = f"{path}.{name}"
        yield _Field(below, entry, name in schema.get("required", ()))
        yield from _fields(entry, below)
        if "items" in entry:
            yield from _fields(entry["items"], f"{below}[]")


def _names(resource: CustomResource) -> list[str]:
    rows = [
        ("API version", f"`{API_VERSION}`"),
        ("plural, singular", f"`{resource.plural}`, `{resource.singular}`"),
        ("short name", ", ".join(f"`{name}`" for name in resource.short_names)),
        ("category", f"`{CATEGORY}`"),
        ("scope", "namespaced"),
        ("service", resource.service),
        ("finalizer", f"`{FINALIZER}`, while there is something to undo" if resource.holds else "none"),
    ]
    return [f"- {name}: {value}" for name, value in rows]


def _spec_table(schema: Mapping[str, Any]) -> list[str]:
    rules = list(_rules(schema))
    fixed = {path for path, rule in rules if _UNCHANGEABLE_RULE in rule["message"]}
    limited = {path for path, rule in rules if "oldSelf" in rule["rule"]}
    lines = ["| field | type | default | may change | meaning |", "| --- | --- | --- | --- | --- |"]
    for field in _fields(schema["properties"]["spec"], "spec"):
        text = field.schema.get("description", "")
        found = _DEFAULT.search(text)
        default = "required" if field.required else f"`{found[1]}`" if found else "none"
        # Of an object that cannot change, nothing inside can.
        within = any(f"{field.path}.".startswith(f"{path}.") for path in fixed)
        changes = "no" if within else "[with limits](#validation)" if field.path in limited else "yes"
        # The columns say these two.
        meaning = _DEFAULT.sub("", text).replace(_UNCHANGEABLE, "").strip()
        lines.append(_row(f"`{_below(field.path)}`", _type(field.schema), default, changes, meaning))
    return lines


def _rules_table(schema: Mapping[str, Any]) -> list[str]:
    order = ["spec", *(field.path for field in _fields(schema["properties"]["spec"], "spec"))]
    rules = sorted(_rules(schema), key=lambda found: order.index(found[0]) if found[0] in order else len(order))
    lines = ["| field | message |", "| --- | --- |"]
    lines += [_row(f"`{path}`", rule["message"]) for path, rule in rules]
    return lines


def _rules(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each rule of a schema, with the path of the field that it is about."""
    for rule in schema.get("x-kubernetes-validations", ()):
        yield f"{path}{rule.get('fieldPath', '')}".lstrip("."), rule
    for name, entry in schema.get("properties", {}).items():
        yield from _rules(entry, f"{path}.{name}")
    for suffix, key in (("[]", "items"), ("", "additionalProperties")):
        if isinstance(schema.get(key), Mapping):
            yield from _rules(schema[key], f"{path}{suffix}")


def _status_table(status: Mapping[str, Any]) -> list[str]:
    lines = ["| field | type | meaning |", "| --- | --- | --- |"]
    fields = [
        field
        for field in _fields(status, "status")
        if not field.path.startswith("status.conditions[]")  # on the page about conditions
    ]
    common = [field for field in fields if _below(field.path) in _IN_EVERY_STATUS]
    lines += [
        _row(f"`{_below(field.path)}`", _type(field.schema), field.schema.get("description", ""))
        for field in (*(field for field in fields if field not in common), *common)
    ]
    return lines


def _columns_table(resource: CustomResource) -> list[str]:
    lines = ["| column | shown | content |", "| --- | --- | --- |", _row("NAME", "always", "Name of the object")]
    lines += [
        _row(column.name.upper(), "with `-o wide`" if column.wide else "always", column.description)
        for column in resource.columns
    ]
    return lines


def _conditions(resource: CustomResource) -> list[str]:
    types = [kind for kind in ConditionType if kind is not ConditionType.REQUESTED or reports_requested(resource)]
    lines = [
        f"The conditions are {', '.join(f'`{kind}`' for kind in types)}: [what each means](../conditions.md).",
        "",
        "`Ready` has one of these reasons:",
        "",
        "| reason | Ready | with it |",
        "| --- | --- | --- |",
    ]
    for reason in reasons_of(resource):
        ready, beside = _CONDITIONS[progress_of(reason)]
        link = f"[`{reason.value}`](../troubleshooting.md#{anchor(reason.value)})"
        lines.append(_row(link, ready, f"`{beside}`" if beside else ""))
    return lines


def _type(schema: Mapping[str, Any]) -> str:
    """Return the type of a field in words, with the values or the size that it may have."""
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    kind = schema.get("type", "object")
    if kind == "array":
        sizes = (schema.get("minItems"), schema.get("maxItems"))
        return f"list of {_type(schema['items'])}{_sizes(*sizes)}"
    if "additionalProperties" in schema:
        return f"map of string{_sizes(schema.get('minProperties'), schema.get('maxProperties'))}"
    if kind == "string" and schema.get("format") == "date-time":
        return "time"
    if kind == "integer":
        return f"integer{_sizes(schema.get('minimum'), schema.get('maximum'))}"
    return str(kind)


def _sizes(least: int | None, most: int | None) -> str:
    if least is None and most is None:
        return ""
    if most is None:
        return f", {least} or more"
    return f", at most {most}" if not least else f", {least} to {most}"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _below(path: str) -> str:
    """Return a path without `spec.` or `status.` in front."""
    return path.partition(".")[2]


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
