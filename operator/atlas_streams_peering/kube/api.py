"""A small client of the Kubernetes API, JSON in and JSON out, on the transport of the kubernetes library.

It does not use the library's generated classes, which cost tens of megabytes and do not know the operator's kinds.
"""

import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import aiohttp
from kubernetes.aio import config
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration
from pydantic_core import from_json

from .. import __version__
from . import kubeconfig

FIELD_MANAGER: Final = "atlas-streams-peering"

_SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_JSON: Final = "application/json"
_METADATA_ONLY: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_PAGE: Final = 500


class KubernetesError(Exception):
    """The API server refused, failed, or did not answer (status 0)."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{message} (HTTP {status} {reason})" if status else message)
        self.status, self.reason = status, reason

    @property
    def gone(self) -> bool:
        """The object does not exist (any more)."""
        return self.status == 404

    @property
    def passing(self) -> bool:
        """The failure is transient: the API server fails or does not answer."""
        return self.status in {0, 429} or self.status >= 500

    @property
    def conflict(self) -> bool:
        """The object was changed or replaced since it was read."""
        return self.status == 409


def path_segment(name: str) -> str:
    """Return a user's name as one segment of a path, so that no name can lead to another path."""
    if not name.strip("."):
        raise KubernetesError(404, "NotFound", f"{name!r} is no object's name")
    return quote(name, safe="")


def in_cluster() -> bool:
    """Return whether this process runs in a pod with a ServiceAccount."""
    return bool(os.environ.get("KUBERNETES_SERVICE_HOST")) and (_SERVICE_ACCOUNT / "token").exists()


def own_namespace() -> str:
    """Return the operator's namespace: POD_NAMESPACE, else the ServiceAccount's or the kubeconfig's, else default."""
    if namespace := os.environ.get("POD_NAMESPACE"):
        return namespace
    if in_cluster():
        return (_SERVICE_ACCOUNT / "namespace").read_text().strip()
    return kubeconfig.namespace() or "default"


def own_pod() -> Mapping[str, Any] | None:
    """Return an ownerReference to the operator's pod, from POD_NAME and POD_UID; None outside of a pod."""
    name, uid = os.environ.get("POD_NAME"), os.environ.get("POD_UID")
    return {"apiVersion": "v1", "kind": "Pod", "name": name, "uid": uid} if name and uid else None


async def load_configuration() -> Configuration:
    """Load the connection to the API server again: from the pod's ServiceAccount, or else from KUBECONFIG.

    The client and Kopf's watch both use it. With two addresses, one could fail while the other works: in a pod without
    cluster DNS, ``kubernetes.default.svc`` does not resolve, but KUBERNETES_SERVICE_HOST works. Requests to the API
    server never use the proxy of HTTPS_PROXY, which is for Atlas, but only the proxy-url of a kubeconfig.
    """
    configuration = Configuration()
    configuration.client_session_kwargs = {"trust_env": False}
    if in_cluster():
        config.load_incluster_config(client_configuration=configuration)
    else:
        await kubeconfig.load(configuration)
    return configuration


async def connect() -> "KubernetesApi":
    """Connect to the API server. Raises `KubeconfigError` if the configuration cannot work."""
    configuration = await load_configuration()
    configuration.connection_pool_maxsize = 32
    try:
        return KubernetesApi(ApiClient(configuration))
    except OSError as error:  # about the certificates; ssl's errors are OSErrors
        source = "ServiceAccount" if in_cluster() else f"kubeconfig {kubeconfig.where()}"
        raise kubeconfig.KubeconfigError(
            f"the certificates of the {source} cannot be used ({error.strerror or error}); correct them."
        ) from error


class KubernetesApi:
    """Requests to the API server. Every method raises `KubernetesError`."""

    def __init__(self, client: ApiClient, *, request_seconds: float = 15.0) -> None:
        self._client, self._timeout = client, aiohttp.ClientTimeout(total=request_seconds)
        client.user_agent = f"atlas-streams-peering/{__version__}"

    @property
    def client(self) -> ApiClient:
        """The underlying client, for the library's leader election."""
        return self._client

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = _JSON,
        accept: str = _JSON,
        read: bool = True,
    ) -> dict[str, Any]:
        """Make one request, and return the JSON object of the answer. Without `read`, ignore the body of a success."""
        response, raw = await self._send(method, path, query=query, body=body, content_type=content_type, accept=accept)
        if not read and response.status < 400:
            return {}
        try:
            # It shares equal strings between answers, which halves the memory compared to the standard library.
            answer = from_json(raw)
        except ValueError:
            answer = {}
        if not isinstance(answer, dict):
            answer = {}
        if response.status >= 400:
            message = str(answer.get("message") or "no message")
            raise KubernetesError(response.status, str(answer.get("reason") or ""), message)
        return answer

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = _JSON,
        accept: str = _JSON,
    ) -> tuple[Any, bytes]:
        """Make one request; return the answer and its body."""
        headers = {"Accept": accept, "Content-Type": content_type, "User-Agent": self._client.user_agent}
        await self._client.update_params_for_auth(headers, None, ["BearerToken"], path, method, body)
        url = f"{self._client.configuration.host}{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            response = await self._client.rest_client.request(
                method,
                url,
                headers=headers,
                body=body,
                _request_timeout=self._timeout,
            )
            return response, await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise KubernetesError(0, "", f"The API server did not answer ({type(error).__name__})") from None

    async def get(self, path: str) -> dict[str, Any]:
        """Read one object."""
        return await self.request("GET", path)

    @property
    def server(self) -> str:
        """The URL of the API server."""
        return str(self._client.configuration.host)

    async def date(self) -> str:
        """Return the Date header of an answer, the time by the API server's clock; empty if there is none."""
        response, _ = await self._send("GET", "/version")
        return str(response.headers.get("Date", ""))

    async def list_all(self, path: str, *, label_selector: str = "") -> AsyncIterator[dict[str, Any]]:
        """Read a collection page by page, from etcd and not from the watch cache."""
        async for page in self.pages(path, label_selector=label_selector):
            for item in page.get("items") or ():
                yield item

    async def pages(
        self, path: str, *, metadata_only: bool = False, label_selector: str = ""
    ) -> AsyncIterator[dict[str, Any]]:
        """Read the pages of a collection from etcd, all with the same resourceVersion."""
        fixed = {"limit": str(_PAGE)} | ({"labelSelector": label_selector} if label_selector else {})
        query = fixed
        while True:
            page = await self.request("GET", path, query=query, accept=_METADATA_ONLY if metadata_only else _JSON)
            if "items" not in page:
                # An intermediary answers. Taken as an empty list, this would mean that all objects are gone.
                raise KubernetesError(0, "", "The API server answered with something other than a list")
            yield page
            following = (page.get("metadata") or {}).get("continue")
            if not following:
                return
            query = {**fixed, "continue": following}

    async def create(self, path: str, body: dict[str, Any], *, dry_run: bool = False) -> dict[str, Any]:
        """Create an object; with `dry_run`, the API server only validates it."""
        return await self.request("POST", path, query={"dryRun": "All"} if dry_run else None, body=body)

    async def post(self, path: str, body: dict[str, Any]) -> None:
        """Create an object, and ignore the answer."""
        await self.request("POST", path, body=body, read=False)

    async def replace(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Write the whole object, or the whole of a subresource."""
        return await self.request("PUT", path, query={"fieldManager": FIELD_MANAGER}, body=body)

    async def delete(self, path: str, *, uid: str, resource_version: str) -> None:
        """Delete an object, with a precondition on its UID and resourceVersion; another one is a conflict."""
        preconditions = {"uid": uid, "resourceVersion": resource_version}
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions}
        await self.request("DELETE", path, body=options)

    async def merge_patch(self, path: str, patch: dict[str, Any]) -> dict[str, Any]:
        """Change the fields in `patch`; a list is replaced whole, null removes a field."""
        return await self.request(
            "PATCH",
            path,
            query={"fieldManager": FIELD_MANAGER},
            body=patch,
            content_type="application/merge-patch+json",
        )
