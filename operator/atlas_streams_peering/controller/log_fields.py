"""What a log line says of the object that it is about, beside its words: for those who search logs by field."""

from collections.abc import Mapping
from typing import Any, Final

from ..kube.objects import KubernetesObject
from .store import Entry

FIELDS: Final = "fields"
"""Attribute of a log record that holds them."""


def about(entry: Entry, reason: str | None = None) -> Mapping[str, Any]:
    """Return the `extra` of a log line about an object; `reason`: as in the Event that says the same."""
    return about_object(entry.kind.resource.kind, entry.obj, reason, entry.resource.status.connection)


def about_object(
    kind: str, obj: KubernetesObject, reason: str | None = None, connection: str | None = None
) -> Mapping[str, Any]:
    """Return the `extra` of a log line about an object of which no more is known."""
    fields = {
        "kind": kind,
        "namespace": obj.namespace,
        "name": obj.name,
        "reason": None if reason is None else str(reason),
        "connection": connection,
    }
    return {FIELDS: {field: value for field, value in fields.items() if value is not None}}
