"""Writes to the operator's own objects. Every write is a compare-and-set on the version of the decision."""

from collections.abc import Mapping
from typing import Any, Final

from ..api.crd import CustomResource
from ..api.group import API_VERSION, FINALIZER
from .api import KubernetesApi, KubernetesError
from .objects import KubernetesObject

REFUSALS: Final = (400, 403, 413, 422)
"""HTTP statuses of writes that the API server refuses: validation, admission, quota, RBAC."""


class ObjectGone(Exception):  # noqa: N818  # an answer, not a failure
    """The object is no longer there, or another one has its name."""


class ObjectChanged(Exception):  # noqa: N818  # an answer, not a failure
    """The object has changed since it was read, so the decision is stale: read and decide again."""


class WriteRefused(Exception):  # noqa: N818  # named after the condition's reason
    """The API server refuses the write. The text quotes its message."""

    def __init__(self, what: str, words: str) -> None:
        super().__init__(f"The Kubernetes API refuses {what}: {words.rstrip('.')}.")


class ObjectWriter:
    """Writes to the objects of a kind, and reads one.

    Every write raises `ObjectGone`, `ObjectChanged`, `WriteRefused`, or `KubernetesError` if the result is unknown.
    """

    def __init__(self, api: KubernetesApi, resource: CustomResource) -> None:
        self._api, self._resource = api, resource

    async def read(self, obj: KubernetesObject) -> KubernetesObject:
        """Read the object from the API server."""
        try:
            present = KubernetesObject.read(await self._api.get(self._path(obj)))
        except KubernetesError as error:
            if error.gone:
                raise ObjectGone(obj.key) from None
            raise
        if present.uid != obj.uid:
            raise ObjectGone(obj.key)
        return present

    async def write_status(self, obj: KubernetesObject, status: Mapping[str, Any]) -> KubernetesObject:
        """Replace the whole status."""
        body = {
            "apiVersion": API_VERSION,
            "kind": self._resource.kind,
            "metadata": {
                "name": obj.name,
                "namespace": obj.namespace,
                "uid": obj.uid,
                "resourceVersion": obj.version,
            },
            "status": status,
        }
        return await self._write(obj, "the status", self._api.replace(f"{self._path(obj)}/status", body))

    async def set_finalizer(self, obj: KubernetesObject, *, present: bool) -> KubernetesObject:
        """Add or remove the operator's finalizer."""
        others = [each for each in obj.finalizers if each != FINALIZER]
        patch = {
            "metadata": {
                "uid": obj.uid,
                "resourceVersion": obj.version,
                "finalizers": [*others, FINALIZER] if present else others,
            }
        }
        written = await self._write(obj, "the finalizer", self._api.merge_patch(self._path(obj), patch))
        if written.has_finalizer is not present and not written.deleting:
            raise WriteRefused("the finalizer", "something undoes each change of metadata.finalizers")
        return written

    async def _write(self, obj: KubernetesObject, what: str, request: Any) -> KubernetesObject:
        try:
            return KubernetesObject.read(await request)
        except KubernetesError as error:
            if error.gone:
                raise ObjectGone(obj.key) from None
            if error.conflict:
                raise ObjectChanged(obj.key) from None
            if error.status in REFUSALS:
                if not obj.deleting and (await self.read(obj)).version != obj.version:
                    raise ObjectChanged(obj.key) from None  # being deleted: the API server accepts no new finalizer
                raise WriteRefused(what, str(error)) from None
            raise

    def _path(self, obj: KubernetesObject) -> str:
        return f"{self._resource.path(obj.namespace)}/{obj.name}"
