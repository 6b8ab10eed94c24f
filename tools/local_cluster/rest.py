"""The Kubernetes API without a process for each request: kubectl takes a tenth of a second of CPU time to start."""

import base64
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx

from local_cluster.errors import LocalClusterError

Manifest = dict[str, Any]

TIMEOUT: Final = 60.0
"""Seconds that an answer may take."""
ATTEMPTS: Final = 10
"""At most, for an answer other than to come back later: as many as kubectl makes."""
_DISCOVERY: Final = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_MERGE, _APPLY = "application/merge-patch+json", "application/apply-patch+yaml"


class Resource(NamedTuple):
    """What the API server serves the objects of a kind as."""

    version: str
    """The apiVersion: ``v1``, ``apps/v1``."""
    kind: str
    plural: str
    namespaced: bool

    def path(self, namespace: str, name: str = "", subresource: str = "") -> str:
        """Return the path of the objects of a namespace, or of all of them, or of one object."""
        root = f"apis/{self.version}" if "/" in self.version else f"api/{self.version}"
        scope = f"namespaces/{namespace}" if self.namespaced and namespace else ""
        return "/" + "/".join(filter(None, (root, scope, self.plural, name, subresource)))


class Rest:
    """Requests as an administrator, on connections that stay open. Several threads may use it.

    A kind is named as kubectl knows it: `svp`, `streamsvpcpeerings`, `deployment`. Objects come as kubectl shows
    them, without managedFields. A refusal is a LocalClusterError with the API server's words.
    """

    def __init__(self, kubeconfig: Mapping[str, Any], directory: Path) -> None:
        """Take the server and the user of a kubeconfig that has one of each; a client certificate is kept in a file."""
        cluster, user = kubeconfig["clusters"][0]["cluster"], kubeconfig["users"][0]["user"]
        context = ssl.create_default_context(cadata=_decoded(cluster["certificate-authority-data"]))
        if "client-certificate-data" in user:
            # Python's ssl takes a certificate and its key from files only.
            path = directory / "admin.pem"
            path.touch(mode=0o600)
            path.write_text(_decoded(user["client-certificate-data"]) + _decoded(user["client-key-data"]))
            context.load_cert_chain(path)
        headers = {"Authorization": f"Bearer {user['token']}"} if "token" in user else {}
        self._client = httpx.Client(
            base_url=cluster["server"], verify=context, headers=headers, timeout=TIMEOUT, trust_env=False
        )
        self._resources: dict[str, Resource] = {}

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, kind: str, namespace: str, name: str) -> Manifest | None:
        """Return an object; None: it is not there, or its kind is not served."""
        resource = self._find(kind)
        found = self._request("GET", resource.path(namespace, name), absent=True) if resource else None
        return _shown(found) if found else None

    def list(self, kind: str, namespace: str, *, labels: str = "", fields: str = "") -> list[Manifest]:
        """Return the objects of a namespace, or of all for "", that the selectors choose."""
        resource = self._require(kind)
        selectors = {"labelSelector": labels, "fieldSelector": fields}
        chosen = {name: value for name, value in selectors.items() if value}
        items = self._request("GET", resource.path(namespace), params=chosen)["items"]
        # Objects of the built-in kinds leave out in a list what the list says.
        return [_shown({"apiVersion": resource.version, "kind": resource.kind, **item}) for item in items]

    def apply(self, namespace: str, manifest: Mapping[str, Any]) -> Manifest:
        """Apply server-side, as one and the same manager, and return the object."""
        name = manifest["metadata"]["name"]
        resource = self._require(f"{manifest['kind']}.{manifest['apiVersion']}")
        applied: Manifest = self._request(
            "PATCH",
            resource.path(manifest["metadata"].get("namespace", namespace), name),
            params={"fieldManager": "admin", "force": "true", "fieldValidation": "Strict"},
            content_type=_APPLY,
            json=manifest,
        )
        return _shown(applied)

    def put(self, namespace: str, manifest: Mapping[str, Any]) -> None:
        """Create an object, or let one that is there have the manifest's spec and no other."""
        name, kind = manifest["metadata"]["name"], f"{manifest['kind']}.{manifest['apiVersion']}"
        found = self.get(kind, namespace, name)
        metadata = {**(found or {}).get("metadata", {}), **manifest["metadata"]}
        self._request(
            "PUT" if found else "POST",
            self._require(kind).path(namespace, name if found else ""),
            params={"fieldValidation": "Strict"},
            json={**manifest, "metadata": metadata},
        )

    def patch(self, kind: str, namespace: str, name: str, change: Mapping[str, Any], subresource: str = "") -> None:
        """Merge the change into an object."""
        path = self._require(kind).path(namespace, name, subresource)
        self._request("PATCH", path, content_type=_MERGE, json=change)

    def delete(self, kind: str, namespace: str, name: str) -> None:
        """Ask for an object's deletion; what it owns goes afterwards."""
        path = self._require(kind).path(namespace, name)
        self._request("DELETE", path, params={"propagationPolicy": "Background"})

    def _request(self, method: str, path: str, *, absent: bool = False, content_type: str = "", **options: Any) -> Any:
        headers = {"Content-Type": content_type} if content_type else {}
        answer = answered(lambda: self._client.request(method, path, headers=headers, **options))
        if absent and answer.status_code == 404:
            return None
        if answer.is_error:
            raise LocalClusterError(f"{method} {path}: {_words(answer)}")
        return answer.json()

    def _require(self, kind: str) -> Resource:
        resource = self._find(kind)
        if resource is None:
            raise LocalClusterError(f"the API server serves no {kind}")
        return resource

    def _find(self, kind: str) -> Resource | None:
        wanted = kind.lower()
        if wanted not in self._resources:
            # What is served may have become more: a CRD has come.
            for name, resource in self._discover():
                self._resources.setdefault(name, resource)
        return self._resources.get(wanted)

    def _discover(self) -> Iterator[tuple[str, Resource]]:
        for path in ("/api", "/apis"):
            answer = self._client.get(path, headers={"Accept": _DISCOVERY}).raise_for_status()
            for group in answer.json()["items"]:
                # The versions come in the order of preference.
                for version in group.get("versions", ()):
                    prefix = group["metadata"].get("name", "")
                    for each in version.get("resources", ()):
                        yield from _names(each, f"{prefix}/{version['version']}" if prefix else version["version"])


def answered(send: Callable[[], httpx.Response]) -> httpx.Response:
    """Send until there is an answer other than to come back after some seconds, as kubectl does.

    The API server says so for a moment after a CRD has come.
    """
    for _ in range(ATTEMPTS - 1):
        answer = send()
        if answer.status_code not in (429, 503) or "Retry-After" not in answer.headers:
            return answer
        time.sleep(float(answer.headers["Retry-After"]))
    return send()


def _names(described: Mapping[str, Any], version: str) -> Iterator[tuple[str, Resource]]:
    kind, plural = described["responseKind"]["kind"], described["resource"]
    resource = Resource(version, kind, plural, described["scope"] == "Namespaced")
    short = described.get("shortNames", ())
    for name in (plural, described.get("singularResource"), *short, f"{kind}.{version}"):
        if name:
            yield name.lower(), resource


def _shown(obj: Manifest) -> Manifest:
    obj["metadata"].pop("managedFields", None)
    return obj


def _words(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.text[:300]}"


def _decoded(data: str) -> str:
    return base64.b64decode(data).decode()
