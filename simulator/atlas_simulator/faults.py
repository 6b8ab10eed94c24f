"""The faults that a test can queue."""

import itertools
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from atlas_simulator.messages import Answer, json_answer


class FaultKind(StrEnum):
    """What a fault does to a request that it matches."""

    ANSWER = "answer"
    """Do nothing, and answer with the given status (default 500), body and headers."""
    HANG = "hang"
    """Do nothing, and never answer; the connection stays open until the client or the simulator closes it."""
    DROP = "drop"
    """Do nothing, and close the connection without an answer."""
    MALFORMED_JSON = "malformed-json"
    """Do nothing, and answer with truncated JSON (default status 200)."""
    PROXY_PAGE = "proxy-page"
    """Do nothing, and answer with a proxy's HTML page (default status 502)."""
    LATENCY = "latency"
    """Wait ``seconds`` of simulated time, then perform the request and answer."""
    LOSE_REPLY = "lose-reply"
    """Perform the request, then close the connection without an answer."""
    REPLACE_REPLY = "replace-reply"
    """Perform the request, then answer with the given status (default 500), body and headers."""
    NO_EFFECT = "no-effect"
    """Answer a valid change as if it succeeded, but do not perform it."""
    STUCK = "stuck"
    """Answer a change as if it succeeded, and never complete it.

    In Atlas ``localStatus`` stays ``…_REQUESTED``. In Confluent Cloud a new peering stays ``PROVISIONING``, and a
    deleted one ``DEPROVISIONING``; the connection at AWS is not touched.
    """
    UPDATE_FAILED = "update-failed"
    """Answer 202; ``localStatus`` becomes ``UPDATE_FAILED`` with ``message``.

    In Confluent Cloud a new peering becomes ``FAILED`` with ``message``.
    """
    SCAN_FAILED = "scan-failed"
    """Answer 202; ``localStatus`` becomes ``SCAN_FAILED`` with ``message``. Only Atlas has this state."""


@dataclass(eq=False)
class Fault:
    """One queued fault; a criterion that is ``None`` matches every request."""

    kind: FaultKind
    operation: str | None = None
    project: str | None = None
    connection: str | None = None
    principal: str | None = None
    account: str | None = None
    """The list's ``requesterAccountId``."""
    cloud_provider: str | None = None
    region: str | None = None
    """``cloudProvider`` and ``regionName`` of the account details."""
    service: str | None = None
    """``atlas`` or ``confluent``."""
    environment: str | None = None
    network: str | None = None
    peering: str | None = None
    """Confluent's ids, from the path, the query or the body of the request."""
    times: int | None = 1
    """The number of requests to hit; ``None``: every request until the fault is cleared."""
    percent: float = 100
    """The share of matching requests to hit, chosen at random."""
    before_authentication: bool = False
    """Whether to hit requests without valid credentials too, such as the first try of a digest client."""
    status: int | None = None
    body: object = None
    """Strings and bytes are sent unchanged, other values as JSON; ``None`` sends an error in the service's form."""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0
    message: str | None = None
    id: int = 0
    hits: int = 0

    def matches(self, criteria: Mapping[str, str | None]) -> bool:
        """Whether the fault matches a request with these properties."""
        return all(getattr(self, name) in (None, value) for name, value in criteria.items())

    def answer(self, error_document: Callable[[int], object]) -> Answer:
        """Return the answer that replaces the service's, from the document of an error of the service."""
        match self.kind:
            case FaultKind.MALFORMED_JSON:
                answer = Answer(self.status or 200, b'{"links": [], "results": [{"_id": "6759e61', headers=self.headers)
            case FaultKind.PROXY_PAGE:
                page = self.body if isinstance(self.body, str) else _PROXY_PAGE
                answer = Answer(self.status or 502, page.encode(), "text/html", self.headers)
            case _:
                answer = self._given_answer(error_document)
        return answer

    def _given_answer(self, error_document: Callable[[int], object]) -> Answer:
        status = self.status or 500
        if isinstance(self.body, bytes):
            return Answer(status, self.body, headers=self.headers)
        if isinstance(self.body, str):
            return Answer(status, self.body.encode(), headers=self.headers)
        body = self.body if self.body is not None else error_document(status)
        return json_answer(status, body, self.headers)


class Faults:
    """The queue of faults; the oldest match hits."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._queue: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, fault: Fault) -> Fault:
        """Queue a fault and give it an id."""
        fault.id = next(self._ids)
        self._queue.append(fault)
        return fault

    def queued(self) -> list[Fault]:
        """Return the faults that can still hit."""
        return list(self._queue)

    def clear(self, fault_id: int | None = None) -> None:
        """Remove one fault, or all."""
        self._queue = [] if fault_id is None else [each for each in self._queue if each.id != fault_id]

    def take(self, criteria: Mapping[str, str | None], *, authenticated: bool) -> Fault | None:
        """Return the fault that hits a request, if any, and count the hit."""
        for fault in self._queue:
            if not authenticated and not fault.before_authentication:
                continue
            if not fault.matches(criteria) or self._rng.uniform(0, 100) >= fault.percent:
                continue
            fault.hits += 1
            if fault.times is not None and fault.hits >= fault.times:
                self._queue.remove(fault)
            return fault
        return None


_PROXY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\n"
