"""The path of one request: route, authenticate, apply a fault, perform, log."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from atlas_simulator.clock import Clock
from atlas_simulator.faults import Fault, FaultKind, Faults
from atlas_simulator.messages import Answer, Refused, Request, refusal
from atlas_simulator.operation import Inbound, Operation
from atlas_simulator.request_log import Call, RequestLog

UNKNOWN = "unknown"

ControlRoute = Callable[[Request], Awaitable[Answer]]
CONTROL_PREFIX = "/_simulator/"

_INSTEAD = frozenset({FaultKind.ANSWER, FaultKind.MALFORMED_JSON, FaultKind.PROXY_PAGE, FaultKind.DROP, FaultKind.HANG})


class _Dropped(Exception):  # noqa: N818 (an outcome, not an error)
    """The connection closes without an answer."""


class Gateway:
    """Answers requests with the given operations."""

    def __init__(self, operations: list[Operation], clock: Clock, faults: Faults, log: RequestLog) -> None:
        self._operations = operations
        self._clock = clock
        self._faults = faults
        self._log = log
        self.control: ControlRoute | None = None
        """Answers the requests under ``/_simulator/``; :class:`Simulator` sets it."""
        self.closing = asyncio.Event()
        """Set when the simulator stops, to end the requests that hang."""

    async def serve(self, http_request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request of the HTTP server."""
        request = Request(
            http_request.method,
            http_request.raw_path,
            http_request.headers,
            await http_request.read(),
            http_request.remote or "",
        )
        try:
            if self.control is not None and request.target.startswith(CONTROL_PREFIX):
                answer = await self.control(request)
            else:
                answer = await self.answer(request)
        except _Dropped:
            if http_request.transport is not None:
                http_request.transport.abort()
            return web.Response(status=500)
        headers = dict(answer.headers)
        if answer.content_type is not None and "Content-Type" not in headers:
            headers["Content-Type"] = answer.content_type
        return web.Response(status=answer.status, body=answer.body, headers=headers)

    async def answer(self, request: Request) -> Answer:
        """Return the answer to one request of the simulated APIs, and log it."""
        target, inbound = self._route(request)
        if isinstance(target, Operation):
            try:
                inbound.principal = target.authenticate(request)
            except Refused as unauthenticated:
                target = unauthenticated
        call = self._call(inbound)
        inbound.fault = self._faults.take(_criteria(call), authenticated=call.authenticated)
        call.fault = None if inbound.fault is None else inbound.fault.kind.value
        self._log.arrived(call)
        answer = None
        try:
            answer = await self._answer(target, inbound)
        finally:
            self._log.answered(call, request, answer)
        if answer is None:
            raise _Dropped
        return answer

    async def _answer(self, target: Operation | Refused, inbound: Inbound) -> Answer | None:
        """Return the answer, or ``None`` to drop the connection."""
        fault = inbound.fault
        if fault is None:
            return _answer_of(target, inbound)
        if fault.kind in _INSTEAD:
            return await self._answer_instead(fault)
        if fault.kind is FaultKind.LATENCY:
            await self._clock.sleep(fault.seconds)
        answer = _answer_of(target, inbound)
        match fault.kind:
            case FaultKind.LOSE_REPLY:
                return None
            case FaultKind.REPLACE_REPLY:
                return fault.answer()
            case _:
                return answer

    async def _answer_instead(self, fault: Fault) -> Answer | None:
        match fault.kind:
            case FaultKind.HANG:
                await self.closing.wait()
                return None
            case FaultKind.DROP:
                return None
            case _:
                return fault.answer()

    def _route(self, request: Request) -> tuple[Operation | Refused, Inbound]:
        allowed = []
        for operation in self._operations:
            match = operation.path.fullmatch(request.path)
            if match is None:
                continue
            if operation.method == request.method:
                return operation, Inbound(request, operation.name, match.groupdict())
            allowed.append(operation.method)
        if allowed:
            refused = refusal(
                405,
                "METHOD_NOT_ALLOWED",
                f"{request.method} is not allowed on {request.path}.",
                headers={"Allow": ", ".join(allowed)},
            )
        else:
            refused = refusal(
                404,
                "RESOURCE_NOT_FOUND",
                f"Cannot find resource {request.path}.",
                parameters=[request.path],
            )
        return refused, Inbound(request, UNKNOWN, {})

    def _call(self, inbound: Inbound) -> Call:
        request = inbound.request
        return Call(
            number=0,
            time=self._clock.now(),
            operation=inbound.operation,
            method=request.method,
            path=request.path,
            project=inbound.parameters.get("project"),
            connection=inbound.parameters.get("connection"),
            requester_account_id=request.query.get("requesterAccountId"),
            principal=None if inbound.principal is None else inbound.principal.id,
            user_agent=request.headers.get("User-Agent", ""),
            cloud_provider=request.query.get("cloudProvider"),
            region=request.query.get("regionName"),
        )


def _answer_of(target: Operation | Refused, inbound: Inbound) -> Answer:
    if isinstance(target, Refused):
        return target.answer
    try:
        return target.perform(inbound)
    except Refused as refused:
        return refused.answer


def _criteria(call: Call) -> dict[str, str | None]:
    return {
        "operation": call.operation,
        "project": call.project,
        "connection": call.connection,
        "principal": call.principal,
        "account": call.requester_account_id,
        "cloud_provider": call.cloud_provider,
        "region": call.region,
    }
