"""As much of a Kubernetes API server as the operator uses, in this process, over HTTP."""

import copy
import itertools
import json
import re
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration

from atlas_streams_peering.kube.api import KubernetesApi
from unit.controller.json_patch import PatchError, apply
from unit.polling.bell import Bell

_ITEM: Final = re.compile(
    r"(?P<prefix>/apis?/[^?]+?)/namespaces/(?P<namespace>[^/]+)/(?P<plural>[^/]+)/(?P<name>[^/]+)(?P<status>/status)?"
)
_COLLECTION: Final = re.compile(r"(?P<prefix>/apis?/[^?]+?)(/namespaces/(?P<namespace>[^/]+))?/(?P<plural>[^/]+)")

Body = dict[str, Any]


@dataclass
class Request:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class _Failure:
    method: str
    path: str
    status: int | None
    message: str
    left: int


class _Dropped(Exception):  # noqa: N818  # an outcome, not a fault
    pass


class _RefusedError(Exception):
    def __init__(self, status: int, reason: str, message: str = "") -> None:
        super().__init__(message)
        self.status, self.reason = status, reason


class ApiServer:
    """Keeps objects by path; every write gives the next resourceVersion."""

    def __init__(self) -> None:
        self.objects: dict[str, Body] = {}
        self.requests: list[Request] = []
        self.bell = Bell()
        """Rings at each request."""
        self.stripped: set[str] = set()
        """Finalizers that an admission webhook takes off again."""
        self._versions = itertools.count(1001)
        self._failures: list[_Failure] = []
        self._runner: web.ServerRunner | None = None
        self.url = ""

    def put(self, path: str, body: Body) -> Body:
        """Store an object, whatever was there."""
        stored = copy.deepcopy(body)
        _, _, rest = path.rpartition("/namespaces/")
        namespace, _, name = rest.split("/")
        metadata = {"namespace": namespace, "name": name, "uid": f"uid-of-{name}", **stored.get("metadata", {})}
        stored["metadata"] = metadata
        self._touch(stored)
        self.objects[path] = stored
        return stored

    def remove(self, path: str) -> None:
        """Let an object be gone, without a word to anybody."""
        del self.objects[path]

    def fail(
        self, method: str = "", path: str = "", *, status: int | None = 500, message: str = "injected", times: int = 1
    ) -> None:
        """Let the next requests that match fail; without a status, the connection is closed."""
        self._failures.append(_Failure(method, path, status, message, times))

    def recover(self) -> None:
        """Fail no more."""
        self._failures.clear()

    def made(self, method: str, path: str = "") -> list[Request]:
        """Return the requests of this method to paths that match."""
        return [request for request in self.requests if request.method == method and re.search(path, request.path)]

    def api(self, *, request_seconds: float = 30.0) -> KubernetesApi:
        """Return a client; whoever asks for it closes it."""
        configuration = Configuration(host=self.url)
        return KubernetesApi(ApiClient(configuration), request_seconds=request_seconds)

    async def _serve(self, wire: web.BaseRequest) -> web.Response:
        raw = await wire.read()
        body = json.loads(raw) if raw else None
        request = Request(wire.method, wire.path, dict(wire.query), dict(wire.headers), body)
        self.requests.append(request)
        try:
            return web.json_response(self._answer(request))
        except _Dropped:
            if wire.transport is not None:
                wire.transport.abort()
            return web.Response(status=500)
        except _RefusedError as refused:
            status = {"kind": "Status", "code": refused.status, "reason": refused.reason, "message": str(refused)}
            return web.json_response(status, status=refused.status)
        finally:
            self.bell.ring()

    def _go_wrong(self, request: Request) -> None:
        for failure in self._failures:
            if failure.method in ("", request.method) and re.search(failure.path, request.path):
                failure.left -= 1
                if failure.left <= 0:
                    self._failures.remove(failure)
                if failure.status is None:
                    raise _Dropped
                raise _RefusedError(failure.status, "Injected", failure.message)

    def _answer(self, request: Request) -> Body:
        self._go_wrong(request)
        item = _ITEM.fullmatch(request.path)
        match request.method:
            case "GET" if item:
                return self._found(request.path)
            case "GET":
                return self._list(request)
            case "POST":
                return self._create(request)
            case "PATCH" if item and item["status"]:
                return self._apply_status(request)
            case "PATCH":
                return self._patch(request)
            case _:
                raise _RefusedError(405, "MethodNotAllowed")

    def _found(self, path: str) -> Body:
        if path not in self.objects:
            raise _RefusedError(404, "NotFound", f"{path} not found")
        return self.objects[path]

    def _list(self, request: Request) -> Body:
        wanted = _COLLECTION.fullmatch(request.path)
        if wanted is None:
            raise _RefusedError(404, "NotFound")
        found = []
        for path, stored in self.objects.items():
            place = _ITEM.fullmatch(path)
            same = place is not None and all(place[part] == wanted[part] for part in ("prefix", "plural"))
            if place is not None and same and wanted["namespace"] in (None, place["namespace"]):
                found.append(stored)
        start, limit = int(request.query.get("continue", "0")), int(request.query.get("limit", "500"))
        page = found[start : start + limit]
        if "PartialObjectMetadataList" in request.headers.get("Accept", ""):
            page = [{"metadata": stored["metadata"]} for stored in page]
        following = {"continue": str(start + limit)} if start + limit < len(found) else {}
        return {"metadata": {"resourceVersion": "1", **following}, "items": page}

    def _create(self, request: Request) -> Body:
        path = f"{request.path}/{request.body['metadata']['name']}"
        if path in self.objects:
            raise _RefusedError(409, "AlreadyExists", f"{path} already exists")
        return self.put(path, request.body)

    def _apply_status(self, request: Request) -> Body:
        stored = self._found(request.path.removesuffix("/status"))
        # The real one takes no notice of a UID here: see the namesake in tests/cluster/test_faults_api_server.py.
        given, version = request.body["metadata"].get("resourceVersion"), stored["metadata"]["resourceVersion"]
        if given not in (None, version):
            raise _RefusedError(409, "Conflict", "the object has been modified")
        stored["status"] = copy.deepcopy(request.body["status"])
        self._touch(stored)
        return stored

    def _patch(self, request: Request) -> Body:
        stored = self._found(request.path)
        changed = copy.deepcopy(stored)
        try:
            apply(changed, request.body)
        except PatchError as error:
            raise _RefusedError(422, "Invalid", str(error)) from None
        before = set(stored["metadata"].get("finalizers", ()))
        if self.stripped:
            kept = [each for each in changed["metadata"].get("finalizers", ()) if each not in self.stripped]
            changed["metadata"]["finalizers"] = kept
        after = set(changed["metadata"].get("finalizers", ()))
        deleting = "deletionTimestamp" in stored["metadata"]
        if deleting and after - before:
            raise _RefusedError(422, "Invalid", "no new finalizers can be added if the object is being deleted")
        self._touch(changed)
        if deleting and not after:
            del self.objects[request.path]
        else:
            self.objects[request.path] = changed
        return changed

    def _touch(self, stored: Body) -> None:
        stored["metadata"]["resourceVersion"] = str(next(self._versions))

    async def start(self) -> None:
        """Listen; the port stays the same over a stop and start."""
        self._runner = web.ServerRunner(web.Server(self._serve, access_log=None), shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", int(self.url.rpartition(":")[2] or 0)).start()
        address: Any = self._runner.addresses[0]
        self.url = f"http://127.0.0.1:{address[1]}"

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
