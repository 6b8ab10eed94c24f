"""As much of the Kubernetes API's behaviour as the operator uses: objects, versions, conflicts. Without a network."""

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

Body = dict[str, Any]

_ITEM: Final = re.compile(
    r"(?P<prefix>/apis?/[^?]+?)/namespaces/(?P<namespace>[^/]+)/(?P<plural>[^/]+)/(?P<name>[^/]+)(?P<status>/status)?"
)
_COLLECTION: Final = re.compile(r"(?P<prefix>/apis?/[^?]+?)(/namespaces/(?P<namespace>[^/]+))?/(?P<plural>[^/]+)")
_CREATED_AT: Final = "2024-12-12T12:00:00Z"
_DELETED_AT: Final = "2024-12-12T13:00:00Z"


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
    late: bool

    def concerns(self, request: Request) -> bool:
        return self.method in ("", request.method) and re.search(self.path, request.path) is not None


@dataclass
class _Interruption:
    method: str
    path: str
    happens: Callable[[], object]


class Dropped(Exception):  # noqa: N818  # an outcome, not a fault
    """There is no answer."""


class Refused(Exception):  # noqa: N818  # an outcome, not a fault
    """The answer is an error."""

    def __init__(self, status: int, reason: str, message: str = "") -> None:
        super().__init__(message)
        self.status, self.reason = status, reason


class ApiObjects:
    """Keeps objects by path. Every write that changes something gives the next resourceVersion."""

    def __init__(self) -> None:
        self.objects: dict[str, Body] = {}
        self.requests: list[Request] = []
        self.stripped: set[str] = set()
        """Finalizers that an admission webhook takes off again."""
        self.forbids: Callable[[Body], bool] = lambda _body: False
        """Whether an admission policy refuses a new object."""
        self.changed: Callable[[str, Body], None] = lambda _event, _body: None
        """Told of each change as a watch tells it: ADDED, MODIFIED or DELETED, and the object."""
        self.version = 1000
        """The newest resourceVersion."""
        self._failures: list[_Failure] = []
        self._interruptions: list[_Interruption] = []

    # -- for tests

    def put(self, path: str, body: Body) -> Body:
        """Store an object, whatever was there."""
        stored = copy.deepcopy(body)
        _, _, rest = path.rpartition("/namespaces/")
        namespace, _, name = rest.split("/")
        metadata = {"namespace": namespace, "name": name, "uid": f"uid-of-{name}", **stored.get("metadata", {})}
        stored["metadata"] = metadata
        self._store(path, stored)
        return stored

    def edit(self, path: str, change: Callable[[Body], None], *, generation: bool = False) -> Body:
        """Have somebody else change an object; `generation`: it is the spec that changes."""
        changed = copy.deepcopy(self.objects[path])
        change(changed)
        if generation:
            changed["metadata"]["generation"] = int(changed["metadata"].get("generation") or 0) + 1
        self._store(path, changed)
        return changed

    def delete(self, path: str) -> None:
        """Have somebody delete an object: it goes at once, or waits for its finalizers."""
        if not self.objects[path]["metadata"].get("finalizers"):
            self.changed("DELETED", self.objects.pop(path))
            return
        self.edit(path, lambda body: body["metadata"].update(deletionTimestamp=_DELETED_AT), generation=True)

    def remove(self, path: str) -> None:
        """Let an object be gone, without a word to anybody."""
        del self.objects[path]

    def fail(
        self,
        method: str = "",
        path: str = "",
        *,
        status: int | None = 500,
        message: str = "injected",
        times: int = 1,
        late: bool = False,
    ) -> None:
        """Let the next requests that match fail; without a status, there is no answer. `late`: after they worked."""
        self._failures.append(_Failure(method, path, status, message, times, late))

    def recover(self) -> None:
        """Fail no more."""
        self._failures.clear()

    def before(self, method: str, path: str, happens: Callable[[], object]) -> None:
        """Have something happen right before the next request that matches is answered."""
        self._interruptions.append(_Interruption(method, path, happens))

    def made(self, method: str, path: str = "") -> list[Request]:
        """Return the requests of this method to paths that match."""
        return [request for request in self.requests if request.method == method and re.search(path, request.path)]

    # -- for clients

    def answer(self, request: Request) -> Body:
        """Return the answer to a request. Raises `Refused` or `Dropped`."""
        self.requests.append(request)
        for interruption in self._interruptions:
            if interruption.method == request.method and re.search(interruption.path, request.path):
                self._interruptions.remove(interruption)
                interruption.happens()
                break
        if request.method == "POST" and self.forbids(request.body):
            raise Refused(422, "Invalid", "an admission policy denies the request")
        failure = next((each for each in self._failures if each.concerns(request)), None)
        if failure is None:
            return self._answer(request)
        failure.left -= 1
        if failure.left <= 0:
            self._failures.remove(failure)
        if failure.late:
            self._answer(request)
        if failure.status is None:
            raise Dropped
        raise Refused(failure.status, "Injected", failure.message)

    def _answer(self, request: Request) -> Body:
        item = _ITEM.fullmatch(request.path)
        match request.method:
            case "GET" if item:
                return copy.deepcopy(self._found(request.path))
            case "GET":
                return self._list(request)
            case "POST":
                return self._create(request)
            case "DELETE" if item:
                return self._delete(request)
            case "PUT" if item and item["status"]:
                return self._replace_status(request)
            case "PATCH" if request.headers.get("Content-Type") == "application/merge-patch+json":
                return self._merge(request)
            case _:
                raise Refused(405, "MethodNotAllowed")

    def _found(self, path: str) -> Body:
        if path not in self.objects:
            raise Refused(404, "NotFound", f"{path} not found")
        return self.objects[path]

    def _list(self, request: Request) -> Body:
        wanted = _COLLECTION.fullmatch(request.path)
        if wanted is None:
            raise Refused(404, "NotFound")
        found = []
        for path, stored in self.objects.items():
            place = _ITEM.fullmatch(path)
            same = place is not None and all(place[part] == wanted[part] for part in ("prefix", "plural"))
            if place is not None and same and wanted["namespace"] in (None, place["namespace"]):
                found.append(stored)
        selector = request.query.get("labelSelector")
        if selector:
            key, _, value = selector.partition("=")
            found = [each for each in found if each["metadata"].get("labels", {}).get(key) == value]
        start, limit = int(request.query.get("continue", "0")), int(request.query.get("limit", "500"))
        page = found[start : start + limit]
        if "PartialObjectMetadataList" in request.headers.get("Accept", ""):
            page = [{"metadata": stored["metadata"]} for stored in page]
        following = {"continue": str(start + limit)} if start + limit < len(found) else {}
        return {"metadata": {"resourceVersion": str(self.version), **following}, "items": copy.deepcopy(page)}

    def _create(self, request: Request) -> Body:
        path = f"{request.path}/{request.body['metadata']['name']}"
        if path in self.objects:
            raise Refused(409, "AlreadyExists", f"{path} already exists")
        made = {"generation": 1, "creationTimestamp": _CREATED_AT, **request.body["metadata"]}
        return copy.deepcopy(self.put(path, {**request.body, "metadata": made}))

    def _delete(self, request: Request) -> Body:
        self._compare(self._found(request.path), request.body["preconditions"])
        self.delete(request.path)
        return {}

    def _replace_status(self, request: Request) -> Body:
        path = request.path.removesuffix("/status")
        stored = self._found(path)
        metadata = request.body["metadata"]
        if not metadata.get("resourceVersion"):
            raise Refused(422, "Invalid", "metadata.resourceVersion: must be specified for an update")
        self._compare(stored, metadata)
        changed = copy.deepcopy(stored)
        changed["status"] = copy.deepcopy(request.body.get("status", {}))  # and nothing else of what was sent
        return copy.deepcopy(self._store(path, changed))

    def _merge(self, request: Request) -> Body:
        path = request.path
        stored = self._found(path)
        self._compare(stored, request.body.get("metadata", {}))
        changed = _merged(copy.deepcopy(stored), {key: each for key, each in request.body.items() if key != "status"})
        metadata = changed["metadata"]
        before, after = set(stored["metadata"].get("finalizers") or ()), set(metadata.get("finalizers") or ())
        deleting = "deletionTimestamp" in metadata
        if deleting and after - before:
            raise Refused(422, "Invalid", "no new finalizers can be added if the object is being deleted")
        if self.stripped:
            metadata["finalizers"] = [each for each in metadata.get("finalizers") or () if each not in self.stripped]
        if changed.get("spec") != stored.get("spec"):
            metadata["generation"] = int(metadata.get("generation") or 0) + 1
        if deleting and not metadata.get("finalizers"):
            del self.objects[path]
            self.changed("DELETED", changed)
            return copy.deepcopy(changed)
        return copy.deepcopy(self._store(path, changed))

    @staticmethod
    def _compare(stored: Body, given: Body) -> None:
        present = stored["metadata"]
        if given.get("uid") not in (None, present["uid"]):
            raise Refused(409, "Conflict", f"Precondition failed: UID in precondition: {given['uid']}")
        if given.get("resourceVersion") not in (None, present["resourceVersion"]):
            raise Refused(409, "Conflict", "the object has been modified; please apply your changes to it")

    def _store(self, path: str, body: Body) -> Body:
        before = self.objects.get(path)
        if before is not None and before == body:
            return before  # a write that changes nothing gives no new version
        self.version += 1
        body["metadata"]["resourceVersion"] = str(self.version)
        self.objects[path] = body
        self.changed("ADDED" if before is None else "MODIFIED", copy.deepcopy(body))
        return body


def _merged(document: Body, patch: Body) -> Body:
    """Apply a JSON merge patch (RFC 7396)."""
    for name, value in patch.items():
        if value is None:
            document.pop(name, None)
        elif isinstance(value, dict):
            inner = document.get(name)
            document[name] = _merged(inner if isinstance(inner, dict) else {}, value)
        else:
            document[name] = copy.deepcopy(value)
    return document
