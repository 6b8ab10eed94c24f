"""Writing to objects: their status, and our finalizer."""

from typing import Any, Final

from ..api.crd import CustomResource
from ..api.group import API_VERSION, FINALIZER
from ..kube.api import KubernetesApi, KubernetesError
from .resources import Resource

_ATTEMPTS: Final = 5
"""At writing to an object that somebody else keeps changing."""


class ObjectGone(Exception):  # noqa: N818  # an answer, not a failure
    """The object is no longer there, or another one has its name."""


class Writer:
    """Writes to the objects of a kind, and reads one again. All methods raise `ObjectGone` or `KubernetesError`."""

    def __init__(self, api: KubernetesApi, kind: CustomResource) -> None:
        self._api, self._kind = api, kind

    async def write_status(self, resource: Resource, status: dict[str, Any]) -> Resource:
        """Make `status` the object's whole status. The caller has seen that it differs."""
        for _ in range(_ATTEMPTS):
            try:
                return Resource.read(
                    await self._api.apply(f"{self._path(resource)}/status", self._body(resource, status))
                )
            except KubernetesError as error:
                if error.gone:
                    raise ObjectGone(resource.key) from None
                if not error.conflict:
                    raise
            # It has changed since, or another one has its name.
            resource = await self.read_again(resource)
        raise KubernetesError(409, "Conflict", f"{resource.key} keeps changing")

    def _body(self, resource: Resource, status: dict[str, Any]) -> dict[str, Any]:
        metadata = {"name": resource.name, "namespace": resource.namespace}
        if resource.resource_version:
            # The API server does not compare the UID of what is applied to a status: only with the version does an
            # apply never touch a namesake, which was made while the watch did not show it.
            metadata["resourceVersion"] = str(resource.resource_version)
        return {"apiVersion": API_VERSION, "kind": self._kind.kind, "metadata": metadata, "status": status}

    async def read_again(self, resource: Resource) -> Resource:
        """Return the object as it is now."""
        try:
            present = Resource.read(await self._api.get(self._path(resource)))
        except KubernetesError as error:
            if error.gone:
                raise ObjectGone(resource.key) from None
            raise
        if present.uid != resource.uid:
            raise ObjectGone(resource.key)
        return present

    async def add_finalizer(self, resource: Resource) -> Resource:
        """Make sure that the object cannot go before what it holds in Atlas."""
        return await self._patch_finalizers(resource, present=True)

    async def remove_finalizer(self, resource: Resource) -> Resource:
        """Let the object go."""
        return await self._patch_finalizers(resource, present=False)

    async def _patch_finalizers(self, resource: Resource, *, present: bool) -> Resource:
        try:
            for _ in range(_ATTEMPTS):
                if resource.guarded is present or (present and resource.deleting):
                    return resource
                try:
                    operations = _operations(resource, present=present)
                    patched = Resource.read(await self._api.json_patch(self._path(resource), operations))
                except KubernetesError as error:
                    if error.status not in (409, 422):
                        raise
                else:
                    if patched.guarded is present or patched.deleting:
                        return patched
                    # An error, so that it is tried with a growing pause: an admission webhook would win for ever.
                    raise KubernetesError(0, "", f"Something undoes each change of the finalizers of {patched.key}")
                # Our view of the list was old: take the present one.
                resource = await self.read_again(resource)
        except KubernetesError as error:
            if error.gone:
                raise ObjectGone(resource.key) from None
            raise
        raise KubernetesError(409, "Conflict", f"The finalizers of {resource.key} keep changing")

    def _path(self, resource: Resource) -> str:
        return f"{self._kind.path(resource.namespace)}/{resource.name}"


def _operations(resource: Resource, *, present: bool) -> list[dict[str, Any]]:
    """Patch of the list of finalizers, which only holds if that is as we saw it."""
    same_object = {"op": "test", "path": "/metadata/uid", "value": resource.uid}
    if not present:
        place = f"/metadata/finalizers/{resource.finalizers.index(FINALIZER)}"
        return [
            same_object,
            {"op": "test", "path": place, "value": FINALIZER},
            {"op": "remove", "path": place},
        ]
    if resource.finalizers:
        unchanged = {"op": "test", "path": "/metadata/finalizers", "value": list(resource.finalizers)}
        return [same_object, unchanged, {"op": "add", "path": "/metadata/finalizers/-", "value": FINALIZER}]
    version = {"op": "test", "path": "/metadata/resourceVersion", "value": str(resource.resource_version)}
    return [same_object, version, {"op": "add", "path": "/metadata/finalizers", "value": [FINALIZER]}]
