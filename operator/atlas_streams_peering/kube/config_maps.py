"""ConfigMaps that belong to the operator's own objects, read and written by name."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from ..api.crd import CustomResource
from ..api.group import API_VERSION, GROUP
from .api import FIELD_MANAGER, KubernetesApi, KubernetesError, path_segment
from .objects import KubernetesObject
from .writer import REFUSALS, WriteRefused

Answer = TypeVar("Answer")

_ATTEMPTS: Final = 3
"""Attempts at a write if somebody else changes the ConfigMap at the same time."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of a ConfigMap: Kubernetes deletes the ConfigMap with it."""

    resource: CustomResource
    obj: KubernetesObject

    @property
    def reference(self) -> dict[str, Any]:
        """The entry of ``metadata.ownerReferences``.

        It does not set blockOwnerDeletion, which needs permissions on the owner's finalizers in some clusters.
        """
        return {
            "apiVersion": API_VERSION,
            "kind": self.resource.kind,
            "name": self.obj.name,
            "uid": self.obj.uid,
            "controller": True,
        }

    def controls(self, reference: Mapping[str, Any] | None) -> bool:
        """Return whether a controller reference names this object."""
        return reference is not None and reference.get("uid") == self.obj.uid

    def succeeds(self, reference: Mapping[str, Any] | None) -> bool:
        """Return whether a reference names a deleted object of the same name, whose ConfigMap goes too."""
        return (
            reference is not None
            and str(reference.get("apiVersion") or "").partition("/")[0] == GROUP
            and (reference.get("kind"), reference.get("name")) == (self.resource.kind, self.obj.name)
        )


@dataclass(frozen=True, slots=True)
class Foreign:
    """A ConfigMap with this name exists, and belongs to another owner."""

    controller: str | None
    """Kind and name of its controller, if it has one."""


class ConfigMaps:
    """Creates, updates and deletes ConfigMaps of owners, and no others.

    Every method raises `WriteRefused` if the API server refuses, or `KubernetesError` if the result is unknown.
    """

    def __init__(self, api: KubernetesApi) -> None:
        self._api = api

    async def ensure(self, owner: Owner, name: str, data: Mapping[str, str]) -> Foreign | None:
        """Make the owner's ConfigMap contain exactly this data; return `Foreign` if it belongs to another owner."""
        return await self._attempt(name, lambda: self._ensure(owner, name, data))

    async def remove(self, owner: Owner, name: str) -> None:
        """Delete the owner's ConfigMap, if it exists."""
        await self._attempt(name, lambda: self._remove(owner, name))

    async def _ensure(self, owner: Owner, name: str, data: Mapping[str, str]) -> Foreign | None:
        present = await self._read(owner, name)
        if present is None:
            await self._api.create(_collection(owner), _new(owner, name, data))
            return None
        metadata = present["metadata"]
        controller = _controller(metadata)
        if owner.controls(controller):
            if present.get("data") == data and not present.get("binaryData"):
                return None
        elif not owner.succeeds(controller):
            named = controller and f"{controller.get('kind')} {controller.get('name')}"
            return Foreign(named or None)
        others = [one for one in metadata.get("ownerReferences") or () if one is not controller]
        changed = {key: value for key, value in present.items() if key != "binaryData"}
        changed["metadata"] = {**metadata, "ownerReferences": [*others, owner.reference]}
        changed["data"] = dict(data)
        await self._api.replace(_path(owner, name), changed)
        return None

    async def _remove(self, owner: Owner, name: str) -> None:
        present = await self._read(owner, name)
        if present is not None and owner.controls(_controller(present["metadata"])):
            metadata = present["metadata"]
            await self._api.delete(
                _path(owner, name), uid=metadata["uid"], resource_version=metadata["resourceVersion"]
            )

    async def _read(self, owner: Owner, name: str) -> dict[str, Any] | None:
        try:
            return await self._api.get(_path(owner, name))
        except KubernetesError as error:
            if error.gone:
                return None
            raise

    async def _attempt(self, name: str, request: Callable[[], Awaitable[Answer]]) -> Answer:
        """Run a read-modify-write, and retry it on a conflict."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await request()
            except KubernetesError as error:
                if (error.conflict or error.gone) and attempt < _ATTEMPTS:
                    continue
                if error.status in REFUSALS:
                    raise WriteRefused(f"ConfigMap {name}", str(error)) from None
                raise
        raise AssertionError  # the last attempt returns or raises


def _new(owner: Owner, name: str, data: Mapping[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name,
            "namespace": owner.obj.namespace,
            "labels": {"app.kubernetes.io/managed-by": FIELD_MANAGER},
            "ownerReferences": [owner.reference],
        },
        "data": dict(data),
    }


def _controller(metadata: Mapping[str, Any]) -> dict[str, Any] | None:
    references: list[dict[str, Any]] = metadata.get("ownerReferences") or []
    return next((reference for reference in references if reference.get("controller")), None)


def _collection(owner: Owner) -> str:
    return f"/api/v1/namespaces/{owner.obj.namespace}/configmaps"


def _path(owner: Owner, name: str) -> str:
    return f"{_collection(owner)}/{path_segment(name)}"
