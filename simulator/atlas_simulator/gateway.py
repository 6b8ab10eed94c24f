"""The path of one request: route, authenticate, apply a fault, perform, log."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from atlas_simulator.clock import Clock
from atlas_simulator.faults import Fault, FaultKind, Faults
from atlas_simulator.messages import Answer, Refused, Request
from atlas_simulator.operation import Inbound, Operation
from atlas_simulator.request_log import Call, RequestLog
from atlas_simulator.service import Service

UNKNOWN = "unknown"

ControlRoute = Callable[[Request], Awaitable[Answer]]
CONTROL_PREFIX = "/_simulator/"

_INSTEAD = frozenset({FaultKind.ANSWER, FaultKind.MALFORMED_JSON, FaultKind.PROXY_PAGE, FaultKind.DROP, FaultKind.HANG})


class _Dropped(Exception):  # noqa: N818 (an outcome, not an error)
    """The connection closes without an answer."""


class Gateway:
    """Answers requests with the given operations.

    Parameters
    ----------
    services
        A request belongs to the first whose prefix its path has; the last has every path.
    operations
        The operations of all services.
    clock, faults, log
        What all services share.
    """

    def __init__(
        self,
        services: Sequence[Service],
        operations: Sequence[Operation],
        clock: Clock,
        faults: Faults,
        log: RequestLog,
    ) -> None:
        self._services = services
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
        service = next(each for each in self._services if request.path.startswith(each.prefix))
        target, inbound = self._route(service, request)
        if isinstance(target, Operation):
            try:
                inbound.principal = target.authenticate(request)
            except Refused as unauthenticated:
                target = unauthenticated
        call = self._call(service, inbound)
        inbound.fault = self._faults.take(_criteria(call), authenticated=call.authenticated)
        call.fault = None if inbound.fault is None else inbound.fault.kind.value
        self._log.arrived(call)
        answer = None
        try:
            answer = await self._answer(service, target, inbound)
        finally:
            self._log.answered(call, request, answer)
        if answer is None:
            raise _Dropped
        return answer

    async def _answer(self, service: Service, target: Operation | Refused, inbound: Inbound) -> Answer | None:
        """Return the answer, or ``None`` to drop the connection."""
        fault = inbound.fault
        if fault is None:
            return _answer_of(target, inbound)
        if fault.kind in _INSTEAD:
            return await self._answer_instead(service, fault)
        if fault.kind is FaultKind.LATENCY:
            await self._clock.sleep(fault.seconds)
        answer = _answer_of(target, inbound)
        match fault.kind:
            case FaultKind.LOSE_REPLY:
                return None
            case FaultKind.REPLACE_REPLY:
                return fault.answer(service.error_document)
            case _:
                return answer

    async def _answer_instead(self, service: Service, fault: Fault) -> Answer | None:
        match fault.kind:
            case FaultKind.HANG:
                await self.closing.wait()
                return None
            case FaultKind.DROP:
                return None
            case _:
                return fault.answer(service.error_document)

    def _route(self, service: Service, request: Request) -> tuple[Operation | Refused, Inbound]:
        allowed = []
        for operation in self._operations:
            match = operation.path.fullmatch(request.path)
            if match is None:
                continue
            if operation.method == request.method:
                return operation, Inbound(request, operation.name, match.groupdict())
            allowed.append(operation.method)
        refused = service.method_not_allowed(request, allowed) if allowed else service.not_found(request)
        return refused, Inbound(request, UNKNOWN, {})

    def _call(self, service: Service, inbound: Inbound) -> Call:
        request = inbound.request
        return Call(
            number=0,
            time=self._clock.now(),
            service=service.name,
            operation=inbound.operation,
            method=request.method,
            path=request.path,
            principal=None if inbound.principal is None else inbound.principal.id,
            user_agent=request.headers.get("User-Agent", ""),
            **service.subject(request, inbound.parameters),
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
        "service": call.service,
        "operation": call.operation,
        "project": call.project,
        "connection": call.connection,
        "principal": call.principal,
        "account": call.requester_account_id,
        "cloud_provider": call.cloud_provider,
        "region": call.region,
        "environment": call.environment,
        "network": call.network,
        "peering": call.peering,
    }
