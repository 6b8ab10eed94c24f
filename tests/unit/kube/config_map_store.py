"""The API server as far as ConfigMaps go: preconditions hold, and requests fail as a test says."""

import copy
import itertools
from collections.abc import Callable
from typing import Any, Final

from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration

from atlas_streams_peering.kube.api import KubernetesApi, KubernetesError

Body = dict[str, Any]

COLLECTION: Final = "/api/v1/namespaces/streaming/configmaps"


class ConfigMapStore(KubernetesApi):
    """Keeps ConfigMaps of the namespace `streaming` by name, in place of requests over the network."""

    def __init__(self) -> None:
        super().__init__(ApiClient(Configuration(host="http://nowhere.invalid")))
        self.objects: dict[str, Body] = {}
        self.writes: list[str] = []
        """Methods of all requests but reads, also of those that fail."""
        self.refusals: dict[str, KubernetesError] = {}
        """Method → what it answers."""
        self.before_write: Callable[[], object] | None = None
        """Called once, right before the next write: somebody else is faster."""
        self._numbers = itertools.count(1)

    def put(self, name: str, **body: Any) -> Body:
        """Store an object, whatever was there."""
        metadata = {"uid": f"uid-{next(self._numbers)}", **body.pop("metadata", {}), "name": name}
        self.objects[name] = {**body, "metadata": {**metadata, "resourceVersion": str(next(self._numbers))}}
        return self.objects[name]

    async def request(self, method: str, path: str, **options: Any) -> Body:
        """Answer a request."""
        body: Any = copy.deepcopy(options.get("body"))
        assert path.startswith(COLLECTION)
        name = path.removeprefix(COLLECTION).lstrip("/") or body["metadata"]["name"]
        if method != "GET":
            self.writes.append(method)
            hook, self.before_write = self.before_write, None
            if hook is not None:
                hook()
        if method in self.refusals:
            raise self.refusals[method]
        present = self.objects.get(name)
        if method == "POST":
            if present is not None:
                raise KubernetesError(409, "AlreadyExists", f'configmaps "{name}" already exists')
            return self.put(name, **body)
        if present is None:
            raise KubernetesError(404, "NotFound", f'configmaps "{name}" not found')
        if method == "GET":
            return copy.deepcopy(present)
        wanted = body["metadata"] if method == "PUT" else body["preconditions"]
        if any(wanted[key] != present["metadata"][key] for key in ("uid", "resourceVersion")):
            raise KubernetesError(409, "Conflict", "the object has been modified")
        if method == "PUT":
            return self.put(name, **body)
        del self.objects[name]
        return {}
