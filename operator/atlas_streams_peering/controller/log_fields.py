"""Structured fields of log lines about an object."""

from collections.abc import Mapping
from typing import Any, Final

from ..kube.objects import KubernetesObject
from .store import Entry

FIELDS: Final = "fields"
"""Attribute of a log record that contains the fields."""


def about(entry: Entry, reason: str | None = None) -> Mapping[str, Any]:
    """Return the `extra` of a log line about an object; `reason`: that of the Event with the same message."""
    return about_object(entry.kind.resource.kind, entry.obj, reason, entry.resource.status.connection)


def about_object(
    kind: str, obj: KubernetesObject, reason: str | None = None, connection: str | None = None
) -> Mapping[str, Any]:
    """Return the `extra` of a log line about an object that is known by kind, namespace and name only."""
    fields = {
        "kind": kind,
        "namespace": obj.namespace,
        "name": obj.name,
        "reason": None if reason is None else str(reason),
        "connection": connection,
    }
    return {FIELDS: {field: value for field, value in fields.items() if value is not None}}
