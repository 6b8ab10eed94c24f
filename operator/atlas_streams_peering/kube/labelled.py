"""Objects of one of the operator's kinds that the operator created for another object, found by a label."""

from collections.abc import Callable, Mapping
from typing import Any

from ..api.crd import CustomResource
from ..transport.errors import NotLeader
from .api import KubernetesApi, KubernetesError, path_segment
from .writer import REFUSALS, WriteRefused

Body = dict[str, Any]


class LabelledObjects:
    """Creates, lists and deletes such objects, with reads from the API server instead of the store.

    Methods that write raise `WriteRefused` if the API server refuses, `NotLeader` if another replica may be acting, or
    `KubernetesError` if the result is unknown.
    """

    def __init__(
        self,
        api: KubernetesApi,
        resource: CustomResource,
        *,
        may_act: Callable[[], bool] = lambda: True,
        seen: Callable[[Mapping[str, Any]], None] = lambda _body: None,
    ) -> None:
        self._api, self._resource, self._may_act = api, resource, may_act
        self._seen = seen
        """Called with an object that was created or existed already, because the watch may not have shown it yet."""

    async def list(self, namespace: str, key: str, value: str) -> tuple[Body, ...]:
        """Return the objects with this label. Raises `KubernetesError`."""
        found = self._api.list_all(self._resource.path(namespace), label_selector=f"{key}={value}")
        return tuple([body async for body in found])

    async def create(self, namespace: str, manifest: Body) -> Body | None:
        """Create an object; return the existing one with its name, None: it was created."""
        self._check_leadership(manifest)
        name = manifest["metadata"]["name"]
        try:
            self._seen(await self._api.create(self._resource.path(namespace), manifest))
        except KubernetesError as error:
            if error.status == 409 and error.reason == "AlreadyExists":
                present = await self._api.get(f"{self._resource.path(namespace)}/{path_segment(name)}")
                self._seen(present)
                return present
            raise self._refused(f"{self._resource.kind} {name}", error) from None
        return None

    async def delete(self, body: Body) -> None:
        """Delete an object, with a precondition on its UID and resourceVersion."""
        self._check_leadership(body)
        metadata = body["metadata"]
        path = f"{self._resource.path(metadata['namespace'])}/{path_segment(metadata['name'])}"
        try:
            await self._api.delete(path, uid=metadata["uid"], resource_version=metadata["resourceVersion"])
        except KubernetesError as error:
            if not error.gone and not error.conflict:
                what = f"the deletion of {self._resource.kind} {metadata['name']}"
                raise self._refused(what, error) from None

    def _check_leadership(self, body: Body) -> None:
        if not self._may_act():
            raise NotLeader(body["metadata"]["name"])

    @staticmethod
    def _refused(what: str, error: KubernetesError) -> Exception:
        return WriteRefused(what, str(error)) if error.status in REFUSALS else error
