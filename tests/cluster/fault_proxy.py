"""The way to the API server, with what can go wrong on it: wrong answers, none at all, watches gone silent."""

import asyncio
import json
import re
import ssl
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Self, TypeVar

import aiohttp
from aiohttp import web

from cluster.operator_process import free_port
from local_cluster import Cluster
from local_cluster.kubeconfig import Endpoint, write_kubeconfig

T = TypeVar("T")

LONGEST_LINE = 2**22
PASSED_ON = ("Accept", "Authorization", "Content-Type", "User-Agent")
STATUS = r"/streamsvpcpeerings/[^/]+/status$"
OBJECT = r"/streamsvpcpeerings/[^/]+$"
EVENTS = r"/events$"


class Silence(Enum):
    """What is done in place of an answer."""

    HANG = "hang"  # the connection stays open until the fault is lifted, then it breaks
    DROP = "drop"  # the connection breaks


@dataclass(frozen=True)
class Request:
    """A request of the operator, and what it was answered."""

    method: str
    path: str
    watch: bool
    status: int | None
    """None: no answer."""


@dataclass(frozen=True)
class Event:
    """What a watch has shown the operator."""

    type: str
    name: str


@dataclass(eq=False)
class Fault:
    """What certain requests get in place of the API server's answer."""

    outcome: int | Silence
    method: str
    path: re.Pattern[str]
    watch: bool
    headers: Mapping[str, str]
    hits: int = 0
    lifted: asyncio.Event = field(default_factory=asyncio.Event)

    def meets(self, request: web.BaseRequest, *, watch: bool) -> bool:
        return self.method in ("", request.method) and self.watch is watch and bool(self.path.search(request.path))


class FaultProxy:
    """A reverse proxy in a thread of its own, for an operator that is started with its kubeconfig.

    Everything passes until a fault is set up: ``with proxy.fault(500, "PUT", STATUS) as fault: …``.
    """

    def __init__(self, cluster: Cluster, kubeconfig: Path, directory: Path) -> None:
        self.kubeconfig = directory / "kubeconfig"
        self.requests: list[Request] = []
        self.events: list[Event] = []
        self._cluster, self._original, self._port = cluster, kubeconfig, free_port()
        self._faults: list[Fault] = []
        self._watches: set[asyncio.Task[Any]] = set()
        self._silent: set[asyncio.Task[Any]] | None = None
        self._deaf_to: frozenset[str] = frozenset()
        self._upstream: weakref.WeakSet[asyncio.WriteTransport] = weakref.WeakSet()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy", daemon=True)

    # -- what a test says

    @contextmanager
    def fault(
        self, outcome: int | Silence, method: str = "", path: str = "", *, watch: bool = False, **headers: str
    ) -> Iterator[Fault]:
        """Answer so, for as long as the context lasts; `path` is searched for as a regular expression."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        fault = Fault(outcome, method, re.compile(path), watch, named)

        def lift() -> None:
            self._faults.remove(fault)
            fault.lifted.set()

        self._call(lambda: self._faults.insert(0, fault))
        try:
            yield fault
        finally:
            self._call(lift)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Break every connection, and let nothing through."""
        with self.fault(Silence.DROP), self.fault(Silence.DROP, watch=True):
            self.break_watches()
            yield

    @contextmanager
    def silent_watches(self) -> Iterator[None]:
        """Keep the watches open and pass nothing on; those that lived through it stay silent afterwards."""
        self._call(lambda: setattr(self, "_silent", set(self._watches)))
        yield

    @contextmanager
    def losing(self, *types: str) -> Iterator[None]:
        """Pass no watch event of these types on."""
        self._deaf_to = frozenset(types)
        try:
            yield
        finally:
            self._deaf_to = frozenset()

    def break_watches(self) -> None:
        """Break the connections of all watches."""
        self._call(lambda: [task.cancel() for task in self._watches])

    @property
    def watching(self) -> int:
        """How many watches are open."""
        return len(self._watches)

    def count(self, method: str = "", path: str = "", *, watch: bool = False) -> int:
        """Count the requests so far, answered or not."""
        return len(self.matching(method, path, watch=watch))

    def matching(self, method: str = "", path: str = "", *, watch: bool = False) -> list[Request]:
        """Return the requests so far, oldest first."""
        return [
            request
            for request in tuple(self.requests)
            if method in ("", request.method) and request.watch is watch and re.search(path, request.path)
        ]

    # -- how it is done

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        watch = request.query.get("watch") in ("true", "1")
        fault = next((each for each in self._faults if each.meets(request, watch=watch)), None)
        if fault is not None:
            fault.hits += 1
            return await self._fail(request, fault, watch=watch)
        try:
            return await self._pass_on(request, watch=watch)
        except (aiohttp.ClientError, OSError):
            return self._drop(request, watch=watch)

    async def _fail(self, request: web.BaseRequest, fault: Fault, *, watch: bool) -> web.StreamResponse:
        if isinstance(fault.outcome, int):
            self._note(request, fault.outcome, watch=watch)
            if watch and fault.outcome == 410:
                # That the version is too old comes as an event.
                return web.Response(text=f'{{"type": "ERROR", "object": {_status(410)}}}\n')
            return web.Response(
                status=fault.outcome,
                text=_status(fault.outcome),
                content_type="application/json",
                headers=fault.headers,
            )
        if fault.outcome is Silence.HANG:
            await fault.lifted.wait()
        return self._drop(request, watch=watch)

    def _drop(self, request: web.BaseRequest, *, watch: bool) -> web.StreamResponse:
        self._note(request, None, watch=watch)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)

    def _note(self, request: web.BaseRequest, status: int | None, *, watch: bool) -> None:
        self.requests.append(Request(request.method, request.path, watch, status))

    async def _pass_on(self, request: web.BaseRequest, *, watch: bool) -> web.StreamResponse:
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        url = f"{self._cluster.server}{request.raw_path}"
        body = await request.read()
        async with self._session.request(request.method, url, headers=headers, data=body or None) as answer:
            if answer.connection is not None and answer.connection.transport is not None:
                self._upstream.add(answer.connection.transport)
            self._note(request, answer.status, watch=watch)
            content_type = {"Content-Type": answer.headers.get("Content-Type", "application/json")}
            if not watch or answer.status != 200:
                return web.Response(status=answer.status, body=await answer.read(), headers=content_type)
            return await self._pass_events_on(request, answer, content_type)

    async def _pass_events_on(
        self, request: web.BaseRequest, answer: aiohttp.ClientResponse, headers: Mapping[str, str]
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        events = asyncio.create_task(self._copy_events(answer, response))
        self._watches.add(events)
        try:
            await events
        except asyncio.CancelledError:
            if request.transport is not None:
                request.transport.abort()
        finally:
            self._watches.discard(events)
            events.cancel()
        return response

    async def _copy_events(self, answer: aiohttp.ClientResponse, response: web.StreamResponse) -> None:
        while line := await answer.content.readline():
            if self._silent is not None and asyncio.current_task() in self._silent:
                continue
            body = json.loads(line)
            if body["type"] not in self._deaf_to:
                self.events.append(Event(body["type"], body["object"].get("metadata", {}).get("name", "")))
                await response.write(line)

    async def _open(self) -> None:
        tls = ssl.create_default_context(cadata=self._cluster.ca)
        self._connector = aiohttp.TCPConnector(ssl=tls, limit=0)
        self._session = aiohttp.ClientSession(
            connector=self._connector,
            timeout=aiohttp.ClientTimeout(total=None),
            read_bufsize=LONGEST_LINE,
            headers={"Accept-Encoding": "identity"},
        )
        self._runner = web.ServerRunner(
            web.Server(self._serve, handler_cancellation=True, access_log=None), shutdown_timeout=0.5
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def _close(self) -> None:
        for task in tuple(self._watches):
            task.cancel()
        await self._runner.cleanup()
        # At once, and not as TLS would have it: that goes on after the loop has ended, and leaves sockets open.
        await self._connector.close(abort_ssl=True)
        await self._session.close()
        for transport in tuple(self._upstream):
            transport.abort()
        for _ in range(3):
            await asyncio.sleep(0)  # the transports' last callbacks

    def _call(self, action: Callable[[], T]) -> T:
        async def act() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(act(), self._loop).result()

    def __enter__(self) -> Self:
        token = json.loads(self._original.read_text())["users"][0]["user"]["token"]
        write_kubeconfig(self.kubeconfig, Endpoint(f"http://127.0.0.1:{self._port}", self._cluster.ca), token)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _status(code: int) -> str:
    """A Status as the API server writes it."""
    return json.dumps(
        {
            "kind": "Status",
            "apiVersion": "v1",
            "status": "Failure",
            "message": "told so by a test",
            "reason": "Test",
            "code": code,
        }
    )
