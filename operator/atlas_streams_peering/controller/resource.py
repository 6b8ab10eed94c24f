"""A typed resource: an object of a kind with its parsed spec and status."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from ..api.base import ApiModel
from ..api.status import ResourceStatus
from ..kube.objects import KubernetesObject
from .status import own_part

SpecT = TypeVar("SpecT", bound=ApiModel)
StatusT = TypeVar("StatusT", bound=ResourceStatus)
ModelT = TypeVar("ModelT", bound=BaseModel)

_DECIDE_DELETION: Final = frozenset({"deletionPolicy", "suspend"})
"""Fields that must not fall back to their default if they do not parse, because they control the deletion."""


@dataclass(frozen=True, slots=True)
class TypedResource(Generic[SpecT, StatusT]):
    """An object of a kind with a parsed spec."""

    obj: KubernetesObject
    spec: SpecT
    status: StatusT
    invalid: str | None = None
    """The parse errors of the stored spec, in words. `spec` then contains the other fields."""


@dataclass(frozen=True, slots=True)
class InvalidResource(Generic[StatusT]):
    """An object whose stored spec does not parse at all."""

    obj: KubernetesObject
    status: StatusT
    invalid: str


def read_resource(
    obj: KubernetesObject, spec: type[SpecT], status: type[StatusT]
) -> TypedResource[SpecT, StatusT] | InvalidResource[StatusT]:
    """Parse an object. The stored spec may be invalid if the CRD was changed by hand, or is from an older version."""
    known, _ = _lenient(status, own_part(obj.status))
    parsed_status = known if known is not None else status()
    try:
        return TypedResource(obj, spec.model_validate(obj.spec), parsed_status)
    except ValidationError as error:
        words, partial = _described(error), None
        rest, dropped = _lenient(spec, obj.spec)
        if dropped.isdisjoint(_DECIDE_DELETION):
            partial = rest
    if partial is None:
        return InvalidResource(obj, parsed_status, words)
    return TypedResource(obj, partial, parsed_status, invalid=words)


def _lenient(model: type[ModelT], data: Mapping[str, Any]) -> tuple[ModelT | None, frozenset[str]]:
    """Parse without the invalid fields; also return their top-level names."""
    try:
        return model.model_validate(data), frozenset()
    except ValidationError as error:
        places = [problem["loc"] for problem in error.errors(include_url=False, include_input=False)]
    dropped = frozenset(str(place[0]) for place in places if place)
    rest: Mapping[str, Any] = data
    for place in places:
        rest = _without(rest, place)
    try:
        return model.model_validate(rest), dropped
    except ValidationError:
        return None, dropped


def _without(data: Mapping[str, Any], place: tuple[int | str, ...]) -> Mapping[str, Any]:
    """Return the data without the value at a location. If the location is in a list, remove the whole list."""
    if not place or place[0] not in data:
        return data
    name, inner = str(place[0]), data[str(place[0])]
    if len(place) > 1 and isinstance(inner, Mapping):
        return {**data, name: _without(inner, place[1:])}
    return {key: value for key, value in data.items() if key != name}


def _described(error: ValidationError) -> str:
    problems = []
    for problem in error.errors(include_url=False, include_input=False)[:3]:
        field = ".".join(str(part) for part in ("spec", *problem["loc"]))
        problems.append(f"{field}: {problem['msg']}")
    return "; ".join(problems)
