"""Which reasons each kind reports, and what its conditions then are: from its code, and from what an operator wrote."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

import atlas_streams_peering.kinds
from atlas_streams_peering.api.conditions import ConditionType, Reason
from atlas_streams_peering.api.crd import CustomResource
from atlas_streams_peering.controller.decision import Progress
from atlas_streams_peering.controller.status import ABOUT_ACCESS
from documentation.pages import ROOT

OF_EVERY_KIND: Final = frozenset({Reason.INVALID_SPEC, Reason.WRITE_REFUSED})
"""The controller reports these, whatever the kind is. Someone has to act."""

_NOT_OF: Final = {
    "Atlas": frozenset({Reason.CONFLUENT_UNAVAILABLE}),
    "Confluent Cloud": frozenset({Reason.ATLAS_UNAVAILABLE, Reason.PROJECT_NOT_FOUND, Reason.ACCESS_LIST_BLOCKED}),
}
"""Service → the reasons about access that only the other service gives."""

_KINDS: Final = Path(atlas_streams_peering.kinds.__file__).parent


def reasons_of(resource: CustomResource) -> list[Reason]:
    """Return the reasons that Ready has on objects of a kind, in the order of `Reason`."""
    found = (
        named_in_the_code(resource)
        | {Reason(said) for said in _recorded().get(resource.kind, {})}
        | (ABOUT_ACCESS - _NOT_OF[resource.service])
        | OF_EVERY_KIND
    )
    if "desired_state" not in resource.spec.model_fields:
        found -= {Reason.DELETED}  # an Event's: with it, the object goes
    return [reason for reason in Reason if reason in found]


def progress_of(reason: Reason) -> Progress:
    """Return what the conditions say with this reason of Ready. KeyError where no operator has written it."""
    if reason in OF_EVERY_KIND:
        return Progress.STALLED
    return next(found[reason.value] for found in _recorded().values() if reason.value in found)


def reports_requested(resource: CustomResource) -> bool:
    """Tell whether objects of the kind have the condition Requested."""
    return any(
        condition["type"] == ConditionType.REQUESTED
        for obj in _objects()
        if obj["kind"] == resource.kind
        for condition in _conditions(obj)
    )


def named_in_the_code(resource: CustomResource) -> set[Reason]:
    """Return the reasons that the code of a kind names."""
    folder = _KINDS / resource.spec.__module__.split(".")[-2]
    return {
        Reason[node.attr]
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == Reason.__name__
        and node.attr in Reason.__members__
    }


@cache
def _objects() -> tuple[dict[str, Any], ...]:
    """Return the objects that Argo CD's health check is tested on: an operator has written their statuses."""
    paths = sorted((ROOT / "argocd").glob("resource_customizations/**/testdata/**/*.yaml"))
    found = (yaml.load(path.read_text(), Loader=yaml.CSafeLoader) for path in paths)
    return tuple(obj for obj in found if obj and obj.get("kind"))


@cache
def _recorded() -> dict[str, dict[str, Progress]]:
    """Return, by kind, what the conditions say with each reason of Ready."""
    found: dict[str, dict[str, Progress]] = defaultdict(dict)
    for obj in _objects():
        conditions = {condition["type"]: condition for condition in _conditions(obj)}
        ready = conditions.get(ConditionType.READY)
        if ready is not None:
            found[obj["kind"]][ready["reason"]] = _progress(conditions)
    return dict(found)


def _conditions(obj: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (obj.get("status") or {}).get("conditions") or ()


def _progress(conditions: dict[str, dict[str, Any]]) -> Progress:
    if conditions[ConditionType.READY]["status"] == "True":
        return Progress.REACHED
    if ConditionType.RECONCILING in conditions:
        return Progress.RECONCILING
    return Progress.STALLED if ConditionType.STALLED in conditions else Progress.PAUSED
