"""The log of requests: every call, counters and, on demand, whole exchanges."""

import asyncio
import itertools
import re
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TypedDict, Unpack

from atlas_simulator.messages import Answer, Request

_TOKEN_FORM = re.compile(rb"((?:^|&)(?:token|client_secret)=)[^&]*")
_TOKEN_JSON = re.compile(rb'("access_token": ")[^"]*')
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})


@dataclass(slots=True)
class Call:
    """One request; the log gets it on arrival and adds the status with the answer."""

    number: int
    """In order of arrival, from 1."""
    time: float
    """The simulated time of arrival, in seconds since the epoch."""
    service: str
    """``atlas`` or ``confluent``."""
    operation: str
    """``list``, ``list-active``, ``accept``, ``reject``, ``delete``, ``account-details``, ``system-status``, ``token``
    or ``revoke`` of Atlas.

    ``list-networks``, ``get-network``, ``list-peerings``, ``get-peering``, ``create-peering``, ``update-peering`` or
    ``delete-peering`` of Confluent Cloud; ``unknown`` of either.
    """
    method: str
    path: str
    principal: str | None
    """The API key or client id; ``None`` when the credentials were missing or wrong."""
    user_agent: str
    project: str | None = None
    connection: str | None = None
    requester_account_id: str | None = None
    status: int | None = None
    """``None`` before the answer, and when the connection closed without one."""
    fault: str | None = None
    """The kind of the fault that hit the request."""
    cloud_provider: str | None = None
    region: str | None = None
    """``cloudProvider`` and ``regionName`` of the query."""
    environment: str | None = None
    network: str | None = None
    peering: str | None = None
    """Confluent's ids, from the path, the query or the body."""

    @property
    def authenticated(self) -> bool:
        """Whether the request had valid credentials; the first try of a digest client has none."""
        return self.principal is not None


class CallProperties(TypedDict, total=False):
    """The properties of :class:`Call` that select calls."""

    service: str
    method: str
    project: str | None
    connection: str | None
    requester_account_id: str | None
    principal: str | None
    user_agent: str
    status: int | None
    fault: str | None
    cloud_provider: str | None
    region: str | None
    environment: str | None
    network: str | None
    peering: str | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its answer, without credentials; ``Authorization`` keeps only its scheme."""

    operation: str
    method: str
    target: str
    """Path and query as sent."""
    request_headers: Mapping[str, str]
    """By lower-case name."""
    request_body: bytes
    status: int | None
    """``None`` when the connection closed without an answer."""
    response_headers: Mapping[str, str]
    """By lower-case name."""
    response_body: bytes
    fault: str | None
    """The kind of the fault that hit the request, if any."""


class RequestLog:
    """The log of calls, oldest first."""

    def __init__(self, call_capacity: int, exchange_capacity: int, *, record_exchanges: bool) -> None:
        self._calls: deque[Call] = deque(maxlen=call_capacity)
        self._numbers = itertools.count(1)
        self._changed = asyncio.Event()
        self._record_exchanges = record_exchanges
        self.exchanges: deque[Exchange] = deque(maxlen=exchange_capacity)
        self.counts: Counter[str] = Counter()
        """The number of authenticated calls by operation; the capacity does not limit it."""
        self.challenges: Counter[str] = Counter()
        """The number of calls without valid credentials by operation."""

    def arrived(self, call: Call) -> None:
        """Log a call after authentication, whether it succeeded or not."""
        call.number = next(self._numbers)
        self._calls.append(call)
        (self.counts if call.authenticated else self.challenges)[call.operation] += 1
        self._notify()

    def answered(self, call: Call, request: Request, answer: Answer | None) -> None:
        """Add the answer to a call; ``None`` when the connection closed without one."""
        call.status = None if answer is None else answer.status
        if self._record_exchanges:
            self.exchanges.append(_exchange(call, request, answer))
        self._notify()

    def matching(self, condition: Callable[[Call], bool]) -> list[Call]:
        """Return the calls that meet a condition, oldest first."""
        return [call for call in self._calls if condition(call)]

    def clear(self) -> None:
        """Clear calls, exchanges and counters."""
        self._calls.clear()
        self.exchanges.clear()
        self.counts.clear()
        self.challenges.clear()

    async def wait(self, condition: Callable[[Call], bool], count: int, seconds: float) -> list[Call]:
        """Wait until ``count`` calls meet a condition; raises ``TimeoutError`` after real ``seconds``."""
        async with asyncio.timeout(seconds):
            while len(found := self.matching(condition)) < count:
                await self._changed.wait()
        return found

    def _notify(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def call_filter(
    operation: str | None = None, *, include_challenges: bool = False, **properties: Unpack[CallProperties]
) -> Callable[[Call], bool]:
    """Return the condition for calls of an operation with certain properties.

    Calls without valid credentials meet it only with ``include_challenges``.
    """
    wanted: dict[str, object] = dict(properties)
    if operation is not None:
        wanted["operation"] = operation
    unknown = wanted.keys() - {each.name for each in fields(Call)}
    if unknown:
        raise TypeError(f"a call has no {', '.join(sorted(unknown))}")

    def matches(call: Call) -> bool:
        return (include_challenges or call.authenticated) and all(
            getattr(call, name) == value for name, value in wanted.items()
        )

    return matches


def _exchange(call: Call, request: Request, answer: Answer | None) -> Exchange:
    headers = {name.lower(): _without_secret(name.lower(), value) for name, value in request.headers.items()}
    response_headers = {}
    if answer is not None:
        response_headers = {name.lower(): value for name, value in answer.headers.items()}
        if answer.content_type is not None:
            response_headers["content-type"] = answer.content_type
    return Exchange(
        operation=call.operation,
        method=request.method,
        target=request.target,
        request_headers=headers,
        request_body=_TOKEN_FORM.sub(rb"\1hidden", request.body),
        status=call.status,
        response_headers=response_headers,
        response_body=b"" if answer is None else _TOKEN_JSON.sub(rb"\1hidden", answer.body),
        fault=call.fault,
    )


def _without_secret(name: str, value: str) -> str:
    return value.partition(" ")[0] if name in _SECRET_HEADERS else value
