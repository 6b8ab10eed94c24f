"""The load: StreamsVpcPeerings, 50 a project, each project with an API key and a Secret of its own."""

import asyncio
import json
import ssl
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import yaml

from local_cluster import Cluster

PER_PROJECT = 50
"""Atlas allows 50 peering connections a project."""
ACCOUNT = "417601102659"
"""The AWS account of every requester."""
PATIENCE = 300.0
"""Seconds without any object turning active after which a run is given up."""

_PATH = "/apis/atlasstreams.io/v1alpha1/namespaces/default/streamsvpcpeerings"
_AT_ONCE = 50


def projects(objects: int) -> range:
    """Return the numbers of the projects that so many objects need."""
    return range(-(-objects // PER_PROJECT))


def project_id(project: int) -> str:
    return f"{0x671A86F4CFC9DA7D7C31B000 + project:024x}"


def vpc(number: int) -> str:
    return f"vpc-{number:017x}"


def keys(project: int) -> dict[str, str]:
    """Return the data of a project's Secret."""
    return {"publicApiKey": f"key{project:05}", "privateApiKey": f"11111111-2222-3333-4444-{project:012}"}


def secrets(objects: int) -> dict[str, Any]:
    """Return the Secrets as one List for kubectl."""
    items = [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": _secret(project)}, "stringData": keys(project)}
        for project in projects(objects)
    ]
    return {"apiVersion": "v1", "kind": "List", "items": items}


def manifest(number: int) -> dict[str, Any]:
    project = number // PER_PROJECT
    return {
        "apiVersion": "atlasstreams.io/v1alpha1",
        "kind": "StreamsVpcPeering",
        "metadata": {"name": f"peering-{number}"},
        "spec": {
            "projectId": project_id(project),
            "credentialsSecretRef": {"name": _secret(project)},
            "requester": {"accountId": ACCOUNT, "vpcId": vpc(number)},
        },
    }


def _secret(project: int) -> str:
    return f"atlas-api-{project}"


class Progress:
    """Notices that nothing happens any more."""

    def __init__(self) -> None:
        self._active, self._changed = 0, time.monotonic()

    def check(self, active: int, objects: int) -> None:
        """Raise ``TimeoutError`` when no object has turned active for too long."""
        now = time.monotonic()
        if active > self._active:
            self._active, self._changed = active, now
        elif now > self._changed + PATIENCE:
            raise TimeoutError(f"{active} of {objects} are active, and none followed for {PATIENCE:g} s")


class Api:
    """The API server, driven without kubectl, which would be the slowest part."""

    def __init__(self, cluster: Cluster) -> None:
        user = yaml.safe_load(cluster.kubeconfig.read_text())["users"][0]["user"]
        self._server, self._token = cluster.server, user.get("token")
        self._tls = ssl.create_default_context(cadata=cluster.ca)
        if not self._token:
            raise RuntimeError("the admin's kubeconfig has no token")

    async def wait_until_served(self) -> None:
        """Wait until an object could be created: the API server takes seconds for a definition that is new."""
        async with self._session() as session:
            while True:
                async with session.post(_PATH, json=manifest(0), params={"dryRun": "All"}) as answer:
                    if answer.ok:
                        return
                await asyncio.sleep(0.1)

    async def create(self, objects: int) -> None:
        """Create all objects, 50 requests at once."""
        slots = asyncio.Semaphore(_AT_ONCE)
        async with self._session() as session:

            async def one(number: int) -> None:
                async with slots, session.post(_PATH, json=manifest(number)) as answer:
                    answer.raise_for_status()

            await asyncio.gather(*(one(number) for number in range(objects)))

    async def wait_until_active(self, objects: int, check: Callable[[], None]) -> None:
        """Wait until every object's `cloudStatus` is active.

        `check` is called every second, and raises when the wait is in vain. Raises ``TimeoutError`` when no
        object has turned active for 300 s.
        """
        active: set[str] = set()
        progress = Progress()
        async with self._session() as session:
            # The API server may end a watch at any time: what was missed is in the next list.
            while len(active) < objects:
                async with session.get(_PATH) as answer:
                    answer.raise_for_status()
                    listed = await answer.json()
                for item in listed["items"]:
                    _note(item, active)
                parameters = {"watch": "1", "resourceVersion": listed["metadata"]["resourceVersion"]}
                async with session.get(_PATH, params=parameters, read_bufsize=2**22) as stream:
                    line = asyncio.ensure_future(stream.content.readline())
                    while len(active) < objects:
                        check()
                        progress.check(len(active), objects)
                        await asyncio.wait({line}, timeout=1)
                        if not line.done():
                            continue
                        event = json.loads(line.result() or b'{"type": "ERROR"}')
                        if event["type"] == "ERROR":
                            break
                        _note(event["object"], active)
                        line = asyncio.ensure_future(stream.content.readline())
                    line.cancel()

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            self._server,
            headers={"Authorization": f"Bearer {self._token}"},
            connector=aiohttp.TCPConnector(ssl=self._tls),
            timeout=aiohttp.ClientTimeout(total=None),
        )


def _note(item: dict[str, Any], active: set[str]) -> None:
    if (item.get("status") or {}).get("cloudStatus") == "active":
        active.add(item["metadata"]["name"])
