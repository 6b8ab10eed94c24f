"""An API server that serves the operator's kinds, without objects, until it is told that one is gone."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from atlas_streams_peering.api.crd import CustomResource
from atlas_streams_peering.api.group import API_VERSION, GROUP, VERSION
from atlas_streams_peering.kinds.resources import KINDS
from unit.polling.waiting import Signal


def _resource(plural: str, kind: str, *, namespaced: bool = True) -> dict[str, Any]:
    verbs = ["get", "list", "watch"]
    return {"name": plural, "singularName": "", "kind": kind, "namespaced": namespaced, "verbs": verbs}


class KindsServer:
    """Answers what Kopf asks: which kinds there are, and their lists and watches."""

    def __init__(self) -> None:
        self.signal = Signal()
        """Rings at each watch."""
        self.watches = {kind.plural: 0 for kind in KINDS}
        """Watches that each kind has had."""
        self._gone = {kind.plural: asyncio.Event() for kind in KINDS}
        self._events = {kind.plural: b"" for kind in KINDS}
        self._runner = web.ServerRunner(web.Server(self._serve, access_log=None), shutdown_timeout=0.1)
        self.url = ""

    def remove(self, kind: CustomResource) -> None:
        """Delete the kind's CRD: its watches end, and it is not found any more."""
        self._gone[kind.plural].set()

    def will_show(self, kind: CustomResource, *events: Mapping[str, Any]) -> None:
        """Have each watch of the kind that begins from now on show these events."""
        self._events[kind.plural] = b"".join(json.dumps(event).encode() + b"\n" for event in events)

    def kubeconfig(self, directory: Path) -> Path:
        """Write a kubeconfig that leads here."""
        content = {
            "current-context": "here",
            "clusters": [{"name": "here", "cluster": {"server": self.url}}],
            "users": [{"name": "nobody", "user": {}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "nobody"}}],
        }
        path = directory / "kubeconfig"
        path.write_text(json.dumps(content))
        return path

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        plural = request.path.rpartition("/")[2]
        if plural in self._gone and not self._gone[plural].is_set():
            if "watch" in request.query:
                return await self._watch(request, plural)
            return web.json_response({"metadata": {"resourceVersion": "1"}, "items": []})
        answer = self._discovery().get(request.path)
        return web.json_response(answer or {"kind": "Status", "code": 404}, status=200 if answer else 404)

    async def _watch(self, request: web.BaseRequest, plural: str) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "application/json"})
        await stream.prepare(request)
        await stream.write(self._events[plural])
        self.watches[plural] += 1
        self.signal.send()
        await self._gone[plural].wait()
        return stream

    def _discovery(self) -> dict[str, Any]:
        version = {"version": VERSION}
        served = [kind for kind in KINDS if not self._gone[kind.plural].is_set()]
        return {
            "/api": {"versions": ["v1"]},
            "/api/v1": {"resources": [_resource("namespaces", "Namespace", namespaced=False)]},
            "/apis": {"groups": [{"name": GROUP, "versions": [version], "preferredVersion": version}]},
            f"/apis/{API_VERSION}": {"resources": [_resource(kind.plural, kind.kind) for kind in served]},
        }

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        address: Any = self._runner.addresses[0]
        self.url = f"http://127.0.0.1:{address[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()
