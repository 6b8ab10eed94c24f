"""The client of a service for one set of credentials: each call timed out, within the rate budget, and redacted."""

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx

from .authentication import authenticator
from .causes import no_answer
from .connections import FENCE, Fence
from .credentials import Credentials, ServiceAccount
from .errors import NotLeader, RateLimited, ServiceError, TransientError, Unavailable
from .response import Response

if TYPE_CHECKING:
    from .service import Service

_ATTEMPTS: Final = 3
"""Attempts at a read."""

_LONGEST_WAIT: Final = 20.0
"""Seconds that a read waits for the rate budget before it fails."""

_PAUSE: Final = 10.0
"""Seconds without a request after a 429 that does not say how long to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a service's API."""

    operation: str
    """The name of the call in the service's API."""
    scope: str
    """What the service counts the call on: the call uses the rate budget of this scope."""
    method: str
    path: str
    error_of: Callable[[Response], ServiceError]
    """Return the error for an answer other than 2xx."""
    doing: str
    """What the call does, as in "list connections", for messages."""
    accept: str = "application/json"
    """The media type that the answer should have."""
    content_type: str = "application/json"
    """The media type of `content`."""
    params: Mapping[str, str | int] | None = None
    content: Any = None
    """The body, as JSON; None: no body."""


class ServiceClient:
    """Calls to a service with one set of credentials.

    The client makes several attempts at a read. It sends a change only once, because a lost answer does not mean that
    nothing happened.
    """

    def __init__(self, service: "Service", client: httpx.AsyncClient, credentials: Credentials) -> None:
        self._service, self._client, self._credentials = service, client, credentials
        self._authenticator = authenticator(
            credentials, client, service.token_endpoint, no_answer=self._no_answer, clock=service.clock
        )
        self._in_flight = 0

    @property
    def client_id(self) -> str | None:
        """The ID of the service account; None for keys."""
        return self._credentials.client_id if isinstance(self._credentials, ServiceAccount) else None

    @property
    def token_seconds_left(self) -> float | None:
        """Seconds until the service account's token is replaced; None without a token."""
        return self._authenticator.token_seconds_left

    @property
    def busy(self) -> bool:
        """A call is under way."""
        return self._in_flight > 0

    async def read(self, call: Call) -> Any:
        """Make a call that changes nothing, and return the decoded body of the answer.

        The call waits for its rate budget, and for its turn among the reads of its scope.

        Raises
        ------
        ServiceError
        """
        self._in_flight += 1
        try:
            return await self._read(call)
        finally:
            self._in_flight -= 1

    async def change(self, call: Call) -> Response:
        """Make a call that changes something, and return the answer, a 2xx.

        The caller takes from the rate budget first. `Unavailable` means that nobody knows whether the service made the
        change; every other error means that it did not.

        Raises
        ------
        NotLeader
            The client did not send the change, because this replica does not lead.
        ServiceError
        """
        self._in_flight += 1
        try:
            return await self._send(call, fence=self._fence)
        finally:
            self._in_flight -= 1

    async def aclose(self) -> None:
        """Close the connections."""
        await self._authenticator.aclose()
        await self._client.aclose()

    async def _read(self, call: Call) -> Any:
        waited = 0.0
        failure: TransientError | None = None
        for attempt in range(1, _ATTEMPTS + 1):
            while (pause := self._service.budget(call.scope).take(change=False)) > 0:
                waited += pause
                if waited > _LONGEST_WAIT:
                    raise failure or self._out_of_budget(pause)
                await asyncio.sleep(pause + random.uniform(0, 0.1))  # noqa: S311
            try:
                async with self._service.turn_to_read(call.scope):
                    response = await self._send(call)
                return response.json()
            except ValueError:
                failure = self._unavailable(call, f"the answer is not JSON: {response.answered_by_intermediary()}")
            except TransientError as error:
                failure = error
            if attempt < _ATTEMPTS:
                self._service.retrying(self._service.name, call.operation)
                await asyncio.sleep(random.uniform(0.5, 1.0) * 0.5 * 2**attempt)  # noqa: S311
        raise failure or AssertionError("unreachable")

    def _fence(self) -> None:
        """Stop a change that this replica may not make any more.

        The wait for a token or a connection can outlast the leadership, so the last moment counts.
        """
        if not self._service.may_change():
            raise NotLeader

    async def _send(self, call: Call, *, fence: Fence | None = None) -> Response:
        headers = {"Accept": call.accept}
        if call.content is not None:
            headers["Content-Type"] = call.content_type
        auth = self._authenticator.acquire()
        started = self._service.clock()
        status: int | None = None
        try:
            answer = await self._client.request(
                call.method,
                self._service.route.url_of(call.path),
                params=call.params,
                content=None if call.content is None else json.dumps(call.content),
                headers=headers,
                auth=auth,
                extensions=None if fence is None else {FENCE: fence},
            )
            status = answer.status_code
            self._authenticator.release(auth)
        except (ServiceError, NotLeader):
            raise
        except Exception as error:  # noqa: BLE001  # an odd challenge raises anything; the text can quote headers
            raise self._unavailable(call, self._no_answer(error)) from None
        finally:
            seconds = self._service.clock() - started
            self._service.observer(self._service.name, call.operation, call.scope, status, seconds)
        response = Response(answer, self._service.rate_limit_headers)
        failure = self._failure(call, response)
        self._count(call.scope, response, failure)
        if failure is not None:
            raise failure
        return response

    def _count(self, scope: str, response: Response, failure: ServiceError | None) -> None:
        """Update the rate budget with what an answer says."""
        budget = self._service.budget(scope)
        budget.spend(response.challenges)
        if response.remaining is not None:
            budget.limit_to(response.remaining)
        pause = response.retry_after
        if pause is None and isinstance(failure, RateLimited):
            pause = _PAUSE
        if pause is not None and isinstance(failure, TransientError):
            budget.close(pause + random.uniform(0, 0.5))  # noqa: S311

    def _failure(self, call: Call, response: Response) -> ServiceError | None:
        intermediary = response.intermediary
        if response.ok and (intermediary is None or call.method == "GET"):
            return None  # what a read gives is read, and judged, by its caller
        return call.error_of(response) if intermediary is None else self._unavailable(call, intermediary)

    def _no_answer(self, error: Exception) -> str:
        return no_answer(error, self._service.route, self._service.timeout)

    def _out_of_budget(self, pause: float) -> RateLimited:
        return RateLimited(f"The operator is at its own limit of requests to {self._service.title}.", retry_after=pause)

    def _unavailable(self, call: Call, problem: str) -> Unavailable:
        return Unavailable(
            f"{self._service.title} could not {call.doing}: {problem}.", reason=self._service.unavailable
        )
